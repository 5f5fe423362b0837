// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import SimRandom
import Testing

@Suite struct PJLReplyParserTests {
    private func replies(_ pieces: [[UInt8]]) -> [PJLReply] {
        var parser = PJLReplyParser()
        return pieces.flatMap { parser.feed($0) } + parser.finish()
    }

    private func replies(_ text: String) -> [PJLReply] { replies([Array(text.utf8)]) }

    static let session =
        "@PJL ECHO agent-000123\r\n\u{0C}@PJL INFO PAGECOUNT\r\nPAGECOUNT=18373\r\n\u{0C}"
        + "@PJL USTATUS JOB\r\nSTART\r\nNAME=\"eq-000123\"\r\n\u{0C}@PJL USTATUS PAGE\r\n1\r\n\u{0C}"
        + "@PJL USTATUS DEVICE\r\nCODE=10023\r\nDISPLAY=\"Processing\"\r\nONLINE=TRUE\r\n\u{0C}"
        + "@PJL USTATUS JOB\r\nEND\r\nNAME=\"eq-000123\"\r\nPAGES=5\r\n\u{0C}"

    static let wanted: [PJLReply] = [
        .echo("agent-000123"), .infoPageCount(18373), .ustatusJob(.start, name: "eq-000123", pages: nil),
        .ustatusPage(1), .ustatusDevice(code: 10023, display: "Processing", isOnline: true),
        .ustatusJob(.end, name: "eq-000123", pages: 5),
    ]

    @Test func aWholeJobIsReported() { #expect(replies(Self.session) == Self.wanted) }

    @Test func anyCutGivesTheSameReports() {
        let bytes = Array(Self.session.utf8)
        for cut in 1..<bytes.count {
            #expect(replies([Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))]) == Self.wanted)
        }
        #expect(replies(bytes.map { [$0] }) == Self.wanted)
    }

    @Test func aReportComesAsSoonAsItsFormFeedDoes() {
        var parser = PJLReplyParser()
        #expect(parser.feed(Array("@PJL USTATUS PAGE\r\n2\r\n".utf8)) == [])
        #expect(parser.feed([0x0C]) == [.ustatusPage(2)])
        #expect(parser.finish() == [])
    }

    @Test func missingFormFeedsAndOtherLineEndsAreTaken() {
        let without = Self.session.filter { $0 != "\u{0C}" }
        #expect(replies(without) == Self.wanted)
        #expect(replies(Self.session.replacing("\r\n", with: "\r")) == Self.wanted)
        #expect(replies(Self.session.replacing("\r\n", with: "\n")) == Self.wanted)
    }

    @Test func olderPrintersAnswerWithABareNumber() {
        #expect(replies("@PJL INFO PAGECOUNT\r\n 18373\r\n\u{0C}") == [.infoPageCount(18373)])
    }

    @Test func canceledJobsAreToldApart() {
        let name = "NAME = \"a b\"\r\n"
        #expect(
            replies("@PJL USTATUS JOB\r\nCANCELED\r\n\(name)\u{0C}") == [
                .ustatusJob(.canceled, name: "a b", pages: nil)
            ])
        #expect(
            replies("@PJL USTATUS JOB\r\nEND\r\n\(name)PAGES=2\r\nRESULT=CANCELED\r\n\u{0C}")
                == [.ustatusJob(.canceled, name: "a b", pages: 2)])
        #expect(
            replies("@PJL USTATUS JOB\r\nEND\r\nNAME=\"cancel\"\r\nRESULT=OK\r\nPAGES=1\r\n\u{0C}")
                == [.ustatusJob(.end, name: "cancel", pages: 1)])
    }

    @Test func statusThatWasAskedForIsStatusToo() {
        #expect(
            replies("@PJL INFO STATUS\r\nCODE=40022\r\nDISPLAY=\"JAM\"\r\nONLINE=FALSE\r\n\u{0C}")
                == [.ustatusDevice(code: 40022, display: "JAM", isOnline: false)])
        #expect(replies("@PJL USTATUS TIMED\r\n\u{0C}") == [.ustatusDevice(code: nil, display: nil, isOnline: nil)])
    }

    @Test func anythingElseIsNamedByItsFirstLine() {
        #expect(replies("%%[ Error: x ]%%\r\n@PJL INFO ID\r\n\"LASERJET\"\r\n\u{0C}") == [.other("@PJL INFO ID")])
        #expect(replies("@PJL USTATUS PAGE\r\nmany\r\n\u{0C}") == [.other("@PJL USTATUS PAGE")])
        #expect(replies("@PJL INFO PAGECOUNT\r\n-4\r\n\u{0C}") == [.other("@PJL INFO PAGECOUNT")])
        #expect(replies("@PJL USTATUS JOB\r\n\u{0C}") == [.other("@PJL USTATUS JOB")])
        #expect(replies("\u{0C}\u{0C}noise\u{0C}").isEmpty)
    }

    @Test func linesAndBlocksAreBounded() {
        let longest = PJLReplyParser.lineLimit - "@PJL ECHO ".utf8.count
        #expect(
            replies("@PJL ECHO " + String(repeating: "x", count: longest + 9) + "\u{0C}")
                == [.echo(String(repeating: "x", count: longest))])
        let filler = String(repeating: "x\r\n", count: PJLReplyParser.blockLimit - 2)
        let first = "@PJL USTATUS JOB\r\nEND\r\n"
        #expect(replies(first + filler.dropLast(2) + "PAGES=1\r\n\u{0C}") == [.ustatusJob(.end, name: nil, pages: 1)])
        #expect(replies(first + filler + "PAGES=1\r\n\u{0C}") == [.ustatusJob(.end, name: nil, pages: nil)])
    }

    @Test func anyBytesAreSurvived() {
        var noise = SplitMix(seed: 9100)
        for _ in 0..<2000 {
            var bytes = Array(Self.session.utf8)
            for _ in 0..<5 { bytes[noise.below(bytes.count)] = UInt8(noise.below(256)) }
            #expect(replies(noise.cut(bytes, longest: 60)) == replies([bytes]))
        }
    }
}
