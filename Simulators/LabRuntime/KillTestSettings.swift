// SPDX-License-Identifier: Apache-2.0

import SimRandom

/// How a kill test is run.
package struct KillTestSettings: Hashable, Sendable {
    package static let roundLimit = 10_000

    /// Server, agent or both are killed so many times.
    package var rounds = 100
    /// Decides who is killed when, and what work goes on. The machine's timing is not repeatable, so the same seed
    /// gives the same plan, not the same run.
    package var seed: UInt64
    /// One round in two cuts the line between agent and server for a while instead. In a network namespace only.
    package var cutsLines: Bool

    package init(rounds: Int = 100, seed: UInt64, cutsLines: Bool = false) {
        precondition((1...Self.roundLimit).contains(rounds), "a kill test has 1 to \(Self.roundLimit) rounds")
        self.rounds = rounds
        self.seed = seed
        self.cutsLines = cutsLines
    }

    /// Enough of them that somebody may always hold a badge to a reader again.
    package static let people = (1...8).map { number in
        LabUser(name: "user\(number)", department: "Tests", badge: "000654780\(number)")
    }
}

extension SplitMix {
    mutating func milliseconds(_ range: Range<Int>) -> Duration {
        .milliseconds(range.lowerBound + below(range.count))
    }
}
