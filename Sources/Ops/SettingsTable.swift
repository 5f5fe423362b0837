// SPDX-License-Identifier: Apache-2.0

/// Every setting of a program, with its meaning, default and value, as ``SettingsReader`` took them.
package struct SettingsTable: Sendable {
    package struct Row: Sendable {
        package let key: String
        package let meaning: String
        package let expects: String
        /// The default's text; `nil` for keys with a name part, which have none.
        package let standard: String?
        package var example = ""
        package let values: [(key: String, text: String)]
    }

    package let rows: [Row]

    /// What `--print-settings` prints: a settings file of the values in force.
    package var printed: String {
        rows.flatMap(\.values).map { "\($0.key) = \(Self.quoted($0.text))\n" }.joined()
    }

    /// The annotated sample file: each setting, explained, commented out, at its default.
    package var sample: String {
        rows.map { row in
            let value = Self.quoted(row.standard ?? row.example)
            return "# \(row.meaning)\n# Must be \(row.expects).\n#\(row.key) = \(value)\n"
        }.joined(separator: "\n")
    }

    /// The same for a manual page or a table: key, default, meaning.
    package var summary: [(key: String, standard: String, meaning: String)] {
        rows.map { ($0.key, $0.standard ?? "", $0.meaning) }
    }

    private static func quoted(_ text: String) -> String {
        guard text.hasPrefix("\"") || text.contains("#") || text != text.trimmed else { return text }
        let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }
        return "\"" + escaped.joined() + "\""
    }
}
