// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Foundation
import Testing

@Suite struct UserImportTests {
    @Test func aRowIsReadAsItIsWritten() throws {
        var row = UserImportRow(line: 7, user: "ada")
        (row.name, row.department, row.number, row.givesPIN) = ("Ada", "R&D", "4711", true)
        (row.badges, row.pinHash) = ([SecretText("0006547886")], SecretText("00ff"))
        row.checked = .init(isNew: true, badges: 1)
        let request = UserImportRequest(
            dryRun: true, revive: true, label: "blue", users: [row, UserImportRow(line: 8, user: "b")])
        let data = try JSONEncoder().encode(request)
        #expect(String(decoding: data, as: UTF8.self).contains("6547886"))
        #expect(try JSONDecoder().decode(UserImportRequest.self, from: data) == request)
    }

    @Test(arguments: [
        #"{"line":1}"#, #"{"user":"a"}"#, #"{"line":1,"user":"a","badge":"1"}"#, #"{"line":1,"user":"a","badges":"1"}"#,
        #"{"line":1,"user":"a","pin":"1234"}"#, #"[]"#,
    ])
    func anythingElseIsNoRow(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(UserImportRow.self, from: Data(json.utf8)) }
    }

    @Test func whatIsSecretIsNotShown() {
        var row = UserImportRow(line: 7, user: "ada")
        (row.badges, row.pinHash) = ([SecretText("0006547886")], SecretText("00ff"))
        var dumped = ""
        dump(row, to: &dumped)
        for text in ["\(row)", String(reflecting: row), dumped] {
            #expect(!text.contains("6547886") && !text.contains("00ff"), "\(text)")
        }
    }
}
