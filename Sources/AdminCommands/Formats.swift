// SPDX-License-Identifier: Apache-2.0

/// How the server's values are shown in tables.
enum Shown {
    /// `2026-11-21T02:43:09Z` without what a table does not need.
    static func minute(_ time: String?) -> String {
        guard let time, time.utf8.count == 20 else { return time ?? "" }
        return time.prefix(10) + " " + time.dropFirst(11).prefix(5)
    }

    /// The time of day of a wait, which is never longer than a day.
    static func clock(_ time: String) -> String {
        time.utf8.count == 20 ? "\(time.dropFirst(11).prefix(8)) UTC" : time
    }

    static func age(_ seconds: Int64) -> String {
        for (unit, factor) in [("d", Int64(86_400)), ("h", 3600), ("min", 60)] where seconds >= 2 * factor {
            return "\(seconds / factor) \(unit)"
        }
        return "\(seconds) s"
    }

    static func number(_ value: Int?) -> String { value.map(String.init) ?? "?" }

    static func size(_ bytes: UInt64) -> String {
        for (unit, factor) in [("GiB", UInt64(1) << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] where bytes >= factor {
            return "\((bytes + factor / 2) / factor) \(unit)"
        }
        return "\(bytes) B"
    }

    /// `in_doubt` as people write it.
    static func state(_ word: String) -> String { String(word.map { $0 == "_" ? "-" : $0 }) }
}
