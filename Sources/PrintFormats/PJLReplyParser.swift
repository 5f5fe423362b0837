// SPDX-License-Identifier: Apache-2.0

/// One report of a printer.
package enum PJLReply: Hashable, Sendable {
    package enum Phase: String, Sendable { case start, end, canceled }

    /// `pages` counts impressions. Only the job's own name makes it a report about our job.
    case ustatusJob(Phase, name: String?, pages: Int?)
    case ustatusPage(Int)
    /// A status of the device, asked for (INFO STATUS) or not (USTATUS DEVICE, TIMED).
    case ustatusDevice(code: Int?, display: String?, isOnline: Bool?)
    case infoPageCount(Int)
    case echo(String)
    /// The first line of anything else.
    case other(String)
}

/// Reads what printers send back while a job is running.
///
/// A report is an `@PJL` line and the lines to the next form feed. Printers leave out the form feed, end lines with CR
/// alone and send other text between reports; all of that is taken. Lines beyond ``lineLimit`` are cut and lines
/// beyond ``blockLimit`` ignored.
package struct PJLReplyParser: Sendable {
    package static let lineLimit = 512
    package static let blockLimit = 64

    private var line: [UInt8] = []
    private var block: [String] = []

    package init() {}

    /// The reports that `bytes` complete.
    package mutating func feed(_ bytes: [UInt8]) -> [PJLReply] {
        var replies: [PJLReply] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): endLine(&replies)
            case Self.formFeed:
                endLine(&replies)
                endBlock(&replies)
            default: if line.count < Self.lineLimit { line.append(byte) }
            }
        }
        return replies
    }

    /// The last report, when the printer leaves without its form feed.
    package mutating func finish() -> [PJLReply] {
        var replies: [PJLReply] = []
        endLine(&replies)
        endBlock(&replies)
        return replies
    }

    private mutating func endLine(_ replies: inout [PJLReply]) {
        defer { line = [] }
        guard !line.isEmpty else { return }
        let text = String(foreignText: line, limit: Self.lineLimit)
        if text.hasPrefix("@PJL") {
            endBlock(&replies)
            block = [text]
        } else if !block.isEmpty, block.count < Self.blockLimit {
            block.append(text)
        }
    }

    private mutating func endBlock(_ replies: inout [PJLReply]) {
        defer { block = [] }
        guard let first = block.first else { return }
        replies.append(Self.reply(first, Array(block.dropFirst())))
    }

    private static func reply(_ first: String, _ lines: [String]) -> PJLReply {
        let words = first.split(separator: " ").map(String.init)
        switch (words.dropFirst().first, words.dropFirst(2).first) {
        case ("ECHO", _): return .echo(words.dropFirst(2).joined(separator: " "))
        case ("USTATUS", "JOB"): return job(lines) ?? .other(first)
        case ("USTATUS", "PAGE"): return lines.first.flatMap(number).map { .ustatusPage($0) } ?? .other(first)
        case ("USTATUS", "DEVICE"), ("USTATUS", "TIMED"), ("INFO", "STATUS"):
            return .ustatusDevice(
                code: value("CODE", lines).flatMap(number), display: value("DISPLAY", lines),
                isOnline: value("ONLINE", lines).map { $0 == "TRUE" })
        case ("INFO", "PAGECOUNT"):
            let count = value("PAGECOUNT", lines) ?? lines.first
            return count.flatMap(number).map { .infoPageCount($0) } ?? .other(first)
        default: return .other(first)
        }
    }

    private static func job(_ lines: [String]) -> PJLReply? {
        let words = lines.map { $0.uppercased() }
        let isCanceled = words.contains { $0.hasPrefix("CANCEL") || $0.hasPrefix("RESULT") && $0.contains("CANCEL") }
        let phase: PJLReply.Phase? =
            isCanceled ? .canceled : words.contains("END") ? .end : words.contains("START") ? .start : nil
        return phase.map {
            .ustatusJob($0, name: value("NAME", lines), pages: value("PAGES", lines).flatMap(number))
        }
    }

    /// The value of `key=value` or `key = "value"`.
    private static func value(_ key: String, _ lines: [String]) -> String? {
        for line in lines {
            guard let mark = line.firstIndex(of: "=") else { continue }
            guard trimmed(line[..<mark]).uppercased() == key else { continue }
            let value = trimmed(line[line.index(after: mark)...])
            let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
            return isQuoted ? String(value.dropFirst().dropLast()) : value
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func number(_ text: String) -> Int? {
        guard let number = Int(trimmed(text[...])), number >= 0 else { return nil }
        return number
    }

    private static let formFeed: UInt8 = 0x0C
}
