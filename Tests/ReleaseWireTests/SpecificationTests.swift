// SPDX-License-Identifier: Apache-2.0

import Foundation
import PrintModel
import Primitives
import Testing

@testable import ReleaseWire

/// The specification's examples and tables are what the code sends and takes.
struct SpecificationTests {
    private let text: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appending(path: "Sources/ReleaseWire/ReleaseWire.docc/PRP-1.md")
        text = try String(contentsOf: article, encoding: .utf8)
    }

    /// Each fenced block that begins with ```` ```hex ````, without the comments.
    private func examples() throws -> [[UInt8]] {
        try text.components(separatedBy: "```hex\n").dropFirst().map { block in
            let hex = block.components(separatedBy: "```")[0].filter { !$0.isWhitespace }
            return try #require(Hexadecimal.bytes(of: hex.utf8))
        }
    }

    /// The rows of the table with this head.
    private func table(_ head: String) throws -> [[String]] {
        let lines = text.components(separatedBy: "\n")
        let start = try #require(lines.firstIndex(of: head))
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            line.components(separatedBy: "|").dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
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

    @Test func theTableOfCodesIsWhatTheServerSays() throws {
        let rows = try table("| code | name | retry | first version |")
        let codes = Refusal.Code.allCases.map { code in
            [String(code.rawValue), "\(code)", code.first == code ? "" : String(code.first.rawValue)]
        }
        #expect(rows.map { [$0[0], $0[1], $0[3]] } == codes)
        #expect(rows.allSatisfy { !$0[2].isEmpty })
    }

    @Test func theTableOfResultsIsWhatIsRecorded() throws {
        let rows = try table("| result | name | when |")
        #expect(rows.map { [$0[0], $0[1]] } == ReadResult.allCases.map { ["\($0.rawValue)", "\($0)"] })
    }

    @Test func theTableOfMessagesIsWhatIsDecoded() throws {
        var listed: Set<String> = []
        for row in try table("| type | message | direction | kind | answered by |") {
            for type in row[0].components(separatedBy: ", ") {
                for kind in row[3].components(separatedBy: ", ") { listed.insert("\(kind) \(type)") }
            }
        }
        let known = Samples.frames.compactMap { frame -> String? in
            switch frame.body {
            case .acknowledgement, .ping, .pong: return nil
            default:
                let bytes = frame.encode()
                guard let kind = FrameKind(rawValue: bytes[4]) else { return nil }
                return "\(kind) \(UInt16(bytes[6]) << 8 | UInt16(bytes[7]))".lowercased()
            }
        }
        #expect(listed.subtracting([" 0"]) == Set(known))
    }

    @Test func theTableOfKindsIsWhatIsSent() throws {
        let rows = try table("| kind | number | sent by | flag must understand | correlation |")
        let kinds = FrameKind.allCases.map { kind in
            ["\(kind)".lowercased(), String(kind.rawValue), kind.mustBeUnderstood ? "set" : "clear"]
        }
        #expect(rows.map { [$0[0], $0[1], $0[3]] } == kinds)
    }

    @Test func theTableOfCapabilitiesIsWhatIsNamed() throws {
        let rows = try table("| capability | brings |")
        #expect(rows.map { $0[0] } == Capability.allCases.sorted().map { "`\($0.rawValue)`" })
    }

    @Test func eachSinceInTheTableOfMessagesIsACapabilityOfTheCode() throws {
        let bound = Samples.frames.compactMap { frame -> UInt16? in
            guard case .request(let message) = frame.body, message.capability != nil else { return nil }
            return message.type
        }
        for row in try table("| type | message | direction | kind | answered by |") where row[3] == "request" {
            let type = try #require(UInt16(row[0]))
            // Of 25 only some fields are bound.
            guard type != 25 else { continue }
            #expect(row[1].contains(", since ") == bound.contains(type), "\(row[1])")
        }
    }
}
