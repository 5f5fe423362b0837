// SPDX-License-Identifier: Apache-2.0

import CSystem
import CUmockdev
import Glibc
import Primitives

/// Devices that exist only for programs that run with umockdev's library preloaded and ``folder`` as UMOCKDEV_DIR.
/// For them enumeration, hot-plug, opening, ioctl and reading are the ordinary system calls.
///
/// A node's name is used once: plugging in again under an old name ends the test bed. Removing a device does not end
/// descriptors that are open; who has one learns of the removal from udev.
package final class Testbed {
    package let folder: String

    private let bed: UnsafeMutablePointer<UMockdevTestbed>
    private var lastNode = 0

    package init() throws(LabFault) {
        guard let bed = umockdev_testbed_new() else { throw LabFault("umockdev gives no test bed") }
        self.bed = bed
        folder = Self.text(umockdev_testbed_get_root_dir(bed))
        guard umockdev_in_mock_environment() != 0 else {
            throw LabFault(
                "umockdev's library is not loaded, which simulates input devices. apt-get install umockdev; by hand, "
                    + "start this program through umockdev-wrapper")
        }
    }

    deinit { g_object_unref(bed) }

    /// Plugs a device in: what udev tells about it, and what the node answers to ioctl.
    /// - Parameter make: gets the number of the node, which is in no name so far.
    package func plug(_ make: (Int) -> SimulatedDevice) throws(LabFault) -> SimulatedDevice {
        lastNode += 1
        let device = make(lastNode)
        try check("adding \(device.node)") { umockdev_testbed_add_from_string(bed, device.description, $0) }
        guard !device.ioctls.isEmpty else { return device }
        let file = "\(folder)/ioctl-\(lastNode)"
        try LabFolder.write(device.ioctls, to: file)
        try check("describing \(device.node)") { umockdev_testbed_load_ioctl(bed, nil, file, $0) }
        return device
    }

    package func unplug(_ device: SimulatedDevice) {
        for path in device.systemPaths.reversed() {
            umockdev_testbed_uevent(bed, path, "remove")
            umockdev_testbed_remove_device(bed, path)
        }
    }

    func type(_ events: [InputEvent], on device: SimulatedDevice) throws(LabFault) {
        for event in events {
            var record = input_event()
            (record.type, record.code, record.value) = (event.type, event.code, event.value)
            try send(withUnsafeBytes(of: record) { Array($0) }, from: device)
        }
    }

    /// What whoever has the node open reads next.
    package func send(_ bytes: [UInt8], from device: SimulatedDevice) throws(LabFault) {
        let descriptor = umockdev_testbed_get_dev_fd(bed, device.node)
        guard descriptor >= 0 else { throw LabFault("\(device.node) is not there") }
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw LabFault("\(device.node) takes nothing; is the agent reading it?")
        }
    }

    private func check(
        _ what: String, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<GError>?>) -> gboolean
    ) throws(LabFault) {
        var error: UnsafeMutablePointer<GError>?
        guard body(&error) == 0 else { return }
        defer { if let error { g_error_free(error) } }
        throw LabFault("\(what): \(error.map { String(cString: $0.pointee.message) } ?? "failed")")
    }

    private static func text(_ owned: UnsafeMutablePointer<CChar>?) -> String {
        guard let owned else { return "" }
        defer { g_free(owned) }
        return String(cString: owned)
    }
}
