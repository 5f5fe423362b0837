// SPDX-License-Identifier: Apache-2.0

import AdminModel
import PrintModel
import ReleaseRules
import Testing

@Suite struct UserImportRuleTests {
    typealias Row = UserImportRule.Row
    typealias Known = UserImportRule.Known

    static let ada = Known(
        id: UserID(1), name: "ada", fullName: "Ada L.", department: "Physics", number: "1", hasPIN: true)
    static let ben = Known(id: UserID(2), name: "ben", fullName: "", department: "Arts", number: "2")
    /// One scalar, and two.
    static let (jose, twin) = ("jos\u{E9}", "jose\u{301}")

    static let site = {
        var site = UserImportRule.Site()
        site.users = [ada, ben]
        site.departments = ["Physics", "Arts"]
        site.badgeHolders = [[1]: .init(id: UserID(1), name: "ada"), [2]: .init(id: UserID(2), name: "ben")]
        site.deletedUsers = ["old"]
        site.revokedBadges = [[3]: ["ada"], [4]: ["old"]]
        return site
    }()

    private func row(_ line: Int, _ user: String, _ change: (inout Row) -> Void = { _ in }) -> Row {
        var row = Row(line: line, user: user)
        change(&row)
        return row
    }

    private func rule(_ rows: [Row], revives: Bool = false, in site: UserImportRule.Site = site) -> UserImportRule {
        UserImportRule(rows, site: site, revives: revives)
    }

    private func problems(_ rows: Row...) -> [String] {
        rule(rows).problems.map { "\($0.line) \($0.column?.rawValue ?? "-") \($0.detail)" }
    }

    @Test func aNewUserGetsAllThatTheLineHas() {
        let rule = rule([
            row(2, "eva") {
                ($0.fullName, $0.department, $0.number, $0.badges, $0.givesPIN) = (
                    "Eva", "Arts", "9", [[7], [8]], true
                )
            }
        ])
        #expect(rule.problems.isEmpty && rule.changes.count == 1)
        let change = rule.changes[0]
        #expect(change.isNew && change.fullName == "Eva" && change.department == "Arts" && change.number == "9")
        #expect(change.badges == [[7], [8]] && change.givesPIN && change.row == 0)
    }

    @Test func whatIsThereAlreadyIsNoChange() {
        let rule = rule([
            row(2, "ada") {
                ($0.fullName, $0.department, $0.number, $0.badges, $0.givesPIN) =
                    ("Ada L.", "Physics", "1", [[1]], true)
            }, row(3, "ben"),
        ])
        #expect(rule.changes.isEmpty && rule.problems.isEmpty && rule.pinsKept == 1)
    }

    @Test func onlyWhatDiffersChanges() {
        let rule = rule([row(2, "ben") { ($0.fullName, $0.department, $0.badges) = ("Ben", "Arts", [[2], [3]]) }])
        #expect(rule.changes.count == 1 && rule.problems.isEmpty)
        let change = rule.changes[0]
        #expect(!change.isNew && change.fullName == "Ben" && change.department == nil && change.badges == [[3]])
    }

    @Test func twoUsersMayChangeNumbersWithEachOther() {
        let swapped = rule([row(2, "ada") { $0.number = "2" }, row(3, "ben") { $0.number = "1" }])
        #expect(swapped.problems.isEmpty && swapped.changes.map(\.number) == ["2", "1"])
        #expect(problems(row(2, "ada") { $0.number = "2" }).count == 1, "ben keeps it")
        #expect(problems(row(2, "ada") { $0.number = "2" }, row(3, "ben") { $0.department = "X" }).count == 1)
    }

    @Test func nobodyTakesWhatIsAnothersOrStandsTwice() {
        #expect(
            problems(row(2, "ben") { $0.badges = [[1]] }) == [
                "2 badge is ada's: revoke it there first; user show ada tells its ID"
            ])
        #expect(
            problems(row(2, "ben") { $0.number = "1" }) == [
                "2 number is ada's: give that user another one, here or with user number"
            ])
        #expect(
            problems(row(2, "ben") { $0.badges = [[5]] }, row(4, "ada") { $0.badges = [[5]] }) == [
                "4 badge stands on line 2 already: a badge has one holder"
            ])
        #expect(
            problems(row(2, "ben") { $0.number = "5" }, row(4, "ada") { $0.number = "5" }) == [
                "4 number stands on line 2 already: each user needs another one"
            ])
        #expect(
            problems(row(2, "ben"), row(9, "ben")) == [
                "9 user ben stands on line 2 already: put both lines into one"
            ])
    }

    @Test func aBadgeTwiceOnOneLineIsOne() {
        let rule = rule([row(2, "ben") { $0.badges = [[5], [5], [2], [2]] }])
        #expect(rule.problems.isEmpty && rule.changes.map(\.badges) == [[[5]]])
    }

    @Test func linesThatCannotBeTakenAreAllTold() {
        #expect(
            problems(
                row(2, ""), row(3, " x"), row(4, "eva"),
                row(5, "ada") { ($0.fullName, $0.department, $0.number) = ("a\nb", " x", "12a") }
            ).map { $0.prefix { $0 != ":" } } == [
                "2 user is missing",
                "3 user must be 1 to 255 bytes of text without control characters and without blanks at its ends",
                "4 department is missing",
                "5 name must be 1 to 255 bytes of text without control characters and without blanks at its ends",
                "5 department must be 1 to 255 bytes of text without control characters and without blanks at its ends",
                "5 number must be 1 to 32 digits",
            ])
    }

    @Test func whatWasTakenAwayStaysAwayUnlessItIsRevived() {
        let rows = [
            row(2, "ada") { $0.badges = [[1], [3], [5]] }, row(3, "ben") { ($0.badges, $0.givesPIN) = ([[4]], true) },
            row(4, "old") { ($0.department, $0.badges, $0.number) = ("New", [[4]], "1") },
        ]
        var rule = rule(rows)
        #expect(rule.problems.isEmpty && rule.newDepartments.isEmpty, "\(rule.problems)")
        #expect(rule.changes.map(\.user) == ["ada", "ben"] && rule.changes.map(\.badges) == [[[5]], [[4]]])
        #expect(rule.changes.map(\.givesPIN) == [false, false])
        #expect(rule.leftRevoked == ["ada"] && rule.leftDeleted == ["old"] && rule.pinsLeft == 1 && rule.pinsKept == 0)
        rule = self.rule([rows[0]], revives: true)
        #expect(rule.changes.map(\.badges) == [[[3], [5]]] && rule.leftRevoked.isEmpty)
        rule = self.rule([row(2, "ben") { $0.givesPIN = true }], revives: true)
        #expect(rule.changes.map(\.givesPIN) == [true] && rule.pinsLeft == 0)
        rule = self.rule([row(2, "old") { ($0.department, $0.badges) = ("Arts", [[4]]) }], revives: true)
        #expect(rule.changes.map(\.isNew) == [true] && rule.changes[0].badges == [[4]] && rule.leftDeleted.isEmpty)
    }

    @Test func aNameIsTheSameHoweverItsAccentIsWritten() {
        var site = Self.site
        site.users.append(Known(id: UserID(3), name: Self.jose, fullName: Self.jose, department: "Arts", number: "3"))
        site.badgeHolders[[6]] = .init(id: UserID(3), name: Self.jose)
        site.departments.append(Self.jose)
        let same = row(2, Self.twin) { ($0.fullName, $0.number, $0.badges) = (Self.twin, "3", [[6]]) }
        #expect(rule([same], in: site).changes.isEmpty && rule([same], in: site).problems.isEmpty)
        let moved = rule([row(2, Self.twin) { $0.department = Self.twin }], in: site)
        #expect(moved.changes.map(\.id) == [UserID(3)] && moved.newDepartments.isEmpty)
        let (user, department) = (moved.changes[0].user, moved.changes[0].department ?? "")
        #expect(user.utf8.elementsEqual(Self.jose.utf8) && department.utf8.elementsEqual(Self.jose.utf8))
        let twice = rule([row(2, "eva") { $0.department = "\u{E9}" }, row(3, "ulf") { $0.department = "e\u{301}" }])
        #expect(twice.newDepartments == ["\u{E9}"])
        #expect(twice.changes.allSatisfy { ($0.department ?? "").utf8.count == 2 })
    }

    @Test func ofTwoThatLookAlikeTheBytesTellWhich() {
        var site = Self.site
        for (id, name) in [(3, Self.jose), (4, Self.twin)] {
            site.users.append(Known(id: UserID(Int64(id)), name: name, fullName: "", department: "Arts"))
        }
        #expect(rule([row(2, Self.twin) { $0.fullName = "J" }], in: site).changes.map(\.id) == [UserID(4)])
        let (two, other) = ("jo\u{323}s\u{E9}", "j\u{1ECD}se\u{301}")
        site.users += [Known(id: UserID(5), name: two, fullName: "", department: "Arts")]
        site.users += [Known(id: UserID(6), name: other, fullName: "", department: "Arts")]
        let problems = rule([row(2, "jo\u{323}se\u{301}")], in: site).problems
        #expect(problems.map(\.column) == [.user] && problems[0].detail.contains("look alike"))
    }

    @Test func whatTheCheckDidNotSayIsRefused() {
        func problems(_ user: String, _ isNew: Bool, _ badges: Int, revives: Bool = false) -> Int {
            let row = row(2, user) {
                $0.checked = UserImportRow.Checked(isNew: isNew, badges: badges)
                ($0.department, $0.badges) = ("Arts", [[8], [9]])
            }
            let found = rule([row], revives: revives).problems
            #expect(found.allSatisfy { $0.detail == "\(user) was changed meanwhile: import the file again" })
            return found.count
        }
        #expect(problems("ada", false, 2) == 0 && problems("eva", true, 2) == 0 && problems("old", false, 0) == 0)
        #expect(problems("ada", true, 2) == 1 && problems("ada", false, 1) == 1 && problems("eva", false, 2) == 1)
        #expect(problems("old", false, 2) == 1 && problems("old", false, 2, revives: true) == 1)
    }

    @Test(arguments: [16, 17])
    func badgesOfALineHaveALimit(count: UInt8) {
        let found = problems(row(2, "ben") { $0.badges = (1...count).map { [$0, 0] } })
        #expect(found == (count == 16 ? [] : ["2 badge there are more than 16"]))
    }
}
