// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import PrintModel
import Primitives
import ServerCore
import Testing

@testable import AdminAPI

@Suite struct ReportTests {
    private static let sums: AdminRequest = .report(
        .departments, from: AdminAPITests.november, until: AdminAPITests.december)

    @Test func whoSeesAReportIsRecordedBeforeItIsShown() throws {
        let server = RecordedServer { request in
            if case .noteReport = request { .done } else { .report([], currency: "EUR", scale: 2) }
        }
        let response = try server.answer("GET", "/reports/departments?from=2026-11-01&until=2026-12-01")
        #expect(response.text == #"{"currency":"EUR","rows":[],"scale":2}"# + "\n")
        let subject = "departments --summary 2026-11"
        #expect(server.asked.map(\.request) == [.noteReport(subject), Self.sums])
    }

    @Test func aReportThatCannotBeRecordedIsNotShown() throws {
        let server = RecordedServer { _ in .failed(.full) }
        #expect(try server.answer("GET", "/reports/users").status == 503)
        #expect(server.asked.map(\.request) == [.noteReport("users --summary all")])
    }

    @Test func aHistoryComesInPagesAndNobodyBeginsInTheMiddleUnrecorded() throws {
        let server = RecordedServer { request in
            if case .noteReport = request { return .done }
            return .reportPage([AdminDocumentTests.row], next: 600, currency: "EUR", scale: 2)
        }
        let response = try server.answer("GET", "/reports/history?limit=1")
        #expect(response.text.hasPrefix(#"{"currency":"EUR","next":600,"rows":[{"#))
        _ = try server.answer("GET", "/reports/history?after=600")
        let (from, until) = (Timestamp.earliest, Timestamp.latest)
        #expect(
            server.asked.map(\.request) == [
                .noteReport("history all"), .history(from: from, until: until, after: 0, limit: 1),
                .noteReport("history all after 600"), .history(from: from, until: until, after: 600, limit: 1000),
            ])
    }

    /// The lines of a report of users are those of the history.
    @Test func theAuditNamesTheReportThatAPersonAskedFor() throws {
        let table = [
            ("history?for=users&from=2026-11-01&until=2026-12-01", "users 2026-11"),
            ("history?for=accounts", "accounts all"),
            ("history?for=history", "history all"),
            (
                "history?from=2026-11-01&until=2026-12-02",
                "history from 2026-11-01T00:00:00Z until 2026-12-02T00:00:00Z"
            ),
            ("users?from=2026-11-02", "users --summary from 2026-11-02T00:00:00Z"),
        ]
        for (target, subject) in table {
            let server = RecordedServer()
            _ = try server.answer("GET", "/reports/" + target)
            #expect(server.asked.first?.request == .noteReport(subject))
        }
        let server = RecordedServer()
        #expect(try server.answer("GET", "/reports/history?for=weather").status == 400 && server.asked.isEmpty)
    }

    @Test func aReportThatTheStoreRefusesIsRefused() throws {
        let server = RecordedServer { request in
            if case .noteReport = request { .done } else { .failed(.busy) }
        }
        #expect(try server.answer("GET", "/reports/users").status == 503)
    }
}
