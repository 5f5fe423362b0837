// SPDX-License-Identifier: Apache-2.0

package import Primitives
import ReaderMachines

/// An rf IDEAS reader with the ASCII Command Protocol. It echoes nothing and prompts after each answer.
package struct SimRFIdeas: Machine {
    package enum Event: Sendable {
        case received([UInt8])
        case present(bitCount: Int, number: UInt64, fault: SimLineFault? = nil)
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
    }

    private var line = SimLine()
    private var command: [UInt8] = []
    private var queued: (bitCount: Int, number: UInt64, at: MonotonicTime, fault: SimLineFault?)?

    package init() {}

    package var deadline: MonotonicTime? { line.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let bitCount, let number, let fault): queued = (bitCount, number, now, fault)
        case .received(let bytes):
            for byte in bytes {
                if byte == 0x0D || byte == 0x0A { perform(at: now) } else { command.append(byte) }
            }
        }
        return tick(at: now)
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { line.due(at: now).map { .send($0) } }

    private mutating func perform(at now: MonotonicTime) {
        defer { command = [] }
        guard command.starts(with: "rfid:qid".utf8) else { return }
        let age = queued.map { min(0xFFFF, now.elapsed(since: $0.at) / .milliseconds(48)) } ?? 0xFFFF
        let digits = ((queued?.bitCount ?? 0) + 3) / 4
        let fields = [
            "0x" + Self.hexadecimal(UInt64(age), digits: 4), "0", "0x0000", String(queued?.bitCount ?? 0),
        ]
        let number = "0x" + Self.hexadecimal(queued?.number ?? 0, digits: max(digits, 2))
        let text = "{" + fields.joined(separator: ",") + ";" + number + "}\r\nRF IDeas>"
        line.send(Array(text.utf8), fault: queued?.fault, at: now)
        if command == Array("rfid:qid.id".utf8) { queued = nil }
    }

    private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// An ITC 2015 reader, which answers each poll.
package struct SimITC2015: Machine {
    package enum Event: Sendable {
        case received([UInt8])
        /// A number of up to 15 bytes, or none.
        case present([UInt8], fault: SimLineFault? = nil)
        case remove
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
    }

    private var line = SimLine()
    private var buffer: [UInt8] = []
    private var badge: [UInt8]?
    private var fault: SimLineFault?

    package init() {}

    package var deadline: MonotonicTime? { line.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let number, let fault): (badge, self.fault) = (number, fault)
        case .remove: badge = nil
        case .received(let bytes):
            buffer += bytes
            guard (try? ITC2015Frame.decode(buffer)) == [0x01] else { break }
            buffer = []
            var answer = ITC2015Frame.encode(badge.map { [0x6C] + $0 } ?? [0x40])
            if badge != nil, fault == .badChecksum { answer[4] ^= 0x10 }
            line.send(answer, fault: badge == nil ? nil : fault, at: now)
            if badge != nil { fault = nil }
        }
        return tick(at: now)
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { line.due(at: now).map { .send($0) } }
}
