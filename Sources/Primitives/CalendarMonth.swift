// SPDX-License-Identifier: Apache-2.0

/// Days of the Gregorian calendar, counted from 1 January 1970.
package enum CivilDay {
    // By eras of 400 years that begin on 1 March.

    package static func number(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floored(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package static func date(_ number: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = number + 719_468
        let era = floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    package static func floored(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }
}

/// A month in UTC, written `2026-11`.
package struct CalendarMonth: Hashable, Sendable {
    package let year: Int64
    package let month: Int64

    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 7, bytes[4] == UInt8(ascii: "-") else { return nil }
        let digits = bytes[..<4] + bytes[5...]
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let year = Int64(text.prefix(4)),
            let month = Int64(text.suffix(2)), (1...12).contains(month)
        else { return nil }
        self.year = year
        self.month = month
    }

    /// The month of this moment.
    package init(of time: WallTime) {
        let date = CivilDay.date(CivilDay.floored(time.milliseconds, 86_400_000))
        (year, month) = (date.year, date.month)
    }

    package var begins: WallTime { Self.first(year, month) }
    /// The first moment of the next one.
    package var ends: WallTime { month < 12 ? Self.first(year, month + 1) : Self.first(year + 1, 1) }

    private static func first(_ year: Int64, _ month: Int64) -> WallTime {
        WallTime(milliseconds: CivilDay.number(year: year, month: month, day: 1) * 86_400_000)
    }
}
