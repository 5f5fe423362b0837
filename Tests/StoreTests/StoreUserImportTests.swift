// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

@Suite struct StoreUserImportTests {
    typealias Row = UserImportOrder.Row

    static let hash = PINHash(logN: 15, salt: [1], hash: SecretBytes([2]))

    private func row(_ line: Int, _ user: String, _ change: (inout Row) throws -> Void = { _ in }) rethrows -> Row {
        var row = Row(line: line, user: user)
        try change(&row)
        return row
    }

    private func take(_ site: Site, _ rows: [Row], isDryRun: Bool = false) throws -> UserImportAnswer {
        let reply = site.admin(.importUsers(UserImportOrder(rows: rows, label: "2026", isDryRun: isDryRun)))
        guard case .imported(let answer) = reply else { throw Missing(what: "an answer: \(reply)") }
        return answer
    }

    private func facts(_ site: Site, _ name: String) throws -> UserFacts {
        guard case .user(let facts) = site.admin(.showUser(name)) else { throw Missing(what: name) }
        return facts
    }

    private var mixed: [Row] {
        get throws {
            [
                row(2, "ada") { ($0.fullName, $0.department) = ("Ada L.", "Music") },
                try row(3, "eva") {
                    ($0.fullName, $0.department, $0.number, $0.givesPIN) = ("Eva", "Arts", "42", true)
                    ($0.badges, $0.pinHash) = ([try Site.form("777"), try Site.form("12:34567")], Self.hash)
                },
                try row(4, "ben"),
            ]
        }
    }

    @Test func usersAreAddedAndChangedAndASecondTimeNothingIs() throws {
        let site = try Site.furnished()
        let answer = try take(site, try mixed)
        #expect(answer.added == 1 && answer.changed == 1 && answer.unchanged == 1)
        #expect(answer.badges == 2 && answer.pins == 1 && answer.newDepartments == ["Music", "Arts"])
        let eva = try facts(site, "eva")
        #expect(eva.fullName == "Eva" && eva.department == "Arts" && eva.number == "42" && eva.hasPIN)
        #expect(eva.badges.map(\.label) == ["2026", "2026"])
        #expect(try facts(site, "ada").department == "Music" && facts(site, "ada").badges.count == 1)
        let again = try take(site, try mixed)
        #expect(again.changes.isEmpty && again.unchanged == 3 && again.pinsKept == 1 && again.newDepartments.isEmpty)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func anImportedBadgeOpensASession() throws {
        let site = try Site.furnished()
        _ = try take(site, [try row(2, "eva") { ($0.department, $0.badges) = ("Arts", [try Site.form("0000777")]) }])
        let seat = try site.seat(1)
        try site.accept("eva")
        guard case .refused = try site.present(seat, site.presented("777")) else { return }
        Issue.record("the badge is not known")
    }

    @Test func aDryRunSaysTheSameAndChangesNothing() throws {
        let site = try Site.furnished()
        let before = site.admin(.listUsers)
        let dry = try take(site, try mixed, isDryRun: true)
        #expect(site.admin(.listUsers) == before)
        var done = try take(site, try mixed)
        done.dryRun = true
        #expect(dry == done)
    }

    @Test func oneMistakeAndNothingIsDone() throws {
        let site = try Site.furnished()
        let before = site.admin(.listUsers)
        var rows = try mixed
        rows[2].badges = [try Site.form(Site.badge)]
        let answer = try take(site, rows)
        #expect(answer.problems.map(\.line) == [4] && answer.problems[0].detail.hasPrefix("is ada's"))
        #expect(!"\(answer)".contains(Site.badge))
        #expect(site.admin(.listUsers) == before)
    }

    @Test func aPINWithoutItsHashIsAMistake() throws {
        let site = try Site.furnished()
        let answer = try take(site, [row(2, "ben") { $0.givesPIN = true }])
        let ben = try facts(site, "ben")
        #expect(answer.problems.map(\.column) == [.pin] && !ben.hasPIN)
    }

    @Test func numbersChangeHandsWithinOneFile() throws {
        let site = try Site.furnished()
        _ = try take(site, [row(2, "ada") { $0.number = "1" }, row(3, "ben") { $0.number = "2" }])
        let answer = try take(site, [row(2, "ada") { $0.number = "2" }, row(3, "ben") { $0.number = "1" }])
        #expect(answer.changed == 2 && answer.problems.isEmpty)
        #expect(try facts(site, "ada").number == "2" && facts(site, "ben").number == "1")
    }

    @Test func aStoreThatFailsOnTheWayKeepsNothing() throws {
        let site = try Site.furnished()
        let before = site.admin(.listUsers)
        site.store.faultHook = { $0.contains("INSERT INTO badges") ? 778 : nil }
        let order = UserImportOrder(rows: try mixed, label: "", isDryRun: false)
        guard case .failed = site.admin(.importUsers(order)) else { throw Missing(what: "a failure") }
        site.store.faultHook = nil
        guard site.store.fatalFault == nil else { return }
        #expect(site.admin(.listUsers) == before)
    }

    @Test func theAuditNamesEachUserAndNoNumber() throws {
        let site = try Site.furnished()
        _ = try take(site, try mixed)
        guard case .audit(let entries, _) = site.admin(.audit(since: .init(milliseconds: 0), after: 0, limit: 100))
        else {
            throw Missing(what: "the audit")
        }
        let subjects = entries.filter { $0.action == "import-user" }.map(\.subject)
        #expect(subjects == ["ada: department", "eva: new, name, department, number, badges 2 3, pin"])
    }

    @Test func tenThousandUsersAreQuick() throws {
        let site = try Site.furnished()
        let rows = try (1...10_000).map { number in
            try row(number + 1, "u\(number)") {
                ($0.fullName, $0.department) = ("User \(number)", "D\(number % 50)")
                ($0.number, $0.badges) = ("\(900_000 + number)", [try Site.form("\(8_000_000 + number)")])
            }
        }
        let clock = ContinuousClock()
        var counts: [Int] = []
        let first = try clock.measure { counts.append(try take(site, rows).added) }
        let second = try clock.measure { counts.append(try take(site, rows).unchanged) }
        #expect(counts == [10_000, 10_000])
        print("10,000 users imported in \(first), again in \(second)")
        #expect(first < .seconds(30), "a debug build on a busy machine")
    }
}
