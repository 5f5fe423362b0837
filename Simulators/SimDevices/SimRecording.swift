// SPDX-License-Identifier: Apache-2.0

package import Primitives
package import ReaderMachines

/// What a reader once sent, as text that people write by hand, and what must come of it.
///
///     # where it comes from                 comment; at least one says `# source: …`
///     kind text                             a ReaderKind
///     option grammar digits                 any of ReaderOptions
///     +12 < 02 30 31 03                     12 ms after the line before: bytes or one report of the device
///     +0 < 1:30:1 0:0:0                     input events, type:code:value
///     +0 < feature 00 8A                    the answer to a feature report; `feature failed`
///     +0 > 30 35 0D                         what the driver sends; in this order, compared if there is any such line
///     +0 > set 00 80 …   +0 > get 0 9       the same for feature reports
///     +0 ! success                          a signal for the person
///     = deliver proximity 26 02044F1        technology, bits, hexadecimal
///     = deliver wedge "0006547886"          technology, text
///     = drop bad-checksum   = key enter   = online pcProx 7.3.0   = trouble …
package struct SimRecording: Hashable, Sendable {
    package struct Fault: Error, Hashable, Sendable {
        /// Counted from 1.
        package let line: Int
        package let reason: String
    }

    package enum Step: Hashable, Sendable {
        case bytes([UInt8])
        case report([UInt8])
        case input([InputEvent])
        case feature([UInt8]?)
        case signal(ReaderSignal)
        /// The driver's own, for the comparison only.
        case driver(String)
    }

    package struct Line: Hashable, Sendable {
        /// After the line before.
        package let after: Duration
        package let step: Step

        package init(after: Duration, step: Step) {
            self.after = after
            self.step = step
        }
    }

    /// Lines of a recording, and bytes of one of them.
    package static let limits = (lines: 10_000, bytes: 4096)

    package internal(set) var source: String?
    package internal(set) var kind = ReaderKind.text
    package internal(set) var options = ReaderOptions()
    package var lines: [Line] = []
    /// As written after `=`.
    package var expected: [String] = []

    /// A new one, to be filled and written.
    package init(kind: ReaderKind, options: ReaderOptions = ReaderOptions(), source: String) {
        self.kind = kind
        self.options = options
        self.source = source
    }

    package init(_ text: String) throws(Fault) {
        var hasKind = false
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard rows.count <= Self.limits.lines else { throw Fault(line: Self.limits.lines, reason: "too many lines") }
        for (index, row) in rows.enumerated() {
            let words = row.split(whereSeparator: \.isWhitespace)
            guard let first = words.first else { continue }
            do throws(Reason) {
                if first == "kind" {
                    guard !hasKind else { throw Reason(text: "a second kind") }
                    hasKind = true
                } else if first.hasPrefix("+"), !hasKind {
                    throw Reason(text: "the kind comes first")
                }
                try take(row, words)
            } catch {
                throw Fault(line: index + 1, reason: error.text)
            }
        }
        guard hasKind else { throw Fault(line: 1, reason: "no kind") }
    }

    private struct Reason: Error { let text: String }

    private mutating func take(_ row: Substring, _ words: [Substring]) throws(Reason) {
        let rest = words.dropFirst().joined(separator: " ")
        switch words[0].first {
        case "#": if rest.hasPrefix("source:") { source = rest.dropFirst(7).drop { $0 == " " }.description }
        case "=": expected.append(String(row.drop { $0 != "=" }.dropFirst().drop { $0 == " " }))
        case "+": lines.append(try line(words))
        default:
            switch words[0] {
            case "kind":
                guard let kind = ReaderKind(rawValue: rest), kind.hasDriver else { throw Reason(text: "unknown kind") }
                self.kind = kind
            case "option": try set(words.dropFirst())
            default: throw Reason(text: "unknown line")
            }
        }
    }

    private mutating func set(_ words: ArraySlice<Substring>) throws(Reason) {
        let value = words.dropFirst().joined(separator: " ")
        switch words.first {
        case "grammar":
            guard let grammar = ReaderOptions.Grammar(rawValue: value) else { throw Reason(text: "unknown grammar") }
            options.grammar = grammar
        case "shortest": options.shortest = try number(value)
        case "longest": options.longest = try number(value)
        case "fixed-length": options.fixedLength = try number(value)
        case "track": options.track = try number(value)
        case "ends-by-silence": options.endsBySilence = true
        case "tracks-are-lines": options.tracksAreLines = true
        case "accepts-typing": options.acceptsTyping = true
        case "binary": options.isBinary = true
        case "crc": options.hasCRC = true
        case "silent": options.isSilent = true
        default: throw Reason(text: "unknown option")
        }
    }

    private func number(_ text: String) throws(Reason) -> Int {
        guard let number = Int(text), (0...1_000_000).contains(number) else { throw Reason(text: "not a number") }
        return number
    }

    private func line(_ words: [Substring]) throws(Reason) -> Line {
        let after = try number(String(words[0].dropFirst()))
        guard words.count >= 3 else { throw Reason(text: "a time, a direction and something to say") }
        let rest = Array(words[2...])
        let step: Step
        switch words[1] {
        case "<": step = try device(rest)
        case ">": step = .driver(rest.joined(separator: " "))
        case "!":
            guard let signal = ReaderSignal(rawValue: String(rest[0])) else { throw Reason(text: "unknown signal") }
            step = .signal(signal)
        default: throw Reason(text: "unknown direction")
        }
        return Line(after: .milliseconds(after), step: step)
    }

    private func device(_ words: [Substring]) throws(Reason) -> Step {
        if words[0] == "feature" {
            return .feature(words.last == "failed" ? nil : try bytes(words.dropFirst()))
        }
        switch kind.transport {
        case .evdev:
            var events: [InputEvent] = []
            for word in words { events.append(try event(word)) }
            return .input(events)
        case .hidraw: return .report(try bytes(words[...]))
        case .serial, .stream, .pcsc: return .bytes(try bytes(words[...]))
        }
    }

    private func event(_ word: Substring) throws(Reason) -> InputEvent {
        let parts = word.split(separator: ":")
        guard parts.count == 3, let type = UInt16(parts[0]), let code = UInt16(parts[1]), let value = Int32(parts[2])
        else {
            throw Reason(text: "not type:code:value")
        }
        return InputEvent(type: type, code: code, value: value)
    }

    /// Pairs of hexadecimal digits; `00*12` stands for twelve of them.
    private func bytes(_ words: ArraySlice<Substring>) throws(Reason) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            let parts = word.split(separator: "*")
            let count = parts.count == 2 ? try number(String(parts[1])) : 1
            guard (1...2).contains(parts.count), parts[0].utf8.count == 2, let byte = UInt8(parts[0], radix: 16) else {
                throw Reason(text: "not bytes in hexadecimal")
            }
            guard bytes.count + count <= Self.limits.bytes else { throw Reason(text: "too many bytes") }
            bytes += Array(repeating: byte, count: count)
        }
        return bytes
    }
}
