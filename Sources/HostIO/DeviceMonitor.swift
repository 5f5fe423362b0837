// SPDX-License-Identifier: Apache-2.0

import CUdev
import Glibc

/// What the system says about one device node.
package struct DeviceFacts: Hashable, Sendable {
    /// Names this plugging-in of the device; a replug may get the same or another one.
    package let systemPath: String
    package let node: String
    package let subsystem: String
    package let vendor: UInt16?
    package let product: UInt16?
    package let serial: String?
    /// The place it is plugged into (udev's ID_PATH): stays the same over replugging and reboots.
    package let port: String?
    package let name: String?
    /// What links to the node (udev's DEVLINKS).
    package let links: [String]
    /// An input device: whether it has digits and Enter, as far as the system tells before it is opened.
    package let canTypeNumbers: Bool?
}

/// Devices as they are plugged in and out, from udev.
package final class DeviceMonitor {
    package enum Change: Hashable, Sendable {
        case added(DeviceFacts)
        case removed(systemPath: String)
    }

    private let loop: Loop
    private let subsystems: [String]
    private let context: OpaquePointer
    private let monitor: OpaquePointer
    private var token: WatchToken?
    private var known: [String: DeviceFacts] = [:]
    private var onChange: ((Change) -> Void)?

    /// Reports what is there already, later on the loop, then every change. The loop keeps the monitor until
    /// ``close()``.
    /// - Parameter subsystems: `input`, `tty`, `hidraw`, …
    package init(
        subsystems: [String], on loop: Loop, onChange: @escaping (Change) -> Void
    ) throws(SystemFault) {
        guard let context = udev_new() else { throw SystemFault(call: "udev_new", errno: ENOMEM) }
        guard let monitor = udev_monitor_new_from_netlink(context, "udev") else {
            udev_unref(context)
            throw SystemFault(call: "udev_monitor_new_from_netlink", errno: errno)
        }
        self.loop = loop
        self.subsystems = subsystems
        self.context = context
        self.monitor = monitor
        self.onChange = onChange
        for subsystem in subsystems {
            udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystem, nil)
        }
        // Listen first, enumerate second: nothing falls between the two, and `known` drops what comes twice.
        let code = udev_monitor_enable_receiving(monitor)
        guard code >= 0 else { throw SystemFault(call: "udev_monitor_enable_receiving", errno: -code) }
        token = try loop.watch(udev_monitor_get_fd(monitor), .read) { _ in self.receive() }
        loop.soon { self.enumerate() }
    }

    deinit {
        udev_monitor_unref(monitor)
        udev_unref(context)
    }

    package func close() {
        if let token { loop.unwatch(token) }
        token = nil
        onChange = nil
    }

    private func enumerate() {
        guard token != nil, let search = udev_enumerate_new(context) else { return }
        defer { udev_enumerate_unref(search) }
        for subsystem in subsystems { udev_enumerate_add_match_subsystem(search, subsystem) }
        udev_enumerate_scan_devices(search)
        var entry = udev_enumerate_get_list_entry(search)
        while let current = entry {
            if let path = udev_list_entry_get_name(current),
                let device = udev_device_new_from_syspath(context, path)
            {
                report(device, action: "add")
                udev_device_unref(device)
            }
            entry = udev_list_entry_get_next(current)
        }
    }

    private func receive() {
        while token != nil, let device = udev_monitor_receive_device(monitor) {
            report(device, action: text(udev_device_get_action(device)) ?? "")
            udev_device_unref(device)
        }
    }

    private func report(_ device: OpaquePointer, action: String) {
        guard let path = text(udev_device_get_syspath(device)) else { return }
        switch action {
        case "add", "change", "bind":
            // The input parent of an event node has no node of its own and is nothing to open.
            guard let facts = DeviceFacts(device) else { return }
            let earlier = known.updateValue(facts, forKey: path)
            guard earlier != facts else { return }
            // Seen by us before udev's rules had run on it: what we said then has to be taken back.
            if earlier != nil { onChange?(.removed(systemPath: path)) }
            onChange?(.added(facts))
        case "remove":
            guard known.removeValue(forKey: path) != nil else { return }
            onChange?(.removed(systemPath: path))
        default:
            return
        }
    }
}

extension DeviceFacts {
    fileprivate init?(_ device: OpaquePointer) {
        guard let path = text(udev_device_get_syspath(device)),
            let node = text(udev_device_get_devnode(device)),
            let subsystem = text(udev_device_get_subsystem(device))
        else { return nil }
        systemPath = path
        self.node = node
        self.subsystem = subsystem
        let isUSB = subsystem == "usb" && text(udev_device_get_devtype(device)) == "usb_device"
        let usb = isUSB ? device : udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device")
        let input = udev_device_get_parent_with_subsystem_devtype(device, "input", nil)
        let hid = udev_device_get_parent_with_subsystem_devtype(device, "hid", nil)
        let ids =
            Self.numbers(attribute(usb, "idVendor"), attribute(usb, "idProduct"))
            ?? Self.hidNumbers(property(hid, "HID_ID"))
            ?? Self.numbers(attribute(input, "id/vendor"), attribute(input, "id/product"))
            ?? Self.numbers(property(device, "ID_VENDOR_ID"), property(device, "ID_MODEL_ID"))
        vendor = ids?.vendor
        product = ids?.product
        serial = attribute(usb, "serial") ?? property(device, "ID_SERIAL_SHORT") ?? property(hid, "HID_UNIQ")
        port = property(device, "ID_PATH") ?? property(input, "ID_PATH") ?? property(usb, "ID_PATH")
        name = attribute(input, "name") ?? property(hid, "HID_NAME") ?? attribute(usb, "product")
        links = property(device, "DEVLINKS")?.split(separator: " ").map(String.init) ?? []
        canTypeNumbers = attribute(input, "capabilities/key").map { KeyCapabilities(sysfs: $0).canTypeNumbersOrPad }
    }

    private static func numbers(_ vendor: String?, _ product: String?) -> (vendor: UInt16, product: UInt16)? {
        guard let vendor = vendor.flatMap({ UInt16($0, radix: 16) }),
            let product = product.flatMap({ UInt16($0, radix: 16) })
        else { return nil }
        return (vendor, product)
    }

    /// `0003:00000C27:00003BFA`: bus, vendor, product.
    private static func hidNumbers(_ id: String?) -> (vendor: UInt16, product: UInt16)? {
        let parts = id?.split(separator: ":").map { UInt32($0, radix: 16) } ?? []
        guard parts.count == 3, let vendor = parts[1], let product = parts[2] else { return nil }
        return (UInt16(truncatingIfNeeded: vendor), UInt16(truncatingIfNeeded: product))
    }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    let text = String(cString: pointer)
    return text.isEmpty ? nil : text
}

private func attribute(_ device: OpaquePointer?, _ name: String) -> String? {
    device.flatMap { text(udev_device_get_sysattr_value($0, name)) }
}

private func property(_ device: OpaquePointer?, _ name: String) -> String? {
    device.flatMap { text(udev_device_get_property_value($0, name)) }
}
