// SPDX-License-Identifier: Apache-2.0

/// Takes out of a user's document the PJL commands that would hold it inside the printer, change the printer for
/// others, read its disk, or answer in our name. Everything else passes as it came.
///
/// PJL is looked for at the start of the document and after every UEL, until ENTER LANGUAGE or the first line that is
/// no `@PJL` line. A line ends at LF, CR or the next escape character. Limits: a PJL line longer than ``lineLimit``
/// is taken out whole; more than ``blankLimit`` blanks in front of a line end the PJL; a language that defines its own
/// way into PJL other than the UEL is not understood.
package struct PJLFilter: Sendable {
    package static let lineLimit = 4096
    package static let blankLimit = 64

    private enum State: Sendable {
        /// In a PJL region, in or before a line.
        case line
        /// In a PJL line that is too long.
        case droppingLine
        /// The file contents behind a command that was taken out.
        case droppingData(left: UInt64)
        /// In the document; so many octets of a UEL were seen.
        case body(matched: Int)
    }

    /// What becomes of an LF right behind a CR: it shares the fate of its line.
    private enum LineFeed: Sendable { case ordinary, kept, dropped }

    private var state = State.line
    /// The line so far with the blanks before it.
    private var line: [UInt8] = []
    private var lineFeed = LineFeed.ordinary
    /// Set by a command that file contents follow.
    private var dataLength: UInt64 = 0
    /// How many commands were taken out.
    package private(set) var strippedCount = 0

    /// Further variables that the document may not set.
    private let reserved: Set<String>

    package init(reserving reserved: Set<String> = []) { self.reserved = reserved }

    /// What of `bytes` and of what was kept back can be sent on now.
    package mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.first {
            if case .body(let matched) = state {
                rest = copyBody(rest, matched: matched, to: &output)
            } else {
                rest = rest.dropFirst()
                take(byte, to: &output)
            }
        }
        return output
    }

    /// What was kept back, at the end of the document.
    package mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        if case .line = state { endLine(to: &output) }
        return output
    }

    private mutating func copyBody(
        _ bytes: ArraySlice<UInt8>, matched: Int, to output: inout [UInt8]
    ) -> ArraySlice<UInt8> {
        if matched == 0 {
            let escape = bytes.firstIndex(of: PJL.escape)
            output += bytes[..<(escape ?? bytes.endIndex)]
            guard let escape else { return [] }
            output.append(PJL.escape)
            state = .body(matched: 1)
            return bytes[(escape + 1)...]
        }
        output.append(bytes[bytes.startIndex])
        advance(matched: matched, bytes[bytes.startIndex])
        return bytes.dropFirst()
    }

    private mutating func advance(matched: Int, _ byte: UInt8) {
        let next = byte == PJL.uel[matched] ? matched + 1 : byte == PJL.escape ? 1 : 0
        state = next == PJL.uel.count ? .line : .body(matched: next)
    }

    private mutating func take(_ byte: UInt8, to output: inout [UInt8]) {
        switch state {
        case .line: takeLine(byte, to: &output)
        case .droppingLine:
            if byte == PJL.escape { leaveForEscape(to: &output) }
            if byte == UInt8(ascii: "\n") { state = .line }
        case .droppingData(let left): state = left > 1 ? .droppingData(left: left - 1) : .line
        case .body: preconditionFailure("the body is copied")
        }
    }

    private mutating func takeLine(_ byte: UInt8, to output: inout [UInt8]) {
        let fate = lineFeed
        lineFeed = .ordinary
        if byte == UInt8(ascii: "\n"), fate != .ordinary {
            if fate == .kept { output.append(byte) }
            return beginData()
        }
        if dataLength > 0 {
            beginData()
            return take(byte, to: &output)
        }
        if byte == PJL.escape {
            endLine(to: &output)
            return leaveForEscape(to: &output)
        }
        line.append(byte)
        switch Self.look(at: line) {
        case .undecided: break
        case .notPJL:
            output += line
            line = []
            state = .body(matched: 0)
        case .command where byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r"): endLine(to: &output)
        case .command where line.count > Self.lineLimit:
            strippedCount += 1
            line = []
            state = .droppingLine
        case .command: break
        }
    }

    private mutating func leaveForEscape(to output: inout [UInt8]) {
        output.append(PJL.escape)
        state = .body(matched: 1)
    }

    private mutating func endLine(to output: inout [UInt8]) {
        let ended = line
        line = []
        let endsInReturn = ended.last == UInt8(ascii: "\r")
        let words = PJL.words(of: Self.afterBlanks(ended).dropFirst(4))
        guard Self.look(at: ended) == .command, PJLCommand.isUnwanted(words, reserved) else {
            output += ended
            lineFeed = endsInReturn ? .kept : .ordinary
            if PJLCommand.entersLanguage(words) { state = .body(matched: 0) }
            return
        }
        strippedCount += 1
        lineFeed = endsInReturn ? .dropped : .ordinary
        dataLength = PJLCommand.dataLength(words)
        if !endsInReturn { beginData() }
    }

    private mutating func beginData() {
        state = dataLength > 0 ? .droppingData(left: dataLength) : .line
        dataLength = 0
    }

    private enum Look { case undecided, notPJL, command }

    private static func look(at line: [UInt8]) -> Look {
        let start = afterBlanks(line)
        guard line.count - start.count <= blankLimit else { return .notPJL }
        for (byte, wanted) in zip(start, "@PJL".utf8) where byte & 0xDF != wanted & 0xDF { return .notPJL }
        return start.count < 4 ? .undecided : .command
    }

    private static func afterBlanks(_ line: [UInt8]) -> ArraySlice<UInt8> {
        line.drop { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
    }
}

/// What is known about single commands, as words in upper case without the `@PJL`.
enum PJLCommand {
    /// `SET [LPARM : language] variable = value` of these is taken out.
    private static let variables: Set<String> = ["HOLD", "HOLDKEY", "HOLDTYPE", "SERVICEMODE"]

    /// INFO, ECHO and the inquiries are among them because their answers would come to us.
    private static let commands: Set<String> = [
        "JOB", "EOJ", "DEFAULT", "INITIALIZE", "RDYMSG", "DMINFO", "DMCMD", "OPMSG", "STMSG", "INFO", "ECHO",
        "INQUIRE", "DINQUIRE",
    ]

    static func isUnwanted(_ words: [String], _ reserved: Set<String>) -> Bool {
        guard let command = words.first else { return false }
        if commands.contains(command) || command.hasPrefix("FS") || command.hasPrefix("USTATUS") { return true }
        return command == "SET" && words.dropFirst().contains { variables.contains($0) || reserved.contains($0) }
    }

    static func entersLanguage(_ words: [String]) -> Bool { words.first == "ENTER" }

    /// The octets that follow a file command, by its `SIZE =`.
    static func dataLength(_ words: [String]) -> UInt64 {
        guard ["FSDOWNLOAD", "FSAPPEND"].contains(words.first),
            let size = words.firstIndex(of: "SIZE"), size + 2 < words.count, words[size + 1] == "="
        else { return 0 }
        return UInt64(words[size + 2]) ?? 0
    }
}
