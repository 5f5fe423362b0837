// SPDX-License-Identifier: Apache-2.0

import AdminModel
import ReleaseRules
import Testing

@Suite struct UserImportRuleTests {
    typealias Row = UserImportRule.Row
    typealias Known = UserImportRule.Known

    static let ada = Known(name: "ada", fullName: "Ada L.", department: "Physics", number: "1", hasPIN: true)
    static let ben = Known(name: "ben", fullName: "", department: "Arts", number: "2", hasPIN: false)
    static let badges: [[UInt8]: String] = [[1]: "ada", [2]: "ben"]

    private func row(_ line: Int, _ user: String, _ change: (inout Row) -> Void = { _ in }) -> Row {
        var row = Row(line: line, user: user)
        change(&row)
        return row
    }

    private func rule(_ rows: [Row]) -> UserImportRule {
        UserImportRule(rows, users: [Self.ada, Self.ben], badgeHolders: Self.badges)
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
}
