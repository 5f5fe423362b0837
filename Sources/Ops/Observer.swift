// SPDX-License-Identifier: Apache-2.0

import Primitives
/// The severities that the journal takes from a line's `<n>` prefix.
package enum LogLevel: Int, Comparable, CaseIterable, Sendable {
    /// An operator must act.
    case error = 3
    /// Will matter if it happens again and again.
    case warning = 4
    /// One line per badge read, release, charge, purge, plug.
    case info = 6
    /// Every event and action of a machine.
    case debug = 7

    package init?(word: String) {
        guard let level = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = level
    }

    package var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .info: "info"
        case .debug: "debug"
        }
    }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension SettingFormat where Value == LogLevel {
    package static var logLevel: Self {
        Self(
            "one of " + LogLevel.allCases.map(\.word).joined(separator: ", "),
            parse: { LogLevel(word: $0) }, text: { $0.word })
    }
}

/// The one way to say something to an operator: a fixed event name and named fields.
///
/// A value that guards a secret hides it in its own `description`, so no call has to remember to. It belongs to the
/// loop's thread; another thread sends what it has to say through its mailbox.
package final class Observer {
    package static let fieldLimit = 1024

    package typealias Fields = KeyValuePairs<StaticString, any CustomStringConvertible>

    package let threshold: LogLevel
    private let write: (String) -> Void

    /// - Parameter write: takes one finished line without its end; standard error in a service, an array in a test.
    package init(threshold: LogLevel, write: @escaping (String) -> Void) {
        self.threshold = threshold
        self.write = write
    }

    package func logs(_ level: LogLevel) -> Bool { level <= threshold }

    package func log(_ level: LogLevel, _ event: StaticString, _ fields: Fields = [:]) {
        guard logs(level) else { return }
        let text = fields.map { " \($0.key)=\(Self.quoted(Self.text($0.value)))" }.joined()
        write("<\(level.rawValue)>\(event)\(text)")
    }

    /// Code, what and remedy as fields of an event named `operator-error`.
    package func log(_ error: OperatorError) {
        log(
            .error, "operator-error",
            [
                "code": error.code.rawValue, "what": error.what, "cause": error.cause.map { "\($0)" } ?? "none",
                "remedy": error.remedy,
            ])
    }

    private static func text(_ value: any CustomStringConvertible) -> String {
        (value as? Duration)?.brief ?? value.description
    }

    /// One record is one line, whatever a user or a printer put into the value.
    private static func quoted(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { byte in
            0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || "-_.:/+,@".utf8.contains(byte)
        }
        if isPlain && !value.isEmpty && value.utf8.count <= fieldLimit { return value }
        let scalars = value.unicodeScalars.prefix(fieldLimit)
        return "\"" + scalars.map(escaped).joined() + (scalars.count < value.unicodeScalars.count ? "…\"" : "\"")
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: String(scalar).displaySafe(limit: 4)
        }
    }
}

extension Duration {
    /// For people, as exact as they want it: `35 ms`, `3.3 s`, `120 s`.
    package var brief: String {
        let (seconds, attoseconds) = components
        let milliseconds = (seconds.magnitude * 1000) + attoseconds.magnitude / 1_000_000_000_000_000
        let sign = self < .zero ? "-" : ""
        switch milliseconds {
        case 0..<1000: return "\(sign)\(milliseconds) ms"
        case 1000..<99_950:
            let tenths = (milliseconds + 50) / 100
            return "\(sign)\(tenths / 10).\(tenths % 10) s"
        default: return "\(sign)\((milliseconds + 500) / 1000) s"
        }
    }
}
