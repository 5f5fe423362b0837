// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import Glibc
import HTTPClient
import HostIO
import Ops
import Primitives
import ServerCore
import Testing

@Suite struct UserImportCommandTests {
    private static let text = "user,department,badge,pin\nada,Arts,0006547886,31415\nben,,,\n"

    /// A store that would add ada with a badge and a PIN, and leaves ben as he is.
    private static func desk(problems: [UserImportProblem] = []) -> Desk {
        let desk = Desk()
        desk.file = text
        desk.reply = { request in
            guard case .importUsers(let order) = request else { return .done }
            var answer = UserImportAnswer(dryRun: order.isDryRun)
            (answer.added, answer.unchanged, answer.badges, answer.pins) = (1, 1, 1, 1)
            answer.newDepartments = ["Arts"]
            var change = UserImportAnswer.Change(line: 2, user: "ada", isNew: true)
            (change.department, change.badges, change.pin) = ("Arts", 1, true)
            answer.changes = [change]
            answer.problems = problems
            return .imported(answer)
        }
        return desk
    }

    private static func orders(_ desk: Desk) -> [UserImportOrder] {
        desk.asked.compactMap { if case .importUsers(let order) = $0 { order } else { nil } }
    }

    @Test func aFileIsCheckedThenTakenWithThePINsHashed() throws {
        let desk = Self.desk()
        #expect(desk.run("user", "import", "-", "--label", "2026") == .fine, "\(desk.complaints)")
        let orders = Self.orders(desk)
        #expect(orders.map(\.isDryRun) == [true, false] && orders.map(\.label) == ["2026", "2026"])
        #expect(orders[0].rows.map(\.checked) == [nil, nil] && orders.map(\.revives) == [false, false])
        #expect(orders[1].rows.map(\.checked) == [.init(isNew: true, badges: 1), .init(isNew: false, badges: 0)])
        #expect(orders[0].rows.map(\.pinHash) == [nil, nil] && orders[0].rows.map(\.givesPIN) == [true, false])
        #expect(orders[1].rows[0].pinHash?.logN == 15 && orders[1].rows[1].pinHash == nil)
        #expect(orders[1].rows[0].badges == [try CredentialForm(typed: "6547886")])
        #expect(
            desk.output == """
                1 user added, 0 changed, 1 as in the file already; 1 badge and 1 PIN given.
                New departments (1): Arts.

                """)
        #expect(desk.complaints.isEmpty)
    }

    @Test func aDryRunSaysWhatWouldBe() {
        let desk = Self.desk()
        #expect(desk.run("user", "import", "-", "--dry-run") == .fine)
        #expect(Self.orders(desk).map(\.isDryRun) == [true])
        #expect(
            desk.output == """
                LINE  USER  WOULD BE  WITH
                   2  ada   added     department Arts, 1 badge, a PIN

                Nothing was changed. It would be:
                1 user added, 0 changed, 1 as in the file already; 1 badge and 1 PIN given.
                New departments (1): Arts.

                """)
        #expect(desk.run("user", "import", "-", "--dry-run", "--json") == .fine)
        #expect(desk.output.contains(#""dryRun":true"#) && desk.output.contains(#""newDepartments":["Arts"]"#))
    }

    @Test func whatWasLeftIsSaid() {
        let desk = Self.desk()
        desk.reply = { _ in
            var answer = UserImportAnswer(dryRun: true)
            (answer.unchanged, answer.pinsLeft, answer.badgesLeftRevoked) = (5, 2, 3)
            (answer.leftRevoked, answer.leftDeleted) = (["ada", "ben"], ["old"])
            return .imported(answer)
        }
        #expect(desk.run("user", "import", "-", "--revive") == .fine)
        #expect(Self.orders(desk).map(\.revives) == [true])
        #expect(
            desk.output == """
                0 users added, 0 changed, 5 as in the file already; 0 badges and 0 PINs given.
                Left deleted (1): old.
                Left revoked (3 badges), of: ada, ben.
                PINs in the file for users who are not new and have none: 2. Those users get none.
                With --revive they would be given.

                """)
        #expect(desk.run("user", "import", "-", "--json") == .fine)
        #expect(desk.output.contains(#""leftDeleted":["old"]"#) && desk.output.contains(#""badgesLeftRevoked":3"#))
    }

    @Test func mistakesOfFileAndServerComeTogetherAndNothingIsDone() {
        let desk = Self.desk(problems: [UserImportProblem(line: 3, column: .user, "ben is wrong")])
        desk.file += "eva,,,1\n"
        #expect(desk.run("user", "import", "-") == .badData)
        #expect(
            desk.complaints == [
                "standard input:3: user: ben is wrong",
                "standard input:4: pin: is too short: a PIN has 4 to 12 digits",
                "lanyard: 2 mistakes in standard input. No user was changed. Mend the file and import it again.",
            ])
        #expect(Self.orders(desk).map(\.isDryRun) == [true] && desk.output.isEmpty)
    }

    @Test func mistakesHaveALimit() {
        let desk = Self.desk()
        desk.file = "user,pin\n" + String(repeating: "a,1\n", count: 150)
        #expect(desk.run("user", "import", "-") == .badData)
        #expect(desk.complaints.count == 101)
        #expect(desk.complaints.last?.contains("150 mistakes in standard input, the first 100") == true)
    }

    @Test func nothingIsWrittenWhereNothingChanges() {
        let desk = Self.desk()
        desk.reply = { _ in
            var answer = UserImportAnswer(dryRun: true)
            (answer.unchanged, answer.pinsKept) = (2, 1)
            return .imported(answer)
        }
        #expect(desk.run("user", "import", "-") == .fine)
        #expect(Self.orders(desk).map(\.isDryRun) == [true])
        #expect(
            desk.output == """
                0 users added, 0 changed, 2 as in the file already; 0 badges and 0 PINs given.
                PINs in the file for users who have one already: 1. Those users keep theirs.

                """)
        #expect(desk.run("user", "import", "-", "--json") == .fine)
        #expect(desk.output.contains(#""dryRun":false"#))
    }

    @Test func whatTheServerSaysOtherwiseIsSaid() {
        let desk = Self.desk()
        desk.reply = { _ in .failed(.full) }
        #expect(desk.run("user", "import", "-") == .inputOutput)
        #expect(desk.run("user", "import", "/nonexistent") == .badData)
        #expect(desk.complaints.last?.contains("\"/nonexistent\" cannot be read") == true, "\(desk.complaints)")
        desk.file = String(repeating: "x", count: 4 << 20 + 1)
        #expect(desk.run("user", "import", "-") == .badData)
        #expect(desk.complaints.last?.contains("larger than 4 MiB") == true, "\(desk.complaints)")
        desk.inputFault = SystemFault(call: "read", errno: EIO)
        #expect(desk.run("user", "import", "-") == .badData)
        #expect(desk.complaints.last?.contains("\"-\" cannot be read") == true, "\(desk.complaints)")
        desk.inputFault = nil
        desk.file = Self.text
        desk.fault = .socketMissing
        #expect(desk.run("user", "import", "-") == .unavailable)
    }

    @Test func noSecretIsSaid() {
        let desk = Self.desk(problems: [UserImportProblem(line: 2, column: .badge, "is ben's")])
        desk.run("user", "import", "-")
        desk.run("user", "import", "-", "--json")
        let said = desk.complaints.joined() + desk.output
        #expect(!said.contains("6547886") && !said.contains("31415"))
    }
}
