// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

/// Limits of single fields, shared by several messages.
package enum Wire {
    /// Where the release server listens unless its settings say otherwise.
    package static let standardPort: UInt16 = 1351
    /// Bytes of UTF-8 of the name of an agent, a printer or a reader, and of the agent's software.
    package static let nameLimit = DurableEvent.nameLimit
    /// Bytes of UTF-8 of a user's name and of a job's title.
    package static let labelLimit = 255
    package static let uriLimit = 1023
    package static let formatLimit = 32
    /// The stream's name and a read's key.
    package static let keyLength = DurableEvent.keyLength
    /// SHA-256.
    package static let digestLength = 32
    package static let countLimit = DurableEvent.countLimit

    /// Events count from 1. No number beyond what a database column holds.
    package static let sequences = DurableEvent.sequences
    static let records = 0...UInt64(Int64.max)
    static let counts = 0...countLimit
    /// Durations travel as whole milliseconds in 32 bits: up to 49 days.
    static let durations = 0...UInt64(UInt32.max)
    static let words = 0...UInt64(UInt32.max)

    /// Whole milliseconds, rounded up so that no wait ends early; held to what the field can say.
    static func milliseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < durations.upperBound / 1000 else { return durations.upperBound }
        return UInt64(seconds) * 1000 + (UInt64(attoseconds) + 999_999_999_999_999) / 1_000_000_000_000_000
    }

    static func count(_ count: Int) -> UInt64 {
        precondition(count >= 0, "nothing is counted below zero")
        return min(UInt64(count), countLimit)
    }
}

extension CBORFieldReader {
    mutating func milliseconds(_ key: UInt64, _ field: String) throws(WireFault) -> Duration {
        .milliseconds(Int64(try unsigned(key, field, in: Wire.durations)))
    }

    mutating func optionalMilliseconds(_ key: UInt64, _ field: String) throws(WireFault) -> Duration? {
        guard let value = try optionalUnsigned(key, field, in: Wire.durations) else { return nil }
        return .milliseconds(Int64(value))
    }

    mutating func count(_ key: UInt64, _ field: String) throws(WireFault) -> Int {
        Int(try unsigned(key, field, in: Wire.counts))
    }

    mutating func word(_ key: UInt64, _ field: String) throws(WireFault) -> UInt32 {
        UInt32(try unsigned(key, field, in: Wire.words))
    }

}
