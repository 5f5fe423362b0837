// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import SimRandom
import Testing
import TestKit

@Suite struct DSCWalkerTests {
    private func walk(pieces: [[UInt8]]) -> DSCWalker.Result {
        var walker = DSCWalker()
        for piece in pieces { walker.feed(piece) }
        return walker.finish()
    }

    private func walk(_ lines: [String], end: String = "\n", start: String = "%!PS-Adobe-3.0") -> DSCWalker.Result {
        walk(pieces: [Array(([start] + lines).map { $0 + end }.joined().utf8)])
    }

    static let twoPages = ["%%Page: 1 1", "showpage", "%%Page: 2 2", "showpage"]

    @Test func theLetterCountsAsItsManifestSays() throws {
        let row = try #require(try SampleDocuments.manifest()["letter.ps"])
        let bytes = try SampleDocuments.bytes("letter.ps")
        let wanted = DSCWalker.Result(
            walk: PageWalk(pages: row.pages, colorPages: row.colorPages), title: "Letter to the board",
            owner: "Ana Perez")
        #expect(walk(pieces: [bytes]) == wanted)
        #expect(walk(pieces: bytes.map { [$0] }) == wanted)
        var noise = SplitMix(seed: 5001)
        for _ in 0..<20 { #expect(walk(pieces: noise.cut(bytes, longest: 200)) == wanted) }
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func everyLineEndIsTaken(end: String) {
        #expect(walk(["%%Pages: 2"] + Self.twoPages, end: end).walk.pages == 2)
    }

    @Test func theClaimMayComeAtTheEnd() {
        #expect(walk(["%%Pages: (atend)"] + Self.twoPages + ["%%Trailer", "%%Pages: 2"]).walk.pages == 2)
        #expect(walk(["%%Pages: (atend)"] + Self.twoPages + ["%%Trailer"]).walk.pages == nil)
    }

    @Test func whatDoesNotAgreeIsUnknown() {
        #expect(walk(["%%Pages: 1"] + Self.twoPages).walk.pages == nil)
        #expect(walk(["%%Pages: 3"] + Self.twoPages).walk.pages == nil)
        #expect(walk(["%%Pages: 2"] + Self.twoPages + ["%%Pages: 3"]).walk.pages == nil)
        #expect(walk(["%%Pages: many"] + Self.twoPages).walk.pages == nil)
        #expect(walk(Self.twoPages).walk.pages == nil)
        #expect(walk(["%%Pages: 2"]).walk.pages == nil)
        #expect(walk(["%%Pages: 0"]).walk.pages == nil)
    }

    @Test func aDocumentThatDoesNotConformIsUnknown() {
        #expect(walk(["%%Pages: 2"] + Self.twoPages, start: "%!").walk.pages == nil)
        #expect(walk(["%%Pages: 2"] + Self.twoPages, start: "\u{4}%!PS-Adobe-2.0").walk.pages == 2)
    }

    @Test func documentsWithinAreNotCounted() {
        let nested = ["%%BeginDocument: figure.eps", "%%Pages: 9", "%%Page: 1 1", "%%Title: other", "%%EndDocument"]
        let result = walk(["%%Pages: 2", "%%Title: outer"] + nested + Self.twoPages + nested)
        #expect(result.walk.pages == 2 && result.title == "outer")
        #expect(walk(["%%Pages: 2"] + nested.dropLast() + Self.twoPages).walk.pages == nil)
        #expect(walk(["%%Pages: 2", "%%EndDocument"] + Self.twoPages + ["%%BeginDocument: x"]).walk.pages == nil)
    }

    @Test func nestingHasALimit() {
        for (depth, pages) in [(DSCWalker.depthLimit, 2 as Int?), (DSCWalker.depthLimit + 1, nil)] {
            let open = [String](repeating: "%%BeginDocument: x", count: depth)
            let shut = [String](repeating: "%%EndDocument", count: depth)
            #expect(walk(["%%Pages: 2"] + open + shut + Self.twoPages).walk.pages == pages)
        }
    }

    @Test(arguments: ["\n", "\r", "\r\n"])
    func dataIsSkippedByItsLength(end: String) {
        let data = "%%Page: 7 7\n%%Pages: 7\n"
        for opening in ["%%BeginBinary: \(data.utf8.count)", "%%BeginData: \(data.utf8.count) Binary Bytes"] {
            #expect(walk(["%%Pages: 2", opening, data + "%%EndBinary"] + Self.twoPages, end: end).walk.pages == 2)
        }
        let lines = ["%%BeginData: 2 ASCII Lines", "%%Page: 7 7", "%%Page: 8 8", "%%EndData"]
        #expect(walk(["%%Pages: 2"] + lines + Self.twoPages, end: end).walk.pages == 2)
        #expect(walk(["%%Pages: 2"] + Self.twoPages + ["%%BeginBinary: 10", "x"]).walk.pages == nil)
        #expect(walk(["%%Pages: 2", "%%BeginBinary: ?"] + Self.twoPages).walk.pages == nil)
    }

    @Test func onlyBlackAloneIsMono() {
        func colorPages(_ lines: String...) -> Int? { walk(["%%Pages: 2"] + lines + Self.twoPages).walk.colorPages }
        #expect(colorPages("%%DocumentProcessColors: Black") == 0)
        #expect(colorPages("%%DocumentProcessColors: Black", "%%DocumentCustomColors:") == 0)
        #expect(colorPages() == nil)
        #expect(colorPages("%%DocumentProcessColors: Cyan Black") == nil)
        #expect(colorPages("%%DocumentProcessColors: Black", "%%+ Cyan") == nil)
        #expect(colorPages("%%DocumentProcessColors: Black", "%%DocumentCustomColors: (Spot 1)") == nil)
        #expect(colorPages("%%DocumentProcessColors: (atend)") == nil)
        #expect(colorPages("%%DocumentProcessColors: (atend)", "%%DocumentProcessColors: Black") == 0)
    }

    @Test func titlesAreFitToBeShownAndBounded() {
        #expect(walk(["%%Title: a\u{1B}b"]).title == "a\u{FFFD}b")
        #expect(walk(["%%Title: (atend)"]).title == nil)
        let long = String(repeating: "t", count: 5000)
        #expect(walk(["%%Title: " + long]).title?.count == DSCWalker.textLimit)
    }

    @Test func anyMutationIsSurvived() throws {
        let letter = try SampleDocuments.bytes("letter.ps")
        var noise = SplitMix(seed: 3)
        for _ in 0..<500 {
            var bytes = letter
            for _ in 0..<10 { bytes[noise.below(bytes.count)] = UInt8(noise.below(256)) }
            #expect(walk(pieces: noise.cut(bytes, longest: 500)) == walk(pieces: [bytes]))
        }
    }
}
