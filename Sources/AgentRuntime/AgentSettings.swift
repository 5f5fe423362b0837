// SPDX-License-Identifier: Apache-2.0

package import AgentCore
package import HostIO
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
    /// From where readers may call this box.
    package let peers: PeerRule
    package let readers: [ReaderSetting]
    package let readerMode: ReaderPool.Mode
    /// Bytes of lent documents that this box may keep.
    package let custodySpace: Int
    package let desk: AgentCore.Desk
    /// Folders of quirk files; later ones win.
    package let quirks: [String]

    static let readerLimit = 500

    /// The settings, and the table of them for `--print-settings`.
    package static func parse(
        _ text: String, file: String, hostName: String
    ) throws(SettingsFault) -> (AgentSettings, SettingsTable) {
        var reader = try SettingsReader(parsing: text, file: file)
        let server = try reader.take(
            "server", .host, default: "localhost", "The release server: a name or an address.")
        let port = try reader.take("port", .peerPort, default: Wire.standardPort, "The release server's port.")
        let state = try reader.take(
            "state", .path, default: "/var/lib/lanyard-agent", "Where key, pinned server and journal are kept.")
        let name = try reader.take(
            "name", .name(limit: Wire.nameLimit), default: hostName.clipped(limit: Wire.nameLimit),
            "What the administrator calls this box; used when it enrols.")
        let display = try reader.take(
            "display-socket", SettingFormat<String>.socketPath.orNone, default: "/run/lanyard-agent/display.sock",
            "Where a screen on this box learns what to show; empty for none.")
        let logLevel = try reader.take("log-level", .logLevel, default: .info, "How much is logged.")
        let peers = try reader.takePeerRule(
            "Public networks whose readers may call this box or be called, besides private ones.")
        let mode = try reader.take(
            "readers", .word, default: ReaderPool.Mode.automatic,
            "auto: each device that a quirk file knows is a reader. listed: only those below are.")
        let quirks = try reader.take(
            "quirks", SettingFormat.path.list(limit: 8), default: ["/usr/share/lanyard/quirks", "/etc/lanyard/quirks"],
            "Folders with quirk files, which say how a model of reader is driven. Later ones win.")
        let space = try reader.take(
            "custody-space", .size(0...(64 << 30)), default: 512 << 20,
            "The room for documents that come out while the server is away; the server's setting offline allows them.")
        let named = try reader.takeNamed(
            "reader", .name(limit: readerLimit), example: (name: "front", value: "id12 /dev/ttyUSB0"),
            "A reader or keypad: KIND DEVICE [key=value …].")
        let readers = try parse(named, peers, reader)
        let desk = try takeDesk(&reader, readers, mode)
        let settings = AgentSettings(
            server: server, port: port, state: state, name: name, displaySocket: display ?? "", logLevel: logLevel,
            peers: peers, readers: readers, readerMode: mode, custodySpace: space, desk: desk, quirks: quirks)
        return (settings, try reader.finish())
    }

    private static func takeDesk(
        _ reader: inout SettingsReader, _ readers: [ReaderSetting], _ mode: ReaderPool.Mode
    ) throws(SettingsFault) -> AgentCore.Desk {
        var desk = AgentCore.Desk()
        let atBadge = try reader.take(
            "at-badge", .word, default: AtBadge.releaseAll,
            "release-all: a badge brings everything out. choose: it opens the list, where there are keys or a screen.")
        desk.opensList = atBadge == .choose
        desk.hasKeypad = readers.contains(where: \.model.hasKeys)
        let place = try reader.take(
            "keypad-for", SettingFormat<String>.name(limit: Wire.nameLimit).orNone, default: nil,
            "The reader beside which the keypad is: what is typed without a badge is shown and answered there.")
        desk.keypadPlace = place
        let names = readers.flatMap { $0.model.readerNames(of: $0.name) }
        if let place, mode == .listed, !names.contains(place) {
            throw reader.fault(
                key: "keypad-for", problem: "keypad-for cannot be \(place.debugDescription): there is no such reader",
                remedy: names.isEmpty ? "No reader is listed." : "There are \(names.joined(separator: ", ")).")
        }
        if let place { desk.screenPlace = place } else if let first = names.first { desk.screenPlace = first }
        return desk
    }

    /// What somebody who wrote these settings may not expect of them; `--check` says it.
    package var advice: String? {
        guard let place = desk.keypadPlace else { return nil }
        let names = readers.flatMap { $0.model.readerNames(of: $0.name) }
        if names.contains(place) { return nil }
        return "keypad-for is \(place), which is no reader of these settings: it works only for one that is plugged in "
            + "and gets that name by its place"
    }

    private static func parse(
        _ named: [(name: String, value: String)], _ peers: PeerRule, _ reader: borrowing SettingsReader
    ) throws(SettingsFault) -> [ReaderSetting] {
        for (name, _) in named where !(1...Wire.nameLimit).contains(name.utf8.count) {
            throw reader.fault(
                key: "reader.\(name)", problem: "the name of a reader has \(name.utf8.count) bytes",
                remedy: "It must have 1 to \(Wire.nameLimit).")
        }
        var readers: [ReaderSetting] = []
        for (name, text) in named {
            do throws(ReaderModel.Fault) {
                let setting = try ReaderSetting(name: name, text: text)
                try expectCallable(setting.place, peers)
                if let other = readers.first(where: { $0.sharesDevice(with: setting) }) {
                    throw .init("reader.\(other.name) has that device")
                }
                readers.append(setting)
            } catch {
                throw reader.fault(
                    key: "reader." + name, problem: "reader.\(name) cannot be \(text.debugDescription): \(error)",
                    remedy: "It must be KIND DEVICE [key=value …], such as id12 PATH, wedge VID:PID, keypad VID:PID.")
            }
        }
        return readers
    }

    private static func expectCallable(_ place: ReaderPlace, _ peers: PeerRule) throws(ReaderModel.Fault) {
        guard case .dial(let host, _) = place, let address = IPAddress(host) else { return }
        switch peers.objection(to: address) {
        case .publicAddress: throw .init("\(host) is a public address, and peer-networks does not name it")
        case .translatedAddress: throw .init("\(host) is the address of a translator")
        case nil: break
        }
    }
}

extension SettingFormat where Value == String {
    /// Not a URL, nor with a port.
    fileprivate static var host: Self {
        Self(
            "a host's name or address of 1 to \(HostPort.hostLimit) bytes",
            parse: { text in
                let isName = text.utf8.allSatisfy { byte in
                    0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || "-._".utf8.contains(byte)
                }
                // An address may have a zone: fe80::1%eth0.
                let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).first
                let isAddress = address.map { IPAddress(String($0)) != nil } ?? false
                return (1...HostPort.hostLimit).contains(text.utf8.count) && (isName || isAddress) ? text : nil
            },
            text: { $0 })
    }
}

extension SettingFormat where Value == UInt16 {
    /// Of a program to connect to.
    fileprivate static var peerPort: Self {
        Self("a port number from 1 to 65535", parse: { UInt16($0).flatMap { $0 > 0 ? $0 : nil } }, text: { "\($0)" })
    }
}

/// What a badge alone does.
private enum AtBadge: String, CaseIterable {
    case releaseAll = "release-all"
    case choose
}
