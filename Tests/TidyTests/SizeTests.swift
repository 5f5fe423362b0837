// SPDX-License-Identifier: Apache-2.0

import Testing

/// Small enough to read, and tidy: the limits that keep a stranger's first hour short.
@Suite struct SizeTests {
    static let fileLimit = 400
    static let functionLimit = 70
    static let columnLimit = 120
    static let parameterLimit = 5

    /// Tests that find nothing to look at would find nothing wrong.
    @Test func theTreeIsThere() {
        #expect(SourceTree.sources.count > 400 && SourceTree.tests.count > 200)
    }

    @Test func aFileIsShort() {
        for file in SourceTree.all {
            if file.lineCount > Self.fileLimit { Issue.record("\(file.path) has \(file.lineCount) lines") }
            for number in 0..<file.lineCount where file.line(number).count > Self.columnLimit {
                let columns = String(decoding: file.line(number), as: UTF8.self).count
                if columns > Self.columnLimit { Issue.record("\(file.path):\(number + 1) has \(columns) columns") }
            }
        }
    }

    @Test func aFunctionIsShort() {
        for file in SourceTree.all {
            for function in Function.all(in: file) where function.lines > Self.functionLimit {
                Issue.record("\(file.position(function.place)) has \(function.lines) lines")
            }
        }
    }

    /// More become a struct. An initialiser may have more: often it is such a struct's. So may a test's stand-in.
    @Test func aFunctionHasFewParameters() {
        for file in SourceTree.sources {
            for function in Function.all(in: file) where !function.isInitializer {
                if function.parameters > Self.parameterLimit {
                    Issue.record("\(file.position(function.place)) has \(function.parameters) parameters")
                }
            }
        }
    }

    @Test func nothingIsForced() {
        let banned = ["try!", "as!", "fatalError(", "TODO", "FIXME"]
        for file in SourceTree.sources {
            for word in banned {
                for place in SourceFile.places(of: word, in: file.bytes) {
                    Issue.record("\(file.position(place)) uses \(word)")
                }
            }
            guard file.target != "HostIO" else { continue }
            for place in SourceFile.places(of: "@unchecked Sendable", in: file.code) {
                Issue.record("\(file.position(place)) vouches for itself: only HostIO may")
            }
        }
    }

    @Test func theLicenceIsNamed() {
        for file in SourceTree.all where !file.line(0).elementsEqual("// SPDX-License-Identifier: Apache-2.0".utf8) {
            Issue.record("\(file.path)")
        }
    }
}
