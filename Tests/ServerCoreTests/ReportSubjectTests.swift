// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire
import ServerCore
import Testing

struct ReportSubjectTests {
    /// The same words for the socket, which has a period, and for the release port, which has a month.
    @Test(
        arguments: [
            ("2026-11", AdminRequest.Report.users, nil, "users --summary 2026-11"),
            ("2026-11", .history, nil, "history 2026-11"), ("2026-11", .history, .users, "users 2026-11"),
            ("", .history, .accounts, "accounts all"), ("", .departments, nil, "departments --summary all"),
        ] as [(String, AdminRequest.Report, AdminRequest.Report?, String)])
    func aReportIsNamedAsAPersonAsksForIt(
        month: String, report: AdminRequest.Report, shownAs: AdminRequest.Report?, words: String
    ) throws {
        let query = ReportQuery(name: report.rawValue, month: month, cursor: 7, shownAs: shownAs?.rawValue)
        #expect(ReportSubject(query)?.description == words && query.subject == words)
        let period = CalendarMonth(month)
        let (from, until) = (period?.begins ?? Timestamp.earliest, period?.ends ?? Timestamp.latest)
        #expect(ReportSubject(report, shownAs: shownAs, from: from, until: until).description == words)
    }

    @Test func anotherPeriodHasItsEnds() throws {
        let november = try #require(CalendarMonth("2026-11"))
        let subject = ReportSubject(.history, from: november.begins, until: Timestamp.latest)
        #expect(subject.description == "history from 2026-11-01T00:00:00Z")
        let day = november.begins.advanced(by: .seconds(86_400))
        #expect(
            ReportSubject(.history, from: november.begins, until: day).description
                == "history from 2026-11-01T00:00:00Z until 2026-11-02T00:00:00Z")
    }

    @Test func thereAreNoOtherReports() {
        #expect(ReportSubject(ReportQuery(name: "weather", month: "", cursor: 0)) == nil)
        #expect(ReportSubject(ReportQuery(name: "history", month: "", cursor: 0, shownAs: "weather")) == nil)
    }
}
