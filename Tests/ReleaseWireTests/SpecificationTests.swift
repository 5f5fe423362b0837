// SPDX-License-Identifier: Apache-2.0

import Foundation
import PrintModel
import Primitives
import ReleaseWire
import Testing

/// The specification's examples are what the code sends and takes.
struct SpecificationTests {
    /// Each fenced block that begins with ```` ```hex ````, without the comments.
    private func examples() throws -> [[UInt8]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appending(path: "Sources/ReleaseWire/ReleaseWire.docc/PRP-1.md")
        let blocks = try String(contentsOf: article, encoding: .utf8).components(separatedBy: "```hex\n").dropFirst()
        return try blocks.map { block in
            let hex = block.components(separatedBy: "```")[0].filter { !$0.isWhitespace }
            var bytes: [UInt8] = []
            var rest = hex[...]
            while !rest.isEmpty {
                bytes.append(try #require(UInt8(rest.prefix(2), radix: 16)))
                rest = rest.dropFirst(2)
            }
            return bytes
        }
    }

    @Test func everyExampleDecodesAndEncodesToTheSameBytes() throws {
        let examples = try examples()
        #expect(examples.count == Samples.frames.count)
        for bytes in examples { #expect(try Frame.all(in: bytes).map { $0.encode() } == [bytes]) }
    }

    @Test func theExamplesAreTheSamplesInOrder() throws {
        for (bytes, frame) in zip(try examples(), Samples.frames) {
            #expect(try Frame.all(in: bytes) == [frame])
        }
    }

    @Test func everyRefusalCodeIsInTheTable() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appending(path: "Sources/ReleaseWire/ReleaseWire.docc/PRP-1.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        for code in Refusal.Code.allCases { #expect(text.contains("| \(code.rawValue) | \(code) |")) }
        for result in ReadResult.allCases { #expect(text.contains("\(result.rawValue) \(result)")) }
    }
}
