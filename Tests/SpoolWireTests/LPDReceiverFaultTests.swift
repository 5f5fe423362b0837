// SPDX-License-Identifier: Apache-2.0

import Primitives
import SimRandom
import SpoolWire
import Testing

@Suite struct LPDReceiverFaultTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let reason: LPDReceiver.Refusal
        var testDescription: String { reason.rawValue }

        init(_ text: String, _ reason: LPDReceiver.Refusal) { (bytes, self.reason) = (Array(text.utf8), reason) }
    }

    static let limits = {
        var limits = LPDReceiver.Limits()
        limits.commandLine = 40
        limits.controlFile = 30
        limits.document = 10
        limits.dataFilesPerJob = 2
        limits.pendingControlFiles = 2
        return limits
    }()

    @Test(arguments: [
        Bad("GET / HTTP/1.1\n", .unknownCommand), Bad("\n", .unknownCommand), Bad("\u{9}q\n", .unknownCommand),
        Bad("\u{2}\n", .malformedCommand), Bad("\u{2}two words\n", .malformedCommand),
        Bad("\u{3}\n", .malformedCommand),
        Bad("\u{2}nowhere\n", .unknownQueue), Bad("\u{4}nowhere\n", .unknownQueue), Bad("\u{2}+x\n", .unknownQueue),
        Bad("\u{2}q\n\u{2}\n", .malformedCommand), Bad("\u{2}q\n\u{3}12\n", .malformedCommand),
        Bad("\u{2}q\n\u{3}1x dfA1h\n", .malformedCommand), Bad("\u{2}q\n\u{3}-1 dfA1h\n", .malformedCommand),
        Bad("\u{2}q\n\u{2}0 cfA1h\n", .malformedCommand), Bad("\u{2}q\n\u{4}q\n", .unknownCommand),
        Bad("\u{2}q\n\u{2}31 cfA1h\n", .controlFileTooLong),
        Bad("\u{2}q\n\u{2}125899906843000 cfA1h\n", .controlFileTooLong),
        Bad("\u{2}q\n\u{2}2 cfA1h\nl\n\0", .badControlFile), Bad("\u{2}q\n\u{2}2 cfA1h\nPp\u{1}", .badFinalOctet),
        Bad("\u{2}q\n\u{3}11 dfA1h\n", .documentTooLarge), Bad("\u{2}q\n\u{3}0 dfA1h\n12345678901", .documentTooLarge),
        Bad("\u{2}q\n\u{3}1 dfA1h\nxy", .badFinalOctet),
        Bad("\u{2}q\n\u{3}1 dfA1h\nx\0\u{3}1 dfB1h\nx\0\u{3}1 dfC1h\n", .tooManyFiles),
        Bad("\u{2}q\n\u{2}1 cfA1h\n\n\0\u{2}1 cfA2h\n\n\0\u{2}1 cfA3h\n", .tooManyFiles),
        Bad("\u{2}q\n\u{3}1 dfA1h\nx\0\u{2}r\n", .endedMidJob),
    ])
    func malformedInputIsRefusedWithItsReason(bad: Bad) {
        var client = LPDClient(queues: ["q", "r"], limits: Self.limits)
        client.receive(bad.bytes)
        #expect(client.refusals == [bad.reason])
        #expect(client.isClosed && client.jobs.isEmpty)
        #expect(client.sent.last == 1)
        #expect(client.documents.isEmpty, "a refused connection leaves no document behind")
    }

    /// What rlpr sends for an empty file: a size of 0, which elsewhere means "until the end", then the final octet.
    @Test func anEmptyFileIsNoDocumentOfOneOctet() {
        for (octets, jobs) in [("\0", 0), ("\0\0", 1), ("x", 1)] {
            var client = LPDClient(queues: ["q"])
            client.receive("\u{2}q\n\u{2}3 cfA1h\nPp\n\0\u{3}0 dfA1h\n")
            client.receive(octets)
            client.end()
            #expect(client.jobs.count == jobs)
            #expect(client.refusals == (jobs == 0 ? [.emptyDocument] : []))
            #expect(client.documents.count == jobs)
        }
    }

    @Test func whoSendsAnEmptyFileAndWaitsIsAnsweredSoon() {
        var client = LPDClient(queues: ["q"])
        client.receive("\u{2}q\n\u{2}3 cfA1h\nPp\n\0\u{3}0 dfA1h\n")
        client.receive("\0")
        client.wait(.milliseconds(499))
        #expect(!client.isClosed && client.sent == [0, 0, 0, 0])
        client.wait(.milliseconds(1))
        #expect(client.isClosed && client.sent == [0, 0, 0, 0, 1])
        #expect(client.refusals == [.emptyDocument] && client.discarded == [0])
    }

    @Test func aDocumentThatBeginsWithAZeroOctetHasItsTime() {
        var client = LPDClient(queues: ["q"])
        client.receive("\u{2}q\n\u{2}3 cfA1h\nPp\n\0\u{3}0 dfA1h\n")
        client.receive("\0")
        client.wait(.milliseconds(400))
        client.receive("\u{1}")
        client.wait(.seconds(59))
        client.end()
        #expect(client.jobs.map(\.byteCount) == [2] && client.refusals.isEmpty)
    }

    @Test func commandLinesHaveALimit() {
        for (length, isFine) in [(40, true), (41, false)] {
            var client = LPDClient(limits: Self.limits)
            client.receive("\u{2}" + String(repeating: "q", count: length - 1))
            client.receive("\n")
            #expect(client.refusals == (isFine ? [] : [.commandTooLong]))
        }
    }

    /// Less than the limit: the disk fills.
    @Test func aDocumentMayReachTheRoomThatThereIs() {
        for (size, isFine) in [(8, true), (9, false)] {
            for count in [size, 0] {
                var client = LPDClient(limits: Self.limits)
                client.receiver.room = 8
                client.receive(LPDText.receive("q") + LPDText.control("Pana\nldfA1h\n"))
                client.receive("\u{3}\(count) dfA1h\n" + String(repeating: "x", count: size) + (count > 0 ? "\0" : ""))
                if !client.isClosed { client.end() }
                #expect(client.refusals == (isFine ? [] : [.spoolFull]), "\(size) of \(count)")
                #expect(client.jobs.count == (isFine ? 1 : 0) && client.documents.count == (isFine ? 1 : 0))
            }
        }
    }

    @Test func withoutRoomNoJobBegins() {
        for text in ["\u{2}q\n", "\u{2}q\n\u{3}1 dfA1h\n", "\u{2}q\n\u{3}0 dfA1h\n"] {
            var client = LPDClient(limits: Self.limits)
            let first = text.prefix { $0 != "\u{3}" }
            if first.count < text.count { client.receive(String(first)) }
            client.receiver.room = 0
            client.receive(first.count < text.count ? String(text.dropFirst(first.count)) : text)
            #expect(client.refusals == [.spoolFull] && client.sent.last == 1 && client.documents.isEmpty)
        }
    }

    @Test func documentsAndControlFilesMayReachTheirLimit() {
        var client = LPDClient(limits: Self.limits)
        client.receive(LPDText.receive("q") + LPDText.control("Pana\nldfA123host\nNbudget.pdf1\n"))
        client.receive(LPDText.data("1234567890"))
        #expect(client.jobs.count == 1 && client.refusals.isEmpty)
    }

    @Test func theFaultyLineOfAControlFileIsNamed() {
        var client = LPDClient()
        client.receive(LPDText.receive("q") + LPDText.control("Hh\nl\n"))
        #expect(client.details == ["line 2: no data file is named"])
    }

    @Test func aDocumentThatCannotBeStoredEndsTheConnection() {
        var client = LPDClient()
        client.answersWrites = false
        client.receive(LPDText.receive("q") + LPDText.data("a") + LPDText.control())
        client.handle(.storageFailed)
        #expect(client.refusals == [.storageFailed] && client.discarded == [0])
        #expect(client.isClosed && client.sent == [0, 0, 1])
    }

    @Test func everyBreakOffDiscardsTheIncompleteJob() {
        let whole = LPDText.receive("q") + LPDText.data("abcdef") + LPDText.control()
        for cut in 0..<(whole.count - 1) {
            var client = LPDClient()
            client.receive(Array(whole.prefix(cut)))
            client.end(.broken)
            #expect(client.isClosed && client.jobs.isEmpty && client.documents.isEmpty, "cut at \(cut)")
            #expect(client.refusals == (cut == 0 || cut == 3 ? [] : [.endedMidJob]), "cut at \(cut)")
        }
    }

    @Test func anyCutGivesTheSameResult() {
        let stream =
            LPDText.receive("q") + LPDText.control("Pana\nldfA1h\nldfB1h\n") + LPDText.data("first", name: "dfA1h")
            + [0x0A] + LPDText.data("second file", name: "dfB1h") + LPDText.receive("q/x")
            + LPDText.data("third") + LPDText.control() + LPDText.data("last", name: "dfZ9h", count: "0", end: "")
        func run(_ pieces: [[UInt8]]) -> LPDClient {
            var client = LPDClient()
            for piece in pieces { client.receive(piece) }
            client.end()
            return client
        }
        let whole = run([stream])
        #expect(whole.jobs.count == 2 && whole.discarded == [3])
        var cuts = (1..<stream.count).map { [Array(stream.prefix($0)), Array(stream.dropFirst($0))] }
        cuts.append(stream.map { [$0] })
        var noise = SplitMix(seed: 515)
        for _ in 0..<50 { cuts.append(noise.cut(stream, longest: 9)) }
        for pieces in cuts {
            let client = run(pieces)
            #expect(client.jobs == whole.jobs && client.documents == whole.documents)
            #expect(client.sent == whole.sent && client.discarded == whole.discarded)
        }
    }

    @Test func mutatedInputNeverLeavesADocumentBehind() {
        let stream = LPDText.receive("q") + LPDText.control() + LPDText.data("abcdef")
        var noise = SplitMix(seed: 1990)
        for _ in 0..<3000 {
            var bytes = stream
            for _ in 0...noise.below(3) { bytes[noise.below(bytes.count)] = UInt8(noise.below(256)) }
            var client = LPDClient()
            for piece in noise.cut(bytes, longest: 40) { client.receive(piece) }
            client.end()
            #expect(client.isClosed)
            let submitted = client.jobs.flatMap(\.documents).map(\.index)
            #expect(client.documents.keys.sorted() == submitted.sorted())
        }
    }

    @Test func silenceEndsTheConnection() {
        var client = LPDClient()
        client.wait(.seconds(29))
        #expect(!client.isClosed)
        client.wait(.seconds(1))
        #expect(client.isClosed && client.refusals == [.tooSlow])
    }

    @Test func aCommandTypedSlowlyRunsOutOfTimeButALongDocumentDoesNot() {
        var typist = LPDClient()
        typist.receive(LPDText.receive("q"))
        for _ in 0..<59 {
            typist.wait(.seconds(1))
            typist.receive("x")
        }
        typist.wait(.seconds(1))
        #expect(typist.refusals == [.tooSlow])
        var sender = LPDClient()
        sender.receive(LPDText.receive("q") + LPDText.data("", count: "1000", end: ""))
        for _ in 0..<100 {
            sender.wait(.seconds(59))
            sender.receive("x")
        }
        #expect(!sender.isClosed)
        sender.wait(.seconds(60))
        #expect(sender.refusals == [.tooSlow] && sender.discarded == [0])
    }
}
