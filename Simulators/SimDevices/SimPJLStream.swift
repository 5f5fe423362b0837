// SPDX-License-Identifier: Apache-2.0

/// Cuts what a printer receives on one connection into PJL commands and document. Written apart from the product's
/// own PJL code, so that the two check each other.
struct SimPJLStream: Sendable {
    /// Each piece keeps its bytes: PJL inside of a document belongs to the document.
    enum Piece: Equatable, Sendable {
        case exit
        /// One line with its end.
        case command([UInt8])
        case document([UInt8])
    }

    private static let exitCode = Array("\u{1B}%-12345X".utf8)
    private static let prefix = Array("@PJL".utf8)
    private static let lineLimit = 4096

    private enum Mode: Sendable { case jobControl, language }

    private var mode = Mode.language
    private var held: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if case .language = mode, held.isEmpty {
                let run = rest.prefix { $0 != Self.exitCode[0] }
                text += run
                rest = rest.dropFirst(run.count)
                if !run.isEmpty { continue }
            }
            rest = rest.dropFirst()
            held.append(byte)
            switch mode {
            case .language: languageByte(&pieces, &text)
            case .jobControl: controlByte(&pieces, &text)
            }
        }
        if !text.isEmpty { pieces.append(.document(text)) }
        return pieces
    }

    private mutating func languageByte(_ pieces: inout [Piece], _ text: inout [UInt8]) {
        while !held.isEmpty, !Self.exitCode.starts(with: held) { text.append(held.removeFirst()) }
        guard held == Self.exitCode else { return }
        if !text.isEmpty { pieces.append(.document(text)) }
        text = []
        pieces.append(.exit)
        held = []
        mode = .jobControl
    }

    private mutating func controlByte(_ pieces: inout [Piece], _ text: inout [UInt8]) {
        if held == Self.exitCode {
            pieces.append(.exit)
            held = []
        } else if held.count > Self.prefix.count ? held.starts(with: Self.prefix) : Self.prefix.starts(with: held) {
            guard held.last == UInt8(ascii: "\n") || held.count == Self.lineLimit else { return }
            pieces.append(.command(held))
            if String(decoding: held, as: UTF8.self).hasPrefix("@PJL ENTER LANGUAGE") { mode = .language }
            held = []
        } else if !Self.exitCode.starts(with: held) {
            // No PJL: the printer switches to a language by itself.
            mode = .language
            text += held
            held = []
        }
    }

    /// What was held back when the connection ends.
    mutating func finish() -> [Piece] {
        defer { held = [] }
        return held.isEmpty || mode == .jobControl ? [] : [.document(held)]
    }
}
