// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines

extension SimRecording {
    /// As it is read; options that no line can say are left out.
    package var text: String {
        var rows: [String] = []
        if let source { rows.append("# source: \(source)") }
        rows.append("kind \(kind.rawValue)")
        rows += optionRows.map { "option \($0)" }
        rows += lines.map(\.text)
        rows += expected.map { "= \($0)" }
        return rows.map { $0 + "\n" }.joined()
    }

    private var optionRows: [String] {
        let standard = ReaderOptions()
        var rows: [String] = []
        if let grammar = options.grammar { rows.append("grammar \(grammar.rawValue)") }
        if options.shortest != standard.shortest { rows.append("shortest \(options.shortest)") }
        if options.longest != standard.longest { rows.append("longest \(options.longest)") }
        if let length = options.fixedLength { rows.append("fixed-length \(length)") }
        if let track = options.track { rows.append("track \(track)") }
        let flags = [
            ("ends-by-silence", options.endsBySilence), ("tracks-are-lines", options.tracksAreLines),
            ("accepts-typing", options.acceptsTyping), ("binary", options.isBinary), ("crc", options.hasCRC),
            ("silent", options.isSilent),
        ]
        return rows + flags.filter(\.1).map(\.0)
    }
}

extension SimRecording.Line {
    /// `+12 < 02 30 31 03`
    package var text: String { "+\(after.wholeMilliseconds) \(step.text)" }
}

extension SimRecording.Step {
    var text: String {
        switch self {
        case .bytes(let bytes), .report(let bytes): "< " + SimRecording.hexadecimal(bytes)
        case .input(let events): "< " + events.map { "\($0.type):\($0.code):\($0.value)" }.joined(separator: " ")
        case .feature(nil): "< feature failed"
        case .feature(let bytes?): "< feature " + SimRecording.hexadecimal(bytes)
        case .signal(let signal): "! \(signal.rawValue)"
        case .driver(let text): "> \(text)"
        }
    }
}

extension SimRecording {
    /// `02 30`
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
