// SPDX-License-Identifier: Apache-2.0

extension ReaderQuirks {
    /// The table as udev's hardware database takes it (hwdb(7)): which device is a reader, for the rules that give it
    /// to the agent and keep others off. `udev/hwdb.d` holds what this makes of `udev/quirks`.
    package var hwdb: String {
        let head = """
            # SPDX-License-Identifier: Apache-2.0
            # Made of the quirk files by: lanyard-agent --print-hwdb. Change those, not this.

            """
        // Of two sections for a device the later one counts; one without a kind takes the device back.
        var seen: Set<ReaderQuirk.Device> = []
        let records = all.reversed().filter { seen.insert($0.device).inserted }.compactMap(Self.record)
        return head + records.reversed().map { "\n" + $0 }.joined()
    }

    private static func record(_ quirk: ReaderQuirk) -> String? {
        guard let model = quirk.model else { return nil }
        var lines: [String] = quirk.name.isEmpty ? [] : ["# \(quirk.name)"]
        switch quirk.device {
        case .usb(let vendor, let product):
            lines.append("usb:v\(USBIdentity.hex(vendor).uppercased())p\(USBIdentity.hex(product).uppercased())*")
        case .model(let pattern): lines.append("lanyard:model:\(pattern.text)")
        }
        lines.append(" LANYARD_READER=\(model.kind.rawValue)")
        if let driver = quirk.driver { lines.append(" LANYARD_DRIVER=\(driver)") }
        lines.append(" ID_MM_DEVICE_IGNORE=1")
        return lines.map { $0 + "\n" }.joined()
    }
}
