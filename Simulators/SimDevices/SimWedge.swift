// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A badge reader that types like a keyboard.
package struct SimWedge: Machine {
    package enum Fault: Hashable, Sendable {
        case noTerminator
        /// The kernel loses events before this digit, counted from 0.
        case overflow(before: Int)
        /// A letter in place of this digit.
        case letter(at: Int)
        /// The last digit's key hangs.
        case heldKey(repeats: Int)
    }

    package enum Event: Sendable {
        /// ASCII digits.
        case present([UInt8], fault: Fault? = nil)
    }

    package typealias Action = SimKeys.Action

    private var keys: SimKeys

    /// - Parameter interval: between two keys; cheap readers take 20 ms.
    package init(interval: Duration = .milliseconds(20), usesKeypadRow: Bool = false) {
        keys = SimKeys(interval: interval, usesKeypadRow: usesKeypadRow)
    }

    package var deadline: MonotonicTime? { keys.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let digits, let fault): keys.handle(.type(Self.strokes(digits, fault)), at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { keys.tick(at: now) }

    private static func strokes(_ digits: [UInt8], _ fault: Fault?) -> [SimKeys.Key] {
        var strokes = digits.map { SimKeys.Key.digit($0) } + [.enter]
        switch fault {
        case .noTerminator: strokes.removeLast()
        case .overflow(let index): strokes.insert(.overflow, at: min(index, digits.count))
        case .letter(let index): strokes[min(index, digits.count - 1)] = .letterA
        case .heldKey(let repeats):
            if let last = digits.last { strokes[digits.count - 1] = .held(last, repeats: repeats) }
        case nil: break
        }
        return strokes
    }
}
