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

    private func take(
        _ site: Site, _ rows: [Row], isDryRun: Bool = false, revives: Bool = false
    ) throws -> UserImportAnswer {
        var order = UserImportOrder(rows: rows, label: "2026", isDryRun: isDryRun)
        order.revives = revives
        let reply = site.admin(.importUsers(order))
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
        let answer = try take(site, [row(2, "eva") { ($0.department, $0.givesPIN) = ("Arts", true) }])
        #expect(answer.problems.map(\.column) == [.pin])
        guard case .refused = site.admin(.showUser("eva")) else { throw Missing(what: "a refusal") }
    }

    @Test func numbersChangeHandsWithinOneFile() throws {
        let site = try Site.furnished()
        _ = try take(site, [row(2, "ada") { $0.number = "1" }, row(3, "ben") { $0.number = "2" }])
        let answer = try take(site, [row(2, "ada") { $0.number = "2" }, row(3, "ben") { $0.number = "1" }])
        #expect(answer.changed == 2 && answer.problems.isEmpty)
        #expect(try facts(site, "ada").number == "2" && facts(site, "ben").number == "1")
    }

    @Test func aStoreThatFailsOnTheWayKeepsNothing() throws {
        let order = UserImportOrder(rows: try mixed, label: "", isDryRun: false)
        for n in 1... {
            let site = try Site.furnished()
            let before = (site.admin(.listUsers), try take(site, try mixed, isDryRun: true), try site.auditLines())
            var left = n
            site.store.faultHook = { _ in
                left -= 1
                return left == 0 ? 13 : nil
            }
            let reply = site.admin(.importUsers(order))
            site.store.faultHook = nil
            guard left <= 0 else {
                #expect(n > 20)
                break
            }
            #expect(reply == .failed(.full), "statement \(n)")
            #expect(site.store.fatalFault == nil)
            #expect(site.admin(.listUsers) == before.0)
            // Says which departments would be new, too.
            #expect(try take(site, try mixed, isDryRun: true) == before.1)
            #expect(try site.auditLines() == before.2)
        }
    }

    @Test func oneNameInTwoWritingsIsOneUserAndOneDepartment() throws {
        let site = try Site.furnished()
        let (one, two) = ("jos\u{E9}", "jose\u{301}")
        _ = site.admin(.addUser(name: one, fullName: "", department: "Caf\u{E9}"))
        let answer = try take(
            site,
            [
                try row(2, two) {
                    ($0.fullName, $0.department, $0.number) = ("J", "Cafe\u{301}", "5")
                    $0.badges = [try Site.form("777")]
                }, row(3, "eva") { $0.department = "Cafe\u{301}" },
            ])
        #expect(answer.changed == 1 && answer.added == 1 && answer.newDepartments.isEmpty && answer.problems.isEmpty)
        let jose = try facts(site, one)
        #expect(jose.fullName == "J" && jose.number == "5" && jose.badges.count == 1)
        #expect(site.store.fatalFault == nil)
        guard case .refused = site.admin(.addUser(name: two, fullName: "", department: "x")) else {
            throw Missing(what: "a refusal")
        }
        _ = site.admin(.addUser(name: "ulf", fullName: "", department: "Cafe\u{301}"))
        let departments = Set(try ["ulf", "eva", one].map { Array(try facts(site, $0).department.utf8) })
        #expect(departments == [Array("Caf\u{E9}".utf8)])
    }

    @Test func aRevokedBadgeStaysRevoked() throws {
        let site = try Site.furnished()
        let rows = [try row(2, "ada") { $0.badges = [try Site.form(Site.badge)] }]
        _ = site.admin(.revokeBadge(1))
        let answer = try take(site, rows)
        #expect(answer.changes.isEmpty && answer.badgesLeftRevoked == 1 && answer.leftRevoked == ["ada"])
        #expect(try facts(site, "ada").badges.isEmpty)
        #expect(try take(site, rows, revives: true).badges == 1)
        _ = site.admin(.revokeBadge(2))
        _ = site.admin(.addBadge(user: "ada", try Site.form(Site.badge), label: ""))
        #expect(try take(site, rows).badgesLeftRevoked == 0)
    }

    @Test func aDeletedUserStaysDeleted() throws {
        let site = try Site.furnished()
        let rows = [
            try row(2, "ada") {
                ($0.department, $0.givesPIN, $0.pinHash) = ("Physics", true, Self.hash)
                $0.badges = [try Site.form(Site.badge), try Site.form("777")]
            }
        ]
        _ = try take(site, rows)
        _ = site.admin(.revokeBadge(2))
        site.pass(.seconds(1))
        _ = site.admin(.deleteUser("ada"))
        let answer = try take(site, rows)
        #expect(answer.changes.isEmpty && answer.leftDeleted == ["ada"] && answer.unchanged == 0)
        guard case .refused = site.admin(.showUser("ada")) else { throw Missing(what: "a refusal") }
        _ = site.admin(.addUser(name: "ada", fullName: "", department: "Physics"))
        let again = try take(site, rows)
        #expect(again.badges == 1 && again.badgesLeftRevoked == 1 && again.pinsLeft == 1 && again.leftDeleted.isEmpty)
        _ = site.admin(.deleteUser("ada"))
        #expect(try take(site, rows, revives: true).added == 1)
        #expect(try facts(site, "ada").badges.count == 2 && facts(site, "ada").hasPIN)
    }

    @Test func aRemovedPINStaysAwayAndWrongOnesAreNotForgiven() throws {
        let site = try Site.furnished()
        _ = site.admin(.setPIN(user: "ada", Self.hash))
        _ = site.admin(.setPIN(user: "ada", nil))
        try site.failPINs(of: "ada", 3)
        let rows = [row(2, "ada") { ($0.givesPIN, $0.pinHash) = (true, Self.hash) }]
        let answer = try take(site, rows)
        #expect(answer.changes.isEmpty && answer.pinsLeft == 1 && answer.pinsKept == 0)
        #expect(try !facts(site, "ada").hasPIN)
        #expect(try take(site, rows, revives: true).pins == 1)
        #expect(try facts(site, "ada").hasPIN && site.failedPINs(of: "ada") == 3)
    }

    @Test func whatChangedSinceTheCheckIsRefusedAndNothingIsDone() throws {
        let site = try Site.furnished()
        var rows = try mixed
        for change in try take(site, rows, isDryRun: true).changes {
            rows[change.line - 2].checked = .init(isNew: change.isNew, badges: change.badges)
        }
        _ = site.admin(.addUser(name: "eva", fullName: "", department: "Arts"))
        let before = site.admin(.listUsers)
        let answer = try take(site, rows)
        #expect(answer.problems.map(\.line) == [3] && answer.problems[0].detail.contains("changed meanwhile"))
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
        #expect(subjects == ["ada: department Music", "eva: new, name, department Arts, number, badges 2 3, pin"])
    }

    /// Nothing is looked for among those who are there already: a user costs the same however many there are.
    @Test func eachOfTenThousandUsersCostsAsManyStatementsAsEachOfAHundred() throws {
        let (few, many) = (try statements(importing: 100), try statements(importing: 10_000))
        #expect(many.first <= 100 * few.first && many.again <= 100 * few.again, "\(few) \(many)")
    }

    /// How many statements the store runs for so many new users, and for the same ones once more.
    private func statements(importing count: Int) throws -> (first: Int, again: Int) {
        let site = try Site.furnished()
        let rows = try (1...count).map { number in
            try row(number + 1, "u\(number)") {
                ($0.fullName, $0.department) = ("User \(number)", "D\(number % 50)")
                ($0.number, $0.badges) = ("\(900_000 + number)", [try Site.form("\(8_000_000 + number)")])
            }
        }
        var statements = 0
        site.store.faultHook = { _ in
            statements += 1
            return nil
        }
        #expect(try take(site, rows).added == count)
        let first = statements
        #expect(try take(site, rows).unchanged == count)
        return (first, statements - first)
    }
}
