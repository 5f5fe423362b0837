// SPDX-License-Identifier: Apache-2.0

import Glibc
import Primitives
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01", 0), ("2000-02-29", 951_782_400), ("2026-11-01", 1_793_491_200),
            ("2026-11-21T02:43:09Z", 1_795_228_989), ("1969-12-31T23:59:59Z", -1), ("0000-01-01", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ])
    func aTimeIsReadAndWritten(text: String, seconds: Int64) {
        let time = WallTime(milliseconds: seconds * 1000)
        #expect(Timestamp.parse(text) == time)
        #expect(Timestamp.text(time) == (text.utf8.count == 10 ? text + "T00:00:00Z" : text))
    }

    @Test(
        arguments: [
            "", "2026", "2026-11", "2026-1-01", "2026-13-01", "2026-00-01", "2026-02-29", "2026-11-31", "2026-11-00",
            "1900-02-29", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T00:00:60Z",
            "2026-11-21T00:00:00+01:00", "2026-11-21 00:00:00Z", "+026-11-21", "２026-11-21",
        ])
    func anythingElseIsNoTime(text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    /// The C library's calendar as an independent one: a day in each fortnight of four centuries.
    @Test func everyDayIsTheCLibrarysDay() {
        for day in stride(from: -60_000, to: 90_000, by: 13) {
            var (seconds, parts) = (time_t(day * 86400 + 3661), tm())
            gmtime_r(&seconds, &parts)
            let text = Timestamp.text(WallTime(milliseconds: Int64(seconds) * 1000))
            let expected = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), 1, 1, 1]
            #expect(text.split { !$0.isNumber }.map { Int($0) } == expected)
            #expect(Timestamp.parse(text) == WallTime(milliseconds: Int64(seconds) * 1000))
        }
    }
}
