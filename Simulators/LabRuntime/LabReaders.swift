// SPDX-License-Identifier: Apache-2.0

package import HostIO
import Ops
import Primitives
import SimDevices

/// The simulated readers and the keypad of one agent.
package final class LabReaders {
    package enum Kind: Sendable {
        /// An ID-12 on a pseudo terminal, to which a link leads that stays the same.
        case serial
        /// A badge reader that types.
        case wedge
        case keypad
    }

    package struct Setting: Sendable {
        package let name: String
        package let kind: Kind
        package let vendor: UInt16
        package let product: UInt16

        /// As settings write it: `16c0:27db`.
        package var identity: String { "\(fourDigits(vendor)):\(fourDigits(product))" }
    }

    /// Every lab has these.
    package static let settings = [
        Setting(name: "front", kind: .serial, vendor: 0x0403, product: 0x6001),
        Setting(name: "desk", kind: .wedge, vendor: 0x16C0, product: 0x27DB),
        Setting(name: "pad", kind: .keypad, vendor: 0x05A4, product: 0x9837),
    ]
    package static let names = settings.map(\.name)
    /// Those to which badges are held.
    package static let readers = settings.filter { $0.kind != .keypad }.map(\.name)

    package let testbed: Testbed
    private let loop: Loop
    private let benches: [String: any SimulatedReader]

    /// - Parameter folder: where the link to the serial line is made, as `front.tty`.
    package init(folder: String, on loop: Loop) throws(LabFault) {
        let testbed = try Testbed()
        self.testbed = testbed
        self.loop = loop
        var benches: [String: any SimulatedReader] = [:]
        for setting in Self.settings {
            switch setting.kind {
            case .serial:
                benches[setting.name] = SerialReader(
                    link: Self.link(to: setting.name, in: folder), testbed: testbed, on: loop)
            case .wedge, .keypad: benches[setting.name] = TypingReader(setting, testbed: testbed, on: loop)
            }
        }
        self.benches = benches
        for name in Self.names { try benches[name]?.plug() }
    }

    package static func link(to reader: String, in folder: String) -> String { "\(folder)/\(reader).tty" }

    package func close() {
        for bench in benches.values { try? bench.unplug() }
    }

    package func perform(_ request: ControlRequest) throws(LabFault) -> JSONValue {
        switch request {
        case .present(let badge, let reader):
            let name = reader ?? Self.readers[0]
            guard Self.readers.contains(name) else { throw Self.unknown(name, among: Self.readers) }
            try bench(name).present(try BadgeText(badge))
            return ["reader": .string(name)]
        case .key(let text):
            guard let pad = Self.settings.first(where: { $0.kind == .keypad }) else { return [:] }
            try bench(pad.name).type(try Keys.strokes(text))
        case .plug(let reader): try bench(reader).plug()
        case .unplug(let reader): try bench(reader).unplug()
        case .replay(let text, let reader):
            let player: RecordingPlayer
            do throws(SimRecording.Fault) {
                player = RecordingPlayer(try SimRecording(text), on: loop)
            } catch {
                throw LabFault("line \(error.line): \(error.reason)", exit: .badData)
            }
            try bench(reader).play(player)
        case .printer, .printerFacts, .desk: throw LabFault("a reader is no printer and no screen", exit: .usage)
        }
        return [:]
    }

    private func bench(_ name: String) throws(LabFault) -> any SimulatedReader {
        guard let bench = benches[name] else { throw Self.unknown(name, among: Self.names) }
        return bench
    }

    private static func unknown(_ name: String, among known: [String]) -> LabFault {
        LabFault(
            "there is no reader \(name.debugDescription); there are \(known.joined(separator: ", "))", exit: .usage)
    }
}

/// What can be done to a simulated reader. A reader that cannot be asked for this says so.
protocol SimulatedReader: AnyObject {
    func plug() throws(LabFault)
    func unplug() throws(LabFault)
    func present(_ badge: BadgeText) throws(LabFault)
    func type(_ strokes: String) throws(LabFault)
    /// What a recorded reader sent comes from this one, in the recording's time.
    func play(_ player: RecordingPlayer) throws(LabFault)
}
