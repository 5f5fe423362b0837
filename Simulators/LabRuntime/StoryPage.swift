// SPDX-License-Identifier: Apache-2.0

/// How the demo's story is set: numbered steps, each told with what was seen first, more of it below; tables indented.
package struct StoryPage: Sendable {
    private static let indent = "    "
    private static let columns = 120

    package private(set) var step = 0
    private var title = ""
    /// The step is told together with what is seen first.
    private var isTold = true

    package init() {}

    package mutating func begin(_ title: String) {
        step += 1
        self.title = title
        isTold = false
    }

    package mutating func seen(_ text: String) -> String {
        guard !isTold else { return Self.indent + text }
        let line = "\(heading) \(text)"
        guard line.count > Self.columns else {
            isTold = true
            return line
        }
        return tell(Self.indent + text)
    }

    package mutating func table(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map { Self.indent + $0 }
        return tell(lines.joined(separator: "\n"))
    }

    private var heading: String { (step < 10 ? " " : "") + "\(step)  \(title)" }

    private mutating func tell(_ text: String) -> String {
        defer { isTold = true }
        return isTold ? text : "\(heading)\n\(text)"
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
