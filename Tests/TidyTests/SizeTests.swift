// SPDX-License-Identifier: Apache-2.0

import Testing

/// Small enough to read, and tidy: the limits that keep a stranger's first hour short.
@Suite struct SizeTests {
    static let fileLimit = 400
    static let functionLimit = 70
    static let columnLimit = 120

    @Test(arguments: SourceTree.sources + SourceTree.tests)
    func aFileIsShort(source: SourceFile) {
        #expect(source.lines.count <= Self.fileLimit + 1, "\(source.path) has \(source.lines.count) lines")
        for (index, line) in source.lines.enumerated() where line.count > Self.columnLimit {
            Issue.record("\(source.path):\(index + 1) has \(line.count) columns")
        }
    }

    /// A function ends at the closing brace that stands under its first letter; `swift format` sees to that.
    @Test(arguments: SourceTree.sources + SourceTree.tests)
    func aFunctionIsShort(source: SourceFile) {
        var open: (line: Int, indent: Int)?
        for (index, line) in source.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if line.contains(#/^\s*([@\w()]+ )*(func |init[?(<])/#), !line.hasSuffix("}") {
                open = (index, indent)
            } else if let start = open, indent == start.indent, line.dropFirst(indent).first == "}" {
                let length = index - start.line + 1
                #expect(length <= Self.functionLimit, "\(source.path):\(start.line + 1) has \(length) lines")
                open = nil
            }
        }
    }

    @Test(arguments: SourceTree.sources)
    func nothingIsForced(source: SourceFile) {
        let banned = ["try!", "as!", "fatalError(", "TODO", "FIXME"]
        for (index, line) in source.lines.enumerated() {
            for word in banned where line.contains(word) {
                Issue.record("\(source.path):\(index + 1) uses \(word)")
            }
            if line.contains("@unchecked Sendable"), source.target != "HostIO" {
                Issue.record("\(source.path):\(index + 1) vouches for itself: only HostIO may")
            }
        }
    }

    @Test(arguments: SourceTree.sources + SourceTree.tests)
    func theLicenceIsNamed(source: SourceFile) {
        #expect(source.lines.first?.contains("SPDX-License-Identifier: Apache-2.0") == true, "\(source.path)")
    }
}
