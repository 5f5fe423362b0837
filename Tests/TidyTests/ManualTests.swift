// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import Ops
import Primitives
import ReaderMachines
import Testing

@testable import AdminCommands
@testable import AgentRuntime
@testable import ServerRuntime

/// The manual's pages say what the programs' own tables say: no more, no less.
@Suite struct ManualTests {
    private struct Page {
        let lines: [String]

        init(_ program: String) throws {
            let file = SourceTree.root.appending(path: "Sources/\(program)/\(program).docc/\(program).md")
            lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        }

        /// The rows of the tables below a heading, by what stands in their first cell.
        func rows(below heading: String) -> [String: String] {
            let section = lines.drop { $0 != "## \(heading)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
            let rows = section.filter { $0.hasPrefix("| `") }.map { row in
                (row.dropFirst(3).prefix { $0 != "`" }.description, row)
            }
            return Dictionary(rows) { first, _ in first }
        }
    }

    private func expectSettings(_ table: SettingsTable, in page: Page) {
        let rows = page.rows(below: "SETTINGS")
        let keys = table.rows.map { $0.standard == nil ? $0.key.prefix { $0 != "." } + ".NAME" : $0.key }
        #expect(Set(rows.keys) == Set(keys))
        for (key, setting) in zip(keys, table.rows) {
            let cells = rows[key]?.split(separator: "|").map { $0.filter { $0 != "`" } } ?? []
            #expect(cells.dropFirst().first?.trimmingCharacters(in: .whitespaces) == setting.standard ?? "", "\(key)")
            let isShown = page.lines.contains { $0.contains("\(setting.key) = \(setting.example)") }
            #expect(setting.standard != nil || isShown, "an example of \(key)")
        }
    }

    @Test func theServersPageHasAllSettings() throws {
        expectSettings(try ServerSettings.parse("", file: "").1, in: try Page("lanyard-server"))
    }

    @Test func theAgentsPageHasAllSettings() throws {
        let table = try AgentSettings.parse("", file: "", hostName: "the host's name").1
        expectSettings(table, in: try Page("lanyard-agent"))
    }

    @Test func theServersPageHasAllErrorCodes() throws {
        let rows = try Page("lanyard-server").rows(below: "ERRORS")
        #expect(Set(rows.keys) == Set(OperatorError.Code.allCases.map(\.rawValue)))
        for code in OperatorError.Code.allCases {
            #expect(rows[code.rawValue]?.contains("| \(code.exit.rawValue) |") == true, "\(code.rawValue)")
        }
    }

    /// Numbers in sentences are those of the code.
    @Test func thePagesSayHowLongThingsLast() throws {
        let code = EnrolmentCode.life.words
        #expect(try Page("lanyard").lines.contains { $0.contains("enrols, within \(code).") })
        #expect(try Page("lanyard-server").lines.contains { $0.contains("A code works once, for \(code):") })
        let installation = OSDPControlPanel.Limits().installation.words
        #expect(try Page("lanyard-agent").lines.contains { $0.contains("be given a new key, for \(installation).") })
    }

    @Test func thePageOfLanyardHasAllCommandsWithTheirOptions() throws {
        let page = try Page("lanyard")
        let entries = page.lines.filter { $0.hasPrefix("- `lanyard ") }
        let general = Set(AdminProgram.options.map(\.name))
        for command in Command.all {
            let options = command.syntax.options.map(\.name).filter { !general.contains($0) }
            let found = entries.filter { entry in
                let usage = entry.dropFirst(3).prefix { $0 != "`" }.split(separator: " ").map { String($0) }
                let words = usage.dropFirst().prefix {
                    $0 == $0.lowercased() && !$0.hasPrefix("[") && !$0.contains("|")
                }
                return Array(words) == command.words && options.allSatisfy { entry.contains($0) }
            }
            #expect(found.count == 1, "\(command.name) with \(options)")
        }
        #expect(entries.count == Command.all.count)
    }
}
