// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Comma-separated values (RFC 4180) that are safe to open in a spreadsheet.
enum CSV {
    enum Cell {
        /// May come from anybody who prints.
        case text(String)
        /// Our own digits.
        case number(String)
    }

    static func record(_ cells: [Cell]) -> String { cells.map(field).joined(separator: ",") + "\r\n" }

    private static func field(_ cell: Cell) -> String {
        switch cell {
        case .number(let digits): digits
        case .text(let text): CSVText.quoted(guarded(visible(text)))
        }
    }

    /// Escape sequences would reach the terminal of whoever looks at the file.
    private static func visible(_ text: String) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 && !"\t\r\n".unicodeScalars.contains(scalar)
            let isLateControl = (0x7F..<0xA0).contains(scalar.value)
            visible.append(isControl || isLateControl ? "\u{FFFD}" : scalar)
        }
        return String(visible)
    }

    /// A spreadsheet would take these for the beginning of a formula.
    private static func guarded(_ text: String) -> String {
        guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) else { return text }
        return "'" + text
    }
}
