// SPDX-License-Identifier: Apache-2.0

/// One line for each action, of which the last are kept, and one number for all that happened.
final class SimTrace {
    /// How many lines are kept, if nobody says.
    static let length = 30

    /// Gets each text that is made, to look for what must not be in it.
    var onText: (String) -> Void = { _ in }
    /// Every line is made, not only those that somebody reads.
    var isWhole = false

    private let world: World
    private let length: Int
    private var lines: [() -> String] = []
    private var next = 0
    /// FNV-1a over times and kinds of all actions.
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var count = 0

    init(_ world: World, length: Int) {
        self.world = world
        self.length = length
    }

    func note(_ text: String) {
        if !isWhole { onText(text) }
        add(UInt64(text.utf8.count)) { text }
    }

    /// The text is made only if somebody reads it.
    func mark<Action>(_ code: UInt64, _ who: String, _ action: Action) { add(code) { "\(who): \(action)" } }

    private func add(_ code: UInt64, _ text: @escaping () -> String) {
        count += 1
        for word in [world.nanoseconds, code] { digest = (digest ^ word) &* 0x100_0000_01B3 }
        let seconds = world.seconds
        let line = { "\(seconds) \(String(text().prefix(220)))" }
        if isWhole { onText(text()) }
        if lines.count < length { lines.append(line) } else { lines[next % length] = line }
        next += 1
    }

    /// Oldest first.
    var last: [String] {
        let start = lines.count < length ? 0 : next % length
        return (lines[start...] + lines[..<start]).map { $0() }
    }
}
