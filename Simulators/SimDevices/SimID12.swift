// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A serial EM4100 reader: bytes as an ID-12LA or an RDM6300 sends them.
package struct SimID12: Machine {
    package enum Model: Sendable {
        /// `STX 12×hex CR LF ETX`, once a presentation.
        case id12
        /// `STX 12×hex ETX`, again every 50 ms while the badge is held.
        case rdm6300
    }

    package enum Fault: Hashable, Sendable {
        case badChecksum
        /// Nothing after so many bytes.
        case cut(after: Int)
        /// These bytes in front of the frame.
        case noise([UInt8])
    }

    package enum Event: Sendable {
        /// The 40 bits of a badge.
        case present(UInt64, heldFor: Duration = .zero, fault: Fault? = nil)
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
    }

    package static let repeatInterval = Duration.milliseconds(50)

    private struct Held: Sendable {
        let frame: [UInt8]
        let until: MonotonicTime
        let next: MonotonicTime
    }

    private let model: Model
    private var held: Held?

    package init(model: Model) { self.model = model }

    package var deadline: MonotonicTime? { held?.next }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let number, let duration, let fault):
            let frame = Self.frame(number, model: model, fault: fault)
            held = Held(frame: frame, until: now + duration, next: now)
            return tick(at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let current = held, now >= current.next else { return [] }
        let next = current.next + Self.repeatInterval
        let goesOn = model == .rdm6300 && next <= current.until
        held = goesOn ? Held(frame: current.frame, until: current.until, next: next) : nil
        return [.send(current.frame)]
    }

    package static func frame(_ number: UInt64, model: Model, fault: Fault? = nil) -> [UInt8] {
        precondition(number < 1 << 40, "an EM4100 badge has 40 bits")
        let bytes = number.bigEndianBytes.suffix(5)
        let checksum = bytes.reduce(0, ^) ^ (fault == .badChecksum ? 0x01 : 0)
        let text = (Array(bytes) + [checksum]).flatMap { hexadecimal($0) }
        let frame = [0x02] + text + (model == .id12 ? [0x0D, 0x0A] : []) + [0x03]
        switch fault {
        case .cut(let count): return Array(frame.prefix(count))
        case .noise(let noise): return noise + frame
        case .badChecksum, nil: return frame
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
    }
}
