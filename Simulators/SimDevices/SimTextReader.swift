// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A serial reader that sends a number as text, bare or framed.
package struct SimTextReader: Machine {
    package enum Framing: Hashable, Sendable {
        case line
        /// `STX text ETX`.
        case stx
        /// Nothing but the text.
        case bare
        /// `STX text ETX LRC`.
        case idteck
    }

    package enum Event: Sendable {
        case present([UInt8], fault: SimLineFault? = nil)
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
    }

    private let framing: Framing
    private var line = SimLine()

    package init(framing: Framing) { self.framing = framing }

    package var deadline: MonotonicTime? { line.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let text, let fault):
            line.send(Self.frame(text, framing, isBroken: fault == .badChecksum), fault: fault, at: now)
            return tick(at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { line.due(at: now).map { .send($0) } }

    package static func frame(_ text: [UInt8], _ framing: Framing, isBroken: Bool = false) -> [UInt8] {
        switch framing {
        case .line: text + [0x0D, 0x0A]
        case .stx: [0x02] + text + [0x03]
        case .bare: text
        case .idteck: [0x02] + text + [0x03, text.reduce(0x02 ^ 0x03 ^ (isBroken ? 1 : 0), ^)]
        }
    }
}
