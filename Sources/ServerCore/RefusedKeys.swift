// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire

/// Whose refusal was noted lately. A box that waits for its approval comes again and again, and so may a stranger; a
/// line of each a minute tells as much.
struct RefusedKeys: Sendable {
    static let interval = Duration.seconds(60)
    /// Keys that are told apart. With more of them at once, all are noted anew.
    static let limit = 4096

    private struct Noted: Sendable {
        let code: Refusal.Code
        let until: MonotonicTime
    }

    private var noted: [KeyHash: Noted] = [:]

    /// Whether this refusal is to be noted: another one of that key was lately at most, for another reason.
    mutating func isNews(_ code: Refusal.Code, of key: KeyHash, at now: MonotonicTime) -> Bool {
        if let last = noted[key], last.code == code, now < last.until { return false }
        if noted.count >= Self.limit, noted[key] == nil {
            noted = noted.filter { now < $0.value.until }
            if noted.count >= Self.limit { noted = [:] }
        }
        noted[key] = Noted(code: code, until: now + Self.interval)
        return true
    }
}
