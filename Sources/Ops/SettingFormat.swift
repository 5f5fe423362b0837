// SPDX-License-Identifier: Apache-2.0

/// How the text of one setting is read and written, and what to tell who got it wrong.
package struct SettingFormat<Value: Sendable>: Sendable {
    /// Completes the sentence "must be …".
    package let expects: String
    package let parse: @Sendable (String) -> Value?
    package let text: @Sendable (Value) -> String

    package init(
        _ expects: String, parse: @escaping @Sendable (String) -> Value?, text: @escaping @Sendable (Value) -> String
    ) {
        self.expects = expects
        self.parse = parse
        self.text = text
    }

    /// An empty value stands for none.
    package var orNone: SettingFormat<Value?> {
        let (parse, text) = (self.parse, self.text)
        return SettingFormat<Value?>(
            expects + ", or nothing",
            parse: { string -> Value?? in string.isEmpty ? .some(nil) : parse(string).map { .some($0) } },
            text: { value in value.map(text) ?? "" })
    }

    /// Values with commas between them; an empty value is the empty list.
    package func list(limit: Int) -> SettingFormat<[Value]> {
        let (parse, text) = (self.parse, self.text)
        return SettingFormat<[Value]>(
            "at most \(limit) of these with commas between them: " + expects,
            parse: { string in
                if string.isEmpty { return [] }
                let parts = string.split(separator: ",", omittingEmptySubsequences: false)
                let texts = parts.map { String($0).trimmed }.filter { !$0.isEmpty }
                let values = texts.compactMap(parse)
                return values.count == parts.count && values.count <= limit ? values : nil
            },
            text: { values in values.map(text).joined(separator: ", ") })
    }
}

extension SettingFormat where Value == String {
    package static func text(limit: Int = 255) -> Self {
        Self("a text of at most \(limit) characters", parse: { $0.count <= limit ? $0 : nil }, text: { $0 })
    }

    /// Not empty.
    package static func name(limit: Int) -> Self {
        Self(
            "a text of 1 to \(limit) bytes", parse: { (1...limit).contains($0.utf8.count) ? $0 : nil }, text: { $0 })
    }

    /// As long as the kernel takes for a Unix socket.
    package static var socketPath: Self {
        Self(
            "a path that starts with / and has at most 107 bytes",
            parse: { $0.hasPrefix("/") && $0.utf8.count <= 107 ? $0 : nil }, text: { $0 })
    }

    package static var path: Self {
        Self("a path that starts with /", parse: { $0.hasPrefix("/") && $0.count < 4096 ? $0 : nil }, text: { $0 })
    }
}

extension SettingFormat where Value == Int {
    package static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(
            "a number from \(range.lowerBound) to \(range.upperBound)",
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }, text: { "\($0)" })
    }

    /// Bytes; `64 KiB`, `4 MiB` and `2 GiB` are understood.
    package static func size(_ range: ClosedRange<Int>) -> Self {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)]
        let text: @Sendable (Int) -> String = { value in
            let (unit, factor) = units.first { value != 0 && value % $0.1 == 0 } ?? ("", 1)
            return unit.isEmpty ? "\(value)" : "\(value / factor) \(unit)"
        }
        return Self(
            "a size in bytes, KiB, MiB or GiB from \(text(range.lowerBound)) to \(text(range.upperBound))",
            parse: { string in
                guard let value = scaled(string, units), range.contains(value) else { return nil }
                return value
            }, text: text)
    }
}

extension SettingFormat where Value == UInt16 {
    /// 0 lets the system choose one.
    package static var port: Self {
        Self("a port number from 0 to 65535", parse: { UInt16($0) }, text: { "\($0)" })
    }
}

extension SettingFormat where Value == Duration {
    /// `250 ms`, `5 s`, `2 min`, `12 h`, `3 d`; zero where the range has it.
    package static func duration(_ range: ClosedRange<Duration>) -> Self {
        let units = [("d", 86_400_000), ("h", 3_600_000), ("min", 60000), ("s", 1000), ("ms", 1)]
        let text: @Sendable (Duration) -> String = { value in
            let (seconds, attoseconds) = value.components
            let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
            if milliseconds == 0 { return "0 s" }
            let (unit, factor) = units.first { milliseconds % $0.1 == 0 } ?? ("ms", 1)
            return "\(milliseconds / factor) \(unit)"
        }
        return Self(
            "a time like 250 ms, 5 s, 2 min, 12 h or 3 d from \(text(range.lowerBound)) to \(text(range.upperBound))",
            parse: { string in
                guard let value = scaled(string, units) else { return nil }
                let duration = Duration.milliseconds(value)
                return range.contains(duration) ? duration : nil
            }, text: text)
    }
}

extension SettingFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    package static var word: Self {
        Self(
            "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            parse: { Value(rawValue: $0) }, text: { $0.rawValue })
    }
}

/// A whole number and one of the units, a space between them or not.
private func scaled(_ text: String, _ units: [(name: String, factor: Int)]) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = String(text.dropFirst(digits.count)).trimmed
    guard let number = Int(digits), let factor = units.first(where: { $0.name == unit })?.factor else { return nil }
    let (value, isTooMuch) = number.multipliedReportingOverflow(by: factor)
    return isTooMuch ? nil : value
}

extension String {
    var trimmed: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
