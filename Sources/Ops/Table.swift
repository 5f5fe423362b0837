// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Text in columns, for people. Whatever a cell holds is made fit to be shown.
package struct Table {
    package enum Alignment {
        case left
        case right
    }

    package struct Column {
        package let title: String
        package var alignment = Alignment.left
        /// A longer cell is cut, with a sign that it was.
        package var limit = 48

        package static func left(_ title: String, limit: Int = 48) -> Column { Column(title: title, limit: limit) }
        package static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    private let columns: [Column]
    package private(set) var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    package mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells)
    }

    /// A heading, then a line a row, without blanks at the ends of lines.
    package var text: String {
        let shown = [columns.map(\.title)] + rows.map { row in zip(row, columns).map { Self.fit($0, $1.limit) } }
        let widths = columns.indices.map { index in shown.map { $0[index].columns }.max() ?? 0 }
        return shown.map { row in
            let cells = columns.indices.map { index in
                let blanks = String(repeating: " ", count: widths[index] - row[index].columns)
                return columns[index].alignment == .left ? row[index] + blanks : blanks + row[index]
            }
            return cells.joined(separator: "  ").withoutTrailingBlanks + "\n"
        }.joined()
    }

    private static func fit(_ cell: String, _ limit: Int) -> String {
        let safe = cell.displaySafe(limit: 4096)
        guard safe.columns > limit else { return safe }
        var (cut, width) = ("", 0)
        for character in safe {
            width += character.columns
            if width >= limit { break }
            cut.append(character)
        }
        return cut + "…"
    }
}

extension String {
    fileprivate var columns: Int { reduce(0) { $0 + $1.columns } }

    fileprivate var withoutTrailingBlanks: String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}

extension Character {
    /// How many columns a terminal gives it: two for East Asian wide characters and pictures (UAX 11).
    fileprivate var columns: Int {
        switch unicodeScalars.first?.value ?? 0 {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
