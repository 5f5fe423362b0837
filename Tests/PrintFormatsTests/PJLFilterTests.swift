// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import SimRandom
import Testing
import TestKit

@Suite struct PJLFilterTests {
    static let uel = "\u{1B}%-12345X"

    private func filter(pieces: [[UInt8]]) -> [UInt8] {
        var filter = PJLFilter()
        return pieces.flatMap { filter.feed($0) } + filter.finish()
    }

    private func filter(_ text: String) -> String {
        String(decoding: filter(pieces: [Array(text.utf8)]), as: UTF8.self)
    }

    static let driver =
        uel
        + "@PJL\r\n@PJL JOB NAME=\"x\"\r\n@PJL SET HOLD=ON\r\n@PJL SET RESOLUTION=600\r\n@PJL SET HOLDKEY=\"1234\"\r\n"
        + "@PJL ENTER LANGUAGE=PCL\r\n\u{1B}E@PJL SET HOLD=ON\r\ntext\u{1B}E" + uel + "@PJL EOJ\r\n" + uel
    static let wanted =
        uel + "@PJL\r\n@PJL SET RESOLUTION=600\r\n@PJL ENTER LANGUAGE=PCL\r\n\u{1B}E@PJL SET HOLD=ON\r\ntext\u{1B}E"
        + uel + uel

    @Test func holdingAndJobCommandsAreTakenOutAndNothingElse() { #expect(filter(Self.driver) == Self.wanted) }

    /// What the owner chose at the release is not set back by the document's driver.
    @Test func whatTheJobSetsTheDocumentDoesNot() {
        var filter = PJLFilter(reserving: ["DUPLEX", "RENDERMODE"])
        let document = "@PJL SET DUPLEX=OFF\r\n@PJL SET COPIES=2\r\n@PJL SET RENDERMODE=COLOR\r\n%PDF SET DUPLEX"
        let left = filter.feed(Array(document.utf8)) + filter.finish()
        #expect(String(decoding: left, as: UTF8.self) == "@PJL SET COPIES=2\r\n%PDF SET DUPLEX")
        #expect(self.filter(document) == document)
    }

    @Test func anyCutGivesTheSameBytes() {
        let bytes = Array(Self.driver.utf8)
        for cut in 1..<bytes.count {
            #expect(filter(pieces: [Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))]) == Array(Self.wanted.utf8))
        }
        #expect(filter(pieces: bytes.map { [$0] }) == Array(Self.wanted.utf8))
    }

    @Test(arguments: [
        "SET HOLD = ON", "set hold=on", "SET HOLDKEY=\"0000\"", "SET HOLDTYPE=PRIVATE", "SET LPARM : PCL HOLD=ON",
        "DEFAULT COPIES=99", "DEFAULT LPARM:PCL PITCH=1", "INITIALIZE", "RDYMSG DISPLAY=\"hi\"",
        "DMINFO ASCIIHEX=\"04\"",
        "OPMSG DISPLAY=\"x\"", "STMSG DISPLAY=\"x\"", "FSDELETE NAME=\"0:\\a\"", "FSINIT VOLUME=\"0:\"",
        "FSMKDIR NAME=\"x\"",
        "INFO FILESYS", "INFO PAGECOUNT", "ECHO x", "SET SERVICEMODE=HPBOISEID", "JOB", "EOJ NAME=\"x\"",
        "USTATUS JOB = ON", "USTATUSOFF", "INQUIRE COPIES",
    ])
    func everyUnwantedCommandIsTakenOut(command: String) {
        for end in ["\n", "\r\n", "\r"] {
            for space in [" ", "\t ", "   "] {
                let document = "@PJL\(space)\(command)\(end)@PJL SET COPIES=2\(end)%PDF-1.4"
                #expect(filter(document) == "@PJL SET COPIES=2\(end)%PDF-1.4")
            }
        }
        #expect(filter(Self.uel + "@PJL \(command)" + Self.uel + "x") == Self.uel + Self.uel + "x")
        #expect(filter("@PJL \(command)") == "")
        #expect(filter("@PJL COMMENT a\r@PJL \(command)\nx") == "@PJL COMMENT a\rx")
    }

    @Test(arguments: [
        "%PDF-1.4\n@PJL SET HOLD=ON\n", "plain text", "", "\r\n  text", "@PJ", "@PJL COMMENT SETHOLD\r\n",
        "@PJL SET COPIES=2\r\n@PJL SET DUPLEX=ON\r\n@PJL ENTER LANGUAGE=PDF\r\n%PDF", "\u{1B}%-12345\u{1B}%-12345Y",
        "@PJL SET JOBATTR=\"JobAcct1=ana\"\n\u{1B}E", "\u{1B}E\u{1B}&l2X",
        "@PJL ENTER LANGUAGE=PCL\n@PJL SET HOLD=ON\n",
    ])
    func whatIsHarmlessPassesUnchanged(document: String) { #expect(filter(document) == document) }

    @Test func everyReentryIsLookedAt() {
        #expect(
            filter("%PDF" + Self.uel + "@PJL SET HOLD=ON\r\n" + Self.uel + "@PJL EOJ\n") == "%PDF" + Self.uel + Self.uel
        )
        #expect(filter("\u{1B}%-1" + Self.uel + "\r\n@PJL SET HOLD=ON\n") == "\u{1B}%-1" + Self.uel)
    }

    @Test func fileContentsGoWithTheirCommand() {
        #expect(
            filter("@PJL FSDOWNLOAD FORMAT:BINARY SIZE=5 NAME=\"0:\\a\"\r\nab\r\nc@PJL SET COPIES=2\n")
                == "@PJL SET COPIES=2\n")
        #expect(filter("@PJL FSAPPEND SIZE = 2\n\u{1B}E%!PS\n") == "%!PS\n")
        #expect(filter("@PJL FSDOWNLOAD SIZE=3\rabc%!PS\n") == "%!PS\n")
    }

    @Test func linesHaveALimit() {
        let longest = "@PJL COMMENT " + String(repeating: "x", count: PJLFilter.lineLimit - 14) + "\n"
        #expect(filter(longest + "y") == longest + "y")
        let tooLong = "@PJL COMMENT " + String(repeating: "x", count: PJLFilter.lineLimit - 12) + "\n"
        #expect(filter(tooLong + "y") == "y")
        let blanks = String(repeating: " ", count: PJLFilter.blankLimit)
        #expect(filter(blanks + "@PJL JOB\nx") == "x")
        #expect(filter(blanks + " @PJL JOB\nx") == blanks + " @PJL JOB\nx")
    }

    @Test func strippedCommandsAreCounted() {
        var filter = PJLFilter()
        _ = filter.feed(Array(Self.driver.utf8))
        #expect(filter.strippedCount == 4)
    }

    @Test func binaryDocumentsPassUnchanged() throws {
        var noise = SplitMix(seed: 7)
        for name in ["poster.pwg", "handbook.pdf"] {
            let bytes = try SampleDocuments.bytes(name)
            #expect(filter(pieces: noise.cut(bytes, longest: 9000)) == bytes)
        }
    }
}
