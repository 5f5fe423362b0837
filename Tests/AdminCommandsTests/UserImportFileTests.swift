// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Testing

@testable import AdminCommands

@Suite struct UserImportFileTests {
    private static func read(_ text: String) -> UserImportFile { UserImportFile(Array(text.utf8)) }

    private static func problems(_ text: String) -> [String] {
        read(text).problems.map { "\($0.line) \($0.column?.rawValue ?? "-") \($0.detail)" }
    }

    private static let whole: [UserImportRow] = {
        var ada = UserImportRow(line: 2, user: "ada")
        (ada.name, ada.department, ada.number, ada.givesPIN) = ("Ada, née Ü", "R&D", "4711", true)
        ada.badges = [SecretText("0006547886"), SecretText("12:34567")]
        return [ada, UserImportRow(line: 3, user: "ben")]
    }()

    @Test(arguments: [
        "user,name,department,number,badge,pin\r\n"
            + "ada,\"Ada, née Ü\",R&D,4711,0006547886 12:34567,0815\r\nben,,,,,\r\n",
        "\u{FEFF}PIN,Badge,badge, User ,Name,Number,Department\n"
            + "0815,0006547886,12:34567, ada,\"Ada, née Ü\",4711,R&D\n"
            + ",,,ben,,,\n,,,,,,\n\n",
        "user;name;department;number;badge;pin\nada;Ada, née Ü;R&D;4711;0006547886 12:34567;0815\nben;;;;;",
        "user\tname\tdepartment\tnumber\tbadge\tpin\n"
            + "ada\tAda, née Ü\tR&D\t4711\t0006547886 12:34567\t0815\nben\t\t\t\t\t",
        "\"user\",\"name\",\"department\",\"number\",\"badge\",\"pin\"\n"
            + "\"ada\",\"Ada, née Ü\",\"R&D\",\"4711\",\"0006547886 12:34567\",\"0815\"\n\"ben\",,,,,\n",
    ])
    func aFileIsReadHoweverItWasWritten(text: String) {
        let file = Self.read(text)
        #expect(file.problems.isEmpty && file.rows == Self.whole, "\(file.problems)")
        #expect(file.pins.keys.sorted() == [2])
    }

    @Test(arguments: [
        ("", "1 - the file is empty"), ("\n\n", "1 - the file is empty"), ("user\n", "1 - no user stands below"),
        ("user,mail\na,b", "1 - no column is called \"mail\": take it out"),
        ("name\na", "1 user no column has this title"),
        ("user,user\na,b", "1 user there are two"), ("user,\na,b", "1 - column 2 has no title"),
        ("user,name\na", "2 - there are 1 fields below 2 titles"), ("user\na,b", "2 - there are 2 fields below 1"),
        ("user,pin\na,123", "2 pin is too short"), ("user,pin\na,12a4", "2 pin is not only digits"),
        ("user\n\"a", "2 - the quote that begins"), ("user\na\"b", "2 - a quote stands where"),
        ("user\n\n\na\rb", "4 - a carriage return stands alone"),
        ("user\n" + String(repeating: "a", count: 1025), "2 - a field is longer than 1024 bytes"),
        (String(repeating: "badge,", count: 32) + "user\n", "1 - a file has at most 32 columns"),
    ])
    func whatIsWrongIsToldWithItsLine(text: String, problem: String) {
        let problems = Self.problems(text)
        #expect(problems.count == 1 && problems[0].hasPrefix(problem), "\(problems)")
    }

    @Test(arguments: ["\r\n", "\n  \n", "\n\n", "  "])
    func blankLinesComeBeforeTheTitles(blank: String) {
        let file = Self.read(blank + "user;department\nada;Arts\n")
        #expect(file.problems.isEmpty && file.rows.map(\.department) == ["Arts"], "\(file.problems)")
    }

    @Test func everyMistakeIsToldAtOnce() {
        let text = "user,pin\na,1\nb\nc,2222\nd,x\n"
        #expect(Self.read(text).problems.map(\.line) == [2, 3, 5])
    }

    @Test func otherEncodingsAreTold() {
        #expect(
            UserImportFile([0xFF, 0xFE, 0x75, 0]).problems.map(\.detail) == [
                "this is UTF-16: save the file as CSV UTF-8"
            ])
        let latin = Array("user\nJ".utf8) + [0xFC] + Array("rgen\n".utf8)
        #expect(UserImportFile(latin).problems.map(\.line) == [2])
        let more = latin + Array("b\n".utf8) + [0xFC, 0x0A] + Array("c\n".utf8)
        let file = UserImportFile(more)
        #expect(file.problems.map(\.line) == [2, 4] && file.rows.map(\.user) == ["b", "c"])
        #expect(UserImportFile([0xFC, 0x0A, 0x61]).problems.map(\.line) == [1])
    }

    @Test(arguments: [20_000, 20_001])
    func usersHaveALimit(count: Int) {
        let file = Self.read("user\n" + (1...count).map { "u\($0)\n" }.joined())
        #expect(file.rows.count == 20_000)
        #expect(file.problems.map(\.line) == (count > 20_000 ? [20_002] : []))
    }

    @Test func noSecretIsRepeated() {
        for text in ["user,pin\na,314x59", "user,badge\na,\"314159", "user,pin\na,314159,b", "ada,314159\na,314159"] {
            let problems = Self.problems(text)
            #expect(problems.count == 1 && !problems[0].contains("314"), "\(problems)")
        }
    }
}
