// SPDX-License-Identifier: Apache-2.0

/// RFC 3339 in UTC, to the second, and whole days.
package enum Timestamp {
    /// What four digits of a year can say.
    package static let earliest = WallTime(milliseconds: -62_167_219_200_000)
    package static let latest = WallTime(milliseconds: 253_402_300_799_999)

    package static func text(_ time: WallTime) -> String {
        let time = min(max(time, earliest), latest)
        let seconds = CivilDay.floored(time.milliseconds, 1000)
        let days = CivilDay.floored(seconds, 86400)
        let rest = seconds - days * 86400
        let (year, month, day) = CivilDay.date(days)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return "\(date)T\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }

    /// `2026-11-30` (its first moment) or `2026-11-30T12:00:00Z`; nothing else.
    package static func parse(_ text: String) -> WallTime? {
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
        let day = CivilDay.number(year: numbers[0], month: numbers[1], day: numbers[2])
        // A date that does not exist comes back as another one.
        guard (1...12).contains(numbers[1]), CivilDay.date(day) == (numbers[0], numbers[1], numbers[2]) else {
            return nil
        }
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return WallTime(milliseconds: (day * 86400 + hour * 3600 + minute * 60 + second) * 1000)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
