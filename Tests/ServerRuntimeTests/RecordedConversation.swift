// SPDX-License-Identifier: Apache-2.0

import Foundation
import Primitives
import ReleaseWire

/// What an agent and a server of an earlier version said to each other. Such a recording is text: `=` a connection,
/// `>` a frame of the agent, `<` one of the server, `#` a comment.
struct RecordedConversation {
    struct Line {
        let isFromAgent: Bool
        let bytes: [UInt8]
        let frame: Frame
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Conformance/Recordings")

    private var connections: [String: [Line]] = [:]

    init(_ file: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
        var name = ""
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("=") {
                name = String(line.dropFirst(2))
                continue
            }
            let bytes = try Self.bytes(line.dropFirst(2))
            guard let frame = try Self.frames(bytes).first else { throw RecordedFault.line(String(line)) }
            connections[name, default: []]
                .append(Line(isFromAgent: line.hasPrefix(">"), bytes: bytes, frame: frame))
        }
    }

    subscript(connection: String) -> [Line] { connections[connection] ?? [] }

    /// The document that was printed first, and its hash as the server said it.
    var document: (bytes: [UInt8], sha256: [UInt8]) {
        var bytes: [UInt8] = []
        for line in self["work"] {
            if case .bytes(_, let piece) = line.frame.body { bytes += piece }
            if case .end(let sha256) = line.frame.body { return (bytes, sha256) }
        }
        return (bytes, [])
    }

    static func frames(_ bytes: [UInt8]) throws -> [Frame] {
        var buffer = FrameBuffer()
        try buffer.append(bytes[...])
        var frames: [Frame] = []
        while let (header, payload) = try buffer.next() { frames.append(try Frame(header, payload)) }
        return frames
    }

    private static func bytes(_ hex: Substring) throws -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(of: hex.utf8) else { throw RecordedFault.line(String(hex)) }
        return bytes
    }
}

enum RecordedFault: Error {
    case noCode
    case line(String)
}
