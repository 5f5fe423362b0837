// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire

/// Which refusals are noted. A box that waits for its approval comes again and again, and so may a stranger; a line of
/// each a minute tells as much. A stranger may also come with another key each time: there are few lines a minute in
/// all, and then one of how many more there were.
struct RefusedKeys: Sendable {
    static let interval = Duration.seconds(60)
    /// Keys that are told apart. With more of them at once, all are noted anew.
    static let limit = 4096
    /// Noted in an interval, of whatever key.
    static let lineLimit = 30

    private struct Noted: Sendable {
        let code: Refusal.Code
        let until: MonotonicTime
    }

    private var noted: [KeyHash: Noted] = [:]
    private var intervalEnd: MonotonicTime?
    private var lines = 0
    private var untold: UInt64 = 0

    /// When those that were not noted are to be counted.
    var deadline: MonotonicTime? { untold > 0 ? intervalEnd : nil }

    /// Whether this refusal is to be noted: another one of that key was lately at most, for another reason.
    mutating func isNews(_ code: Refusal.Code, of key: KeyHash, at now: MonotonicTime) -> Bool {
        if let last = noted[key], last.code == code, now < last.until { return false }
        if noted.count >= Self.limit, noted[key] == nil {
            noted = noted.filter { now < $0.value.until }
            if noted.count >= Self.limit { noted = [:] }
        }
        noted[key] = Noted(code: code, until: now + Self.interval)
        return hasLine(at: now)
    }

    /// Whether one more line may be written of somebody who is no agent of ours; if not, it is counted.
    mutating func hasLine(at now: MonotonicTime) -> Bool {
        if let intervalEnd, now < intervalEnd {
            guard lines < Self.lineLimit else {
                untold += 1
                return false
            }
            lines += 1
            return true
        }
        (intervalEnd, lines) = (now + Self.interval, 1)
        return true
    }

    /// How many there were beyond those that were noted, once their interval is over.
    mutating func takeReport(at now: MonotonicTime) -> UInt64? {
        guard let deadline, deadline <= now else { return nil }
        defer { untold = 0 }
        return untold
    }
}
