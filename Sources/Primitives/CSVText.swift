// SPDX-License-Identifier: Apache-2.0

/// Comma-separated values (RFC 4180).
package enum CSVText {
    package static func record(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\r\n" }

    package static func quoted(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return text }
        var inner = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\"" { inner.append(scalar) }
            inner.append(scalar)
        }
        return "\"\(String(inner))\""
    }

    /// `nil` for anything that ``record(_:)`` does not write: a quote within a bare field, a last line without its end.
    package static func parse(_ text: String) -> [[String]]? {
        var records: [[String]] = []
        var fields: [String] = []
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            guard let field = takeField(&rest) else { return nil }
            fields.append(field)
            switch rest.popFirst() {
            case ",": continue
            case "\r":
                guard rest.popFirst() == "\n" else { return nil }
                records.append(fields)
                fields = []
            default: return nil
            }
        }
        return fields.isEmpty ? records : nil
    }

    private static func takeField(_ rest: inout Substring.UnicodeScalarView) -> String? {
        guard rest.first == "\"" else {
            let bare = rest.prefix { !"\",\r\n".unicodeScalars.contains($0) }
            rest = rest[bare.endIndex...]
            return String(bare)
        }
        rest.removeFirst()
        var field = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" {
                guard rest.first == "\"" else { return String(field) }
                rest.removeFirst()
            }
            field.append(scalar)
        }
        return nil
    }
}
