// SPDX-License-Identifier: Apache-2.0

import Ops
import Testing

@Suite struct TableTests {
    private func table(_ rows: [[String]], _ columns: [Table.Column] = [.left("NAME"), .right("PAGES")]) -> String {
        var table = Table(columns)
        for row in rows { table.add(row) }
        return table.text
    }

    @Test func columnsStandBelowEachOther() {
        #expect(table([["ada", "7"], ["charles", "120"]]) == "NAME     PAGES\nada          7\ncharles    120\n")
        #expect(table([]) == "NAME  PAGES\n")
    }

    @Test func lettersOfTwoColumnsAreCountedAsTwo() {
        let text = table([["日本", "x"], ["abcd", "y"]], [.left("A"), .left("B")])
        #expect(text == "A     B\n日本  x\nabcd  y\n")
    }

    @Test(arguments: [("12345678", "12345678"), ("123456789", "1234567…"), ("日本日本", "日本日本"), ("日本日本日", "日本日…")])
    func aCellIsCutAtItsLimit(cell: String, shown: String) {
        #expect(table([[cell]], [.left("A", limit: 8)]) == "A\n\(shown)\n")
    }

    @Test func whatMayNotBeShownIsNot() {
        #expect(!table([["a\u{1B}[31m", "b\n"]]).contains("\u{1B}"))
    }
}
