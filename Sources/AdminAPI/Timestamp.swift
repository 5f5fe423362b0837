// SPDX-License-Identifier: Apache-2.0

import Primitives

/// RFC 3339 in UTC, to the second, and whole days.
enum Timestamp {
    /// What four digits of a year can say.
    static let earliest = WallTime(milliseconds: -62_167_219_200_000)
    static let latest = WallTime(milliseconds: 253_402_300_799_999)

    static func text(_ time: WallTime) -> String {
        let time = min(max(time, earliest), latest)
        let seconds = floored(time.milliseconds, 1000)
        let days = floored(seconds, 86400)
        let rest = seconds - days * 86400
        let (year, month, day) = date(day: days)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return "\(date)T\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }

    /// `2026-11-30` (its first moment) or `2026-11-30T12:00:00Z`; nothing else.
    static func parse(_ text: String) -> WallTime? {
        let bytes = Array(text.utf8)
        let shape = Array((bytes.count == 10 ? "0000-00-00" : "0000-00-00T00:00:00Z").utf8)
        guard bytes.count == shape.count else { return nil }
        for (byte, sample) in zip(bytes, shape) {
            let isDigit = (0x30...0x39).contains(byte)
            guard sample == 0x30 ? isDigit : byte == sample else { return nil }
        }
        let numbers = bytes.split { !(0x30...0x39).contains($0) }.map { digits in
            digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        }
        let clock = numbers.count == 6 ? numbers[3...] : [0, 0, 0]
        let (hour, minute, second) = (clock[clock.startIndex], clock[clock.startIndex + 1], clock[clock.startIndex + 2])
        let day = day(year: numbers[0], month: numbers[1], day: numbers[2])
        // A date that does not exist comes back as another one.
        guard (1...12).contains(numbers[1]), date(day: day) == (numbers[0], numbers[1], numbers[2]) else { return nil }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return WallTime(milliseconds: (day * 86400 + hour * 3600 + minute * 60 + second) * 1000)
    }

    // Days since 1970 in the Gregorian calendar, by eras of 400 years that begin on 1 March.

    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = floored(year, 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = floored(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floored(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
