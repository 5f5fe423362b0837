// SPDX-License-Identifier: Apache-2.0

package import Ops
import Primitives
package import ReaderMachines
import ReleaseWire

/// Everything an agent can be told, read once at the start and passed on by value.
package struct AgentSettings: Sendable {
    package let server: String
    package let port: UInt16
    package let state: String
    package let name: String
    /// Empty: no display socket.
    package let displaySocket: String
    package let logLevel: LogLevel
    package let readers: [ReaderSetting]

    /// The settings, and the table of them for `--print-settings`.
    package static func parse(
        _ text: String, file: String, hostName: String
    ) throws(SettingsFault) -> (AgentSettings, SettingsTable) {
        var reader = try SettingsReader(parsing: text, file: file)
        let server = try reader.take(
            "server", .name(limit: 253), default: "localhost", "The release server: a name or an address.")
        let port = try reader.take("port", .peerPort, default: 1351, "The release server's port.")
        let state = try reader.take(
            "state", .path, default: "/var/lib/lanyard-agent", "Where key, pinned server and journal are kept.")
        let name = try reader.take(
            "name", .name(limit: Wire.nameLimit), default: hostName.clipped(limit: Wire.nameLimit),
            "What the administrator calls this box; used when it enrols.")
        let display = try reader.take(
            "display-socket", SettingFormat<String>.socketPath.orNone, default: "/run/lanyard-agent/display.sock",
            "Where a screen on this box learns what to show; empty for none.")
        let logLevel = try reader.take("log-level", .logLevel, default: .info, "How much is logged.")
        let readers = try reader.takeNamed(
            "reader", .reader, example: (name: "front", value: "id12 /dev/ttyUSB0"),
            "A reader or keypad: id12 PATH, wedge VID:PID or keypad VID:PID.")
        for (name, _) in readers where !(1...Wire.nameLimit).contains(name.utf8.count) {
            throw reader.fault(
                key: "reader.\(name)", problem: "the name of a reader has \(name.utf8.count) bytes",
                remedy: "It must have 1 to \(Wire.nameLimit).")
        }
        let settings = AgentSettings(
            server: server, port: port, state: state, name: name, displaySocket: display ?? "", logLevel: logLevel,
            readers: readers.map { ReaderSetting(name: $0.name, kind: $0.value) })
        return (settings, try reader.finish())
    }
}

extension SettingFormat where Value == UInt16 {
    /// Of a program to connect to.
    fileprivate static var peerPort: Self {
        Self("a port number from 1 to 65535", parse: { UInt16($0).flatMap { $0 > 0 ? $0 : nil } }, text: { "\($0)" })
    }
}

extension SettingFormat where Value == ReaderSetting.Kind {
    /// `id12 /dev/ttyUSB0`, `wedge 16c0:27db`, `keypad 05a4:9837`.
    package static var reader: Self {
        Self("id12 PATH, wedge VID:PID or keypad VID:PID", parse: Self.kind, text: Self.text)
    }

    private static func kind(_ text: String) -> ReaderSetting.Kind? {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count == 2 else { return nil }
        switch words[0] {
        case "id12": return words[1].hasPrefix("/") ? .id12(path: words[1]) : nil
        case "wedge": return identity(words[1]).map { .wedge(vendor: $0.vendor, product: $0.product) }
        case "keypad": return identity(words[1]).map { .keypad(vendor: $0.vendor, product: $0.product) }
        default: return nil
        }
    }

    private static func identity(_ text: String) -> (vendor: UInt16, product: UInt16)? {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ $0.utf8.count == 4 && $0.first != "+" }),
            let vendor = UInt16(halves[0], radix: 16),
            let product = UInt16(halves[1], radix: 16)
        else { return nil }
        return (vendor, product)
    }

    private static func text(_ kind: ReaderSetting.Kind) -> String {
        switch kind {
        case .id12(let path): "id12 \(path)"
        case .wedge(let vendor, let product): "wedge \(hex(vendor)):\(hex(product))"
        case .keypad(let vendor, let product): "keypad \(hex(vendor)):\(hex(product))"
        }
    }

    private static func hex(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
