// SPDX-License-Identifier: Apache-2.0

import Primitives
import Testing

@Suite struct CalendarMonthTests {
    @Test(
        arguments: [
            ("2026-11", "2026-11-01", "2026-12-01"), ("2026-12", "2026-12-01", "2027-01-01"),
            ("2024-02", "2024-02-01", "2024-03-01"), ("0009-01", "0009-01-01", "0009-02-01"),
        ])
    func aMonthEndsWhereTheNextBegins(text: String, first: String, end: String) throws {
        let month = try #require(CalendarMonth(text))
        #expect(month.begins == Timestamp.parse(first) && month.ends == Timestamp.parse(end))
    }

    @Test(arguments: [
        "", "2026", "2026-1", "2026-00", "2026-13", "26-11", "2026/11", "2026-11-01", "-026-11", "+026-+1",
    ])
    func anythingElseIsNoMonth(text: String) { #expect(CalendarMonth(text) == nil) }

    @Test func daysComeBack() {
        for number in stride(from: Int64(-800_000), through: 800_000, by: 97) {
            let date = CivilDay.date(number)
            #expect(CivilDay.number(year: date.year, month: date.month, day: date.day) == number)
        }
    }

    @Test(arguments: [-62_167_219_200_000, -1, 0, 1_764_547_199_999, 1_764_547_200_000] as [Int64])
    func aMomentIsInItsMonth(milliseconds: Int64) {
        let time = WallTime(milliseconds: milliseconds)
        let month = CalendarMonth(of: time)
        #expect(month.begins <= time && time < month.ends)
    }

    @Test func monthsBeginAndEndToTheMillisecond() throws {
        let month = try #require(CalendarMonth("2025-12"))
        #expect(CalendarMonth(of: month.begins) == month)
        #expect(CalendarMonth(of: month.ends.advanced(by: .milliseconds(-1))) == month)
        #expect(CalendarMonth(of: month.ends) == CalendarMonth("2026-01"))
    }
}
