// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import Primitives

/// A file of users as comma-separated values: a line that names the columns, then a line for each user. What is wrong
/// with it is told line by line; a cell that is empty, or a column that is missing, leaves things as they are.
struct UserImportFile {
    private(set) var rows: [UserImportRow] = []
    /// By line. They leave this program only as hashes.
    private(set) var pins: [Int: PIN] = [:]
    private(set) var problems: [UserImportProblem] = []
    private var columns: [UserImportColumn?] = []

    init(_ bytes: [UInt8]) { read(bytes) }

    private mutating func read(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return refuse(1, nil, "this is UTF-16: save the file as CSV UTF-8")
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        var reader = CSVReader(text, separator: Self.separator(in: text), fieldLimit: UserImportLimits.fieldBytes)
        do throws(CSVFault) {
            while let record = try reader.next() {
                let cells = record.fields.map(Self.trimmed)
                // Spreadsheets write the empty rows below a table, too.
                if cells.allSatisfy(\.isEmpty) { continue }
                guard record.isUTF8 else {
                    refuse(record.line, nil, "this is not UTF-8: save the file as CSV UTF-8")
                    if columns.isEmpty { return }
                    continue
                }
                if columns.isEmpty {
                    guard takeTitles(cells, record.line) else { return }
                } else {
                    guard rows.count < UserImportLimits.users else {
                        return refuse(record.line, nil, "a file has at most \(UserImportLimits.users) users: cut it")
                    }
                    take(cells, record.line)
                }
            }
        } catch {
            // What follows such a place cannot be told apart any more.
            return refuse(error.line, nil, "\(error)")
        }
        if !columns.isEmpty && rows.isEmpty && problems.isEmpty { refuse(1, nil, "no user stands below the titles") }
        if columns.isEmpty { refuse(1, nil, "the file is empty; its first line names the columns: \(Self.titles)") }
    }

    private static let titles = UserImportColumn.allCases.map(\.rawValue).joined(separator: ", ")

    /// Some countries' spreadsheets write semicolons. Titles have neither them nor tabs in them.
    private static func separator(in text: ArraySlice<UInt8>) -> UInt8 {
        let line = text.drop { "\r\n \t".utf8.contains($0) }.prefix { $0 != UInt8(ascii: "\n") }
        return line.first { ",;\t".utf8.contains($0) } ?? UInt8(ascii: ",")
    }

    private static func trimmed(_ cell: String) -> String {
        let blanks: Set<Character> = [" ", "\t", "\u{A0}"]
        return String(cell.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed())
    }

    /// False when no line can be understood with them.
    private mutating func takeTitles(_ cells: [String], _ line: Int) -> Bool {
        guard cells.count <= UserImportLimits.columns else {
            refuse(line, nil, "a file has at most \(UserImportLimits.columns) columns")
            return false
        }
        let found = cells.map { UserImportColumn(rawValue: $0.lowercased()) }
        guard found.contains(.user) else {
            // Without titles the first line has a person's secrets, so it is not shown.
            refuse(line, .user, "no column has this title: the first line names the columns, out of \(Self.titles)")
            return false
        }
        for (place, column) in found.enumerated() {
            if let column, column != .badge, columns.contains(column) {
                refuse(line, column, "there are two such columns; only badge may stand several times")
            } else if column == nil {
                let what =
                    cells[place].isEmpty
                    ? "column \(place + 1) has no title" : "no column is called \(cells[place].debugDescription)"
                refuse(line, nil, "\(what): take it out, or name it one of \(Self.titles)")
            }
            columns.append(column)
        }
        return problems.isEmpty
    }

    private mutating func take(_ cells: [String], _ line: Int) {
        guard cells.count == columns.count else {
            return refuse(
                line, nil,
                "there are \(cells.count) fields below \(columns.count) titles: is a comma missing, or one in a field "
                    + "without quotes around it?")
        }
        var row = UserImportRow(line: line, user: "")
        for (column, cell) in zip(columns, cells) where !cell.isEmpty {
            switch column {
            case .user: row.user = cell
            case .name: row.name = cell
            case .department: row.department = cell
            case .number: row.number = cell
            case .badge: row.badges = (row.badges ?? []) + cell.split(separator: " ").map { SecretText(String($0)) }
            case .pin: row.givesPIN = takePIN(cell, line)
            case nil: preconditionFailure("a file with unknown columns is not read")
            }
        }
        rows.append(row)
    }

    private mutating func takePIN(_ cell: String, _ line: Int) -> Bool {
        do throws(PINFault) {
            pins[line] = try PIN(Array(cell.utf8))
        } catch {
            refuse(line, .pin, "is \(error)")
        }
        return true
    }

    private mutating func refuse(_ line: Int, _ column: UserImportColumn?, _ detail: String) {
        problems.append(UserImportProblem(line: line, column: column, detail))
    }
}
