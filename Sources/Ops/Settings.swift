// SPDX-License-Identifier: Apache-2.0

/// A line of a settings file that cannot be used: where it is, what is wrong, what would be right.
package struct SettingsFault: Error, Hashable, Sendable {
    package let file: String
    package let line: Int
    package let problem: String
    package let remedy: String

    package init(file: String, line: Int, problem: String, remedy: String) {
        self.file = file
        self.line = line
        self.problem = problem
        self.remedy = remedy
    }

    package var operatorError: OperatorError {
        OperatorError(.settingsInvalid, "\(file):\(line): \(problem)", remedy: remedy)
    }
}

extension SettingsFault: CustomStringConvertible {
    package var description: String { "\(file):\(line): \(problem). \(remedy)" }
}

/// Reads a settings file of `key = value` lines. Each key is taken in one place, which gives its meaning, its default
/// and its format; ``finish()`` refuses what nobody took, so a typing mistake is never a silent default.
///
/// A value may stand in double quotes, in which `\"` and `\\` are a quote and a backslash. `#` outside of quotes
/// starts a comment at the start of a line or after a space.
package struct SettingsReader {
    package static let sizeLimit = 256 * 1024
    package static let lineLimit = 4096

    private struct Entry {
        let line: Int
        let value: String
    }

    private let file: String
    private var entries: [String: Entry] = [:]
    private var rows: [SettingsTable.Row] = []

    package init(parsing text: String, file: String) throws(SettingsFault) {
        self.file = file
        guard text.utf8.count <= Self.sizeLimit else {
            throw SettingsFault(
                file: file, line: 1, problem: "longer than \(Self.sizeLimit) bytes", remedy: "Is this the right file?")
        }
        // Editors of Windows put a byte-order mark in front.
        let body = text.unicodeScalars.first == "\u{FEFF}" ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
        for (index, content) in Substring(body).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            try add(content, line: index + 1)
        }
    }

    /// The value of a key, or its default when the file does not set it.
    /// - Parameter meaning: one line for the sample file.
    package mutating func take<Value>(
        _ key: String, _ format: SettingFormat<Value>, default fallback: Value, _ meaning: String
    ) throws(SettingsFault) -> Value {
        precondition(!rows.contains { $0.key == key }, "each key is read in one place")
        let value = try entries.removeValue(forKey: key).map { (entry) throws(SettingsFault) in
            try parse(entry, key, format)
        }
        rows.append(
            SettingsTable.Row(
                key: key, meaning: meaning, expects: format.expects, standard: format.text(fallback),
                values: [(key, format.text(value ?? fallback))]))
        return value ?? fallback
    }

    /// The values of all keys `prefix.NAME`, in the order of the file.
    /// - Parameter example: a line for the sample file, such as `("front", "/dev/ttyUSB0")`.
    package mutating func takeNamed<Value>(
        _ prefix: String, _ format: SettingFormat<Value>, example: (name: String, value: String), _ meaning: String
    ) throws(SettingsFault) -> [(name: String, value: Value)] {
        precondition(format.parse(example.value) != nil, "the example must be right")
        let found = entries.filter { $0.key.hasPrefix(prefix + ".") }.sorted { $0.value.line < $1.value.line }
        var values: [(name: String, value: Value)] = []
        for (key, entry) in found {
            entries[key] = nil
            values.append((String(key.dropFirst(prefix.count + 1)), try parse(entry, key, format)))
        }
        rows.append(
            SettingsTable.Row(
                key: "\(prefix).\(example.name)", meaning: meaning, expects: format.expects, standard: nil,
                example: example.value, values: values.map { ("\(prefix).\($0.name)", format.text($0.value)) }))
        return values
    }

    /// A fault at the line of a key, for what only several settings together can tell.
    package func fault(key: String, problem: String, remedy: String) -> SettingsFault {
        SettingsFault(file: file, line: lines[key] ?? 0, problem: problem, remedy: remedy)
    }

    /// Whether the file has this key.
    package func sets(_ key: String) -> Bool { lines[key] != nil }

    /// Call last: refuses keys that nobody took.
    package consuming func finish() throws(SettingsFault) -> SettingsTable {
        if let (key, entry) = entries.min(by: { $0.value.line < $1.value.line }) {
            throw SettingsFault(
                file: file, line: entry.line, problem: "unknown key \(key.displayed)", remedy: remedy(for: key))
        }
        return SettingsTable(rows: rows)
    }

    private var lines: [String: Int] = [:]

    private mutating func add(_ content: Substring, line: Int) throws(SettingsFault) {
        func fault(_ problem: String, _ remedy: String) -> SettingsFault {
            SettingsFault(file: file, line: line, problem: problem, remedy: remedy)
        }
        guard content.utf8.count <= Self.lineLimit else {
            throw fault("longer than \(Self.lineLimit) bytes", "Is this the right file?")
        }
        let trimmed = String(content).trimmed
        if trimmed.isEmpty || trimmed.hasPrefix("#") { return }
        let parts = trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = String(parts[0]).trimmed
        guard parts.count == 2, !key.isEmpty else {
            throw fault("not of the form key = value", "Write key = value, or start the line with #.")
        }
        guard Self.isKey(key) else {
            throw fault(
                "\(key.displayed) cannot be a key",
                "A key has small letters a to z, digits, - and points; a name behind the point capitals, _ and / as well."
            )
        }
        guard let value = Self.value(String(parts[1]).trimmed) else {
            throw fault("the quotes of \(key) are not closed", "End the value with a double quote.")
        }
        if let earlier = lines.updateValue(line, forKey: key) {
            throw fault("\(key) is set twice", "It is set in line \(earlier), too: remove one of them.")
        }
        entries[key] = Entry(line: line, value: value)
    }

    private func parse<Value>(
        _ entry: Entry, _ key: String, _ format: SettingFormat<Value>
    ) throws(SettingsFault) -> Value {
        guard let value = format.parse(entry.value) else {
            throw SettingsFault(
                file: file, line: entry.line, problem: "\(key) cannot be \(entry.value.displayed)",
                remedy: "It must be \(format.expects).")
        }
        return value
    }

    private func remedy(for key: String) -> String {
        let near = rows.map(\.key).min { $0.distance(to: key) < $1.distance(to: key) }
        if let near, near.distance(to: key) <= 2 { return "Is \(near) meant?" }
        return "--print-settings shows all keys."
    }

    private static func isKey(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x2E }
            || (text.contains(".")
                && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) })
    }

    /// `nil` when quotes are open, or something but a comment follows them.
    private static func value(_ text: String) -> String? {
        guard text.hasPrefix("\"") else {
            if text.hasPrefix("#") { return "" }
            var previous: Character = "x"
            let plain = text.prefix { character in
                defer { previous = character }
                return !(character == "#" && previous.isWhitespace)
            }
            return String(plain).trimmed
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            switch character {
            case "\"":
                let behind = String(rest).trimmed
                return behind.isEmpty || behind.hasPrefix("#") ? value : nil
            case "\\":
                guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else { return nil }
                value.append(escaped)
            default: value.append(character)
            }
        }
        return nil
    }
}

extension String {
    /// Fit for one line of a message.
    fileprivate var displayed: String { "\"" + String(prefix(80)).unicodeScalars.map(Self.shown).joined() + "\"" }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        scalar.value < 0x20 || 0x7F..<0xA0 ~= scalar.value ? "\u{FFFD}" : String(Character(scalar))
    }

    /// How many letters must be typed, removed or changed.
    fileprivate func distance(to other: String) -> Int {
        let (from, to) = (Array(utf8), Array(other.utf8))
        var row = Array(0...to.count)
        for (i, letter) in from.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for j in to.indices {
                let change = corner + (letter == to[j] ? 0 : 1)
                corner = row[j + 1]
                row[j + 1] = Swift.min(change, row[j] + 1, corner + 1)
            }
        }
        return row[to.count]
    }
}
