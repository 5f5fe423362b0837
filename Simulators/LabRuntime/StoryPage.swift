// SPDX-License-Identifier: Apache-2.0

/// How the demo's story is set: numbered steps, what was seen below each, tables indented.
package struct StoryPage: Sendable {
    private static let indent = "      "

    package private(set) var step = 0
    private var title = ""

    package init() {}

    package mutating func begin(_ title: String) -> String {
        step += 1
        self.title = title
        return (step < 10 ? " " : "") + "\(step)  \(title)"
    }

    package func seen(_ text: String) -> String { Self.indent + text }

    package func table(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: true).map { Self.indent + $0 }.joined(separator: "\n")
    }

    package func failure(expected: String, seen: String) -> LabFault {
        LabFault("step \(step) went wrong (\(title))\n  expected: \(expected)\n  seen:     \(seen)")
    }

    package static func printed(_ document: SampleDocument, _ printed: PrintedDocument) -> String {
        "Came out: \(document.name), \(count(printed.pages, "page")), \(count(printed.bytes, "byte")), "
            + "SHA-256 \(printed.sha256.prefix(8))… as sent"
    }

    package static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
