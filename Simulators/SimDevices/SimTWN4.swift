// SPDX-License-Identifier: Apache-2.0

package import Primitives
import ReaderMachines

/// An Elatec TWN4 with the Simple Protocol: answers commands, never speaks first.
package struct SimTWN4: Machine {
    package struct Tag: Hashable, Sendable {
        package var type: UInt8
        package var bitCount: UInt8
        package var number: [UInt8]

        package init(type: UInt8 = 0x80, bitCount: UInt8, number: [UInt8]) {
            self.type = type
            self.bitCount = bitCount
            self.number = number
        }
    }

    package enum Event: Sendable {
        case received([UInt8])
        case present(Tag)
        case remove
        /// For the next answer.
        case fault(SimLineFault?)
        /// It answers, or it does not.
        case power(Bool)
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
        /// Bits set: 1 red, 2 green, 4 yellow.
        case lamps(UInt8)
        case beep(milliseconds: Int)
    }

    private let frame: TWN4Frame
    private var line = SimLine()
    private var buffer: [UInt8] = []
    private var tag: Tag?
    private var fault: SimLineFault?
    private var isOn = true
    private var lamps: UInt8 = 0

    package init(isBinary: Bool = false, hasCRC: Bool = false) {
        frame = TWN4Frame(isBinary: isBinary, hasCRC: hasCRC)
    }

    package var deadline: MonotonicTime? { line.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let tag): self.tag = tag
        case .remove: tag = nil
        case .fault(let fault): self.fault = fault
        case .power(let isOn): self.isOn = isOn
        case .received(let bytes): return received(bytes, at: now)
        }
        return []
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { line.due(at: now).map { .send($0) } }

    private mutating func received(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        buffer += bytes
        var actions: [Action] = []
        while let command = try? frame.next(&buffer) { actions += perform(command, at: now) }
        return actions
    }

    private mutating func perform(_ command: [UInt8], at now: MonotonicTime) -> [Action] {
        guard isOn, command.count >= 2 else { return [] }
        let (answer, actions) = answer(to: command)
        var bytes = frame.encode(answer)
        if fault == .badChecksum { bytes[bytes.count - 2] ^= 0x01 }
        // The reader answers when it has beeped.
        var ready = now
        for case .beep(let duration) in actions { ready = ready + .milliseconds(duration + 100) }
        line.send(bytes, fault: fault, at: ready)
        fault = nil
        return actions + tick(at: now)
    }

    private mutating func answer(to command: [UInt8]) -> ([UInt8], [Action]) {
        switch (command[0], command[1]) {
        case (0, 4):
            let version = Array("TWN4/B1.03/CCF1.57/PRS1.03/PI".utf8)
            return ([0, UInt8(version.count)] + version, [])
        case (4, 0): return ([0], [])
        case (4, 2), (4, 3):
            guard command.count == 3 else { return ([2], []) }
            lamps = command[1] == 2 ? lamps | command[2] : lamps & ~command[2]
            return ([0], [.lamps(lamps)])
        case (4, 7):
            guard command.count == 9 else { return ([2], []) }
            return ([0], [.beep(milliseconds: Int(command[5]) | Int(command[6]) << 8)])
        case (5, 0):
            guard let tag else { return ([0, 0], []) }
            return ([0, 1, tag.type, tag.bitCount, UInt8(tag.number.count)] + tag.number, [])
        default: return ([1], [])
        }
    }
}
