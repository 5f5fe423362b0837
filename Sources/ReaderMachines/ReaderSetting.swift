// SPDX-License-Identifier: Apache-2.0

/// One reader or keypad that belongs to this box.
package struct ReaderSetting: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A serial device node; a link such as `/dev/serial/by-id/…` will do.
        case id12(path: String)
        /// USB identities.
        case wedge(vendor: UInt16, product: UInt16)
        case keypad(vendor: UInt16, product: UInt16)
    }

    /// Unique in the box; it is the reader's name in the log and at the server.
    package let name: String
    package let kind: Kind

    package init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// What the system tells about a device node.
package struct DeviceFacts: Hashable, Sendable {
    /// Below `/sys`, or with it; unique while the device is there.
    package let sysPath: String
    /// The node below `/dev`; `nil` for a device without one.
    package let node: String?
    package let vendor: UInt16
    package let product: UInt16
    package let serial: String?
    /// `input`, `tty`, …
    package let subsystem: String

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

    /// The path of the thing that was plugged in: one USB device may have several interfaces (`1-2:1.0`, `1-2:1.1`)
    /// with a node each. Where the path shows no USB interface, each node is a thing of its own.
    var physicalPath: Substring {
        let parts = sysPath.split(separator: "/", omittingEmptySubsequences: false)
        guard let interface = parts.firstIndex(where: Self.isUSBInterface) else { return sysPath[...] }
        return sysPath[..<parts[interface].startIndex]
    }

    /// `bus-port[.port…]:configuration.interface`
    private static func isUSBInterface(_ part: Substring) -> Bool {
        let halves = part.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].contains("-") else { return false }
        let numbers = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39) ~= $0 } }
    }
}
