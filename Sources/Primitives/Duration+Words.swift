// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// For people, in the largest unit that divides it: "5 minutes", "90 seconds", "1 hour".
    package var words: String {
        let seconds = components.seconds
        let units: [(Int64, String)] = [(86_400, "day"), (3600, "hour"), (60, "minute")]
        let (unit, name) = units.first { seconds >= $0.0 && seconds % $0.0 == 0 } ?? (1, "second")
        let count = seconds / unit
        return "\(count) \(name)\(count == 1 ? "" : "s")"
    }
}
