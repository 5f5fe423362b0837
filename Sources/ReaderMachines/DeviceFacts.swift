// SPDX-License-Identifier: Apache-2.0

/// What the system tells about a device.
package struct DeviceFacts: Hashable, Sendable {
    /// Below `/sys`, or with it; unique while the device is there.
    package let sysPath: String
    /// The node below `/dev`, or PC/SC's name for a reader; `nil` for a device without one.
    package let node: String?
    package let vendor: UInt16
    package let product: UInt16
    package let serial: String?
    /// `input`, `tty`, `hidraw`, `usb`; `pcsc` for a reader that PC/SC has.
    package let subsystem: String
    /// What the device calls itself.
    package var model: String?
    /// udev's ID_PATH.
    package var idPath: String?
    /// Links to the node.
    package var links: [String] = []
    /// An input device: it has digits and Enter; `nil` when that is not known before it is opened.
    package var canTypeNumbers: Bool?

    package init(
        sysPath: String, node: String?, vendor: UInt16, product: UInt16, serial: String? = nil, subsystem: String
    ) {
        self.sysPath = sysPath
        self.node = node
        self.vendor = vendor
        self.product = product
        self.serial = serial
        self.subsystem = subsystem
    }

    var isEventNode: Bool {
        subsystem == "input" && (node?.split(separator: "/").last?.hasPrefix("event") ?? false)
    }

    func isAt(_ path: String) -> Bool { node == path || links.contains(path) }

    func matches(_ identity: USBIdentity) -> Bool {
        vendor == identity.vendor && product == identity.product
            && (identity.serial == nil || identity.serial == serial)
            && (identity.port == nil || identity.port == port || identity.port == idPath)
            && (identity.interface == nil || identity.interface == interface)
    }

    /// The path of the thing that was plugged in: one USB device may have several interfaces (`1-2:1.0`, `1-2:1.1`)
    /// with a node each. Where the path shows no USB interface, each node is a thing of its own.
    package var physicalPath: Substring {
        let parts = sysPath.split(separator: "/", omittingEmptySubsequences: false)
        guard let interface = parts.firstIndex(where: { Self.interface($0) != nil }) else { return sysPath[...] }
        return sysPath[..<parts[interface].startIndex]
    }

    var interface: Int? {
        sysPath.split(separator: "/").lazy.compactMap { Self.interface($0) }.first
    }

    /// The place where it is plugged in, such as `usb-1.2`: port 2 of the hub in port 1. It stays the same when the
    /// device is plugged in again or another one takes its place.
    package var port: String {
        if let usb = usbPort { return "usb-" + usb.drop { $0 != "-" }.dropFirst() }
        if subsystem == "pcsc" { return Self.name(node ?? sysPath) }
        return Self.name(String((node ?? sysPath).split(separator: "/").last ?? "device"))
    }

    /// The same with the bus, for boxes with the same port twice.
    var portWithBus: String { usbPort.map { "usb-" + $0 } ?? port }

    /// `1-1.2`: bus and ports.
    private var usbPort: Substring? {
        let parts = sysPath.split(separator: "/")
        guard let interface = parts.firstIndex(where: { Self.interface($0) != nil }) else {
            return subsystem == "usb" ? parts.last.flatMap { $0.contains("-") ? $0 : nil } : nil
        }
        return parts[interface].prefix { $0 != ":" }
    }

    /// Lower case, everything but letters, digits and points a hyphen.
    private static func name(_ text: String) -> String {
        let words = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")) }
        return String(words.joined(separator: "-").prefix(ReaderSetting.nameLimit))
    }

    /// Of `bus-port[.port…]:configuration.interface`
    private static func interface(_ part: Substring) -> Int? {
        let halves = part.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].contains("-") else { return nil }
        let numbers = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39) ~= $0 } })
        else { return nil }
        return Int(numbers[1])
    }
}
