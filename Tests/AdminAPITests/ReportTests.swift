// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import PrintModel
import Primitives
import ServerCore
import Testing

@testable import AdminAPI

@Suite struct ReportTests {
    private static func release(_ user: String, _ department: String, mono: Int, amount: Int64) -> ReportRow {
        ReportRow(
            user: user, department: department, title: "t", printer: "p", at: AdminDocumentTests.time, releases: 1,
            monoPages: mono, colorPages: 1, unknownPages: 2, amount: Money(minor: amount))
    }

    private static func sum(_ user: String, _ department: String, _ releases: Int, mono: Int, amount: Int64)
        -> ReportRow
    {
        ReportRow(
            user: user, department: department, releases: releases, monoPages: mono, colorPages: releases,
            unknownPages: 2 * releases, amount: Money(minor: amount))
    }

    private static let history = [
        release("bob", "IT", mono: 1, amount: 10), release("ada", "R&D", mono: 2, amount: 20),
        release("bob", "R&D", mono: 3, amount: 30), release("ada", "R&D", mono: 4, amount: 40),
        release("Zoë", "IT", mono: 5, amount: -5),
    ]

    @Test func usersAreSummedUpByUserAndDepartment() {
        #expect(
            ReportSums(.users, of: Self.history).rows == [
                Self.sum("Zoë", "IT", 1, mono: 5, amount: -5), Self.sum("ada", "R&D", 2, mono: 6, amount: 60),
                Self.sum("bob", "IT", 1, mono: 1, amount: 10), Self.sum("bob", "R&D", 1, mono: 3, amount: 30),
            ])
    }

    @Test func departmentsAreSummedUpOverTheirUsers() {
        #expect(
            ReportSums(.departments, of: Self.history).rows == [
                Self.sum("", "IT", 2, mono: 6, amount: 5), Self.sum("", "R&D", 3, mono: 9, amount: 90),
            ])
        #expect(ReportSums(.departments, of: []).rows.isEmpty)
    }

    @Test func accountsAreSummedUpByTheirCode() {
        let codes = ["P-2", nil, "P-1", "P-2", nil]
        let releases = zip(Self.history, codes).map { row, code in
            var row = row
            row.account = code
            return row
        }
        let sums = ReportSums(.accounts, of: releases).rows
        #expect(sums.map(\.account) == ["", "P-1", "P-2"])
        #expect(sums.map(\.monoPages) == [7, 3, 5])
        #expect(sums.map(\.amount.minor) == [15, 30, 50])
        #expect(sums.allSatisfy { $0.user.isEmpty && $0.department.isEmpty })
    }

    @Test func aReportWithReleasesIsMadeOfTheHistory() throws {
        let server = RecordedServer { _ in .report([AdminDocumentTests.row], currency: "EUR", scale: 2) }
        let target = "/reports/departments?from=2026-11-01&until=2026-12-01&releases=true"
        let sums =
            #"{"amount":35,"colorPages":1,"department":"R/D","monoPages":2,"releases":1,"unknownPages":0,"user":""}"#
        let release =
            #"{"amount":35,"at":"2026-11-21T02:43:09Z","colorPages":1,"department":"R/D","monoPages":2,"printer":"p","#
            + #""releases":1,"title":"t","unknownPages":0,"user":"ada"}"#
        let response = try server.answer("GET", target)
        #expect(
            response.text
                == #"{"currency":"EUR","releases":[\#(release)],"rows":[\#(sums)],"scale":2}"# + "\n")
        #expect(
            server.asked.map(\.request) == [
                .report(.history, from: AdminAPITests.november, until: AdminAPITests.december)
            ])
    }

    @Test func withoutReleasesTheStoreSumsUp() throws {
        let server = RecordedServer { _ in .report([], currency: "EUR", scale: 2) }
        _ = try server.answer("GET", "/reports/users?releases=false")
        #expect(server.asked.map(\.request) == [.report(.users, from: Timestamp.earliest, until: Timestamp.latest)])
    }

    @Test func aReportThatTheStoreRefusesIsRefused() throws {
        let server = RecordedServer { _ in .failed(.busy) }
        #expect(try server.answer("GET", "/reports/users?releases=true").status == 503)
    }
}
