// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import SimRandom
import Testing
import TestKit

@Suite struct PWGRasterWalkerTests {
    typealias Result = PWGRasterWalker.Result

    static func header(_ fields: [Int: Int] = [:]) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 1796)
        let normal = [372: 4, 376: 2, 384: 8, 388: 24, 392: 12, 400: 19, 420: 3]
        for (offset, value) in normal.merging(fields, uniquingKeysWith: { $1 }) {
            for index in 0..<4 { header[offset + index] = UInt8(value >> (24 - 8 * index) & 0xFF) }
        }
        return header
    }

    static func page(_ fields: [Int: Int] = [:], lines: [UInt8]) -> [UInt8] { header(fields) + lines }

    static let gray: [UInt8] = [1, 3, 9, 9, 9]
    static let colored: [UInt8] = [1, 1, 9, 9, 9, 255, 7, 7, 7, 7, 7, 8]

    private func walk(_ pages: [UInt8]...) throws -> Result { try walk(pieces: [Array("RaS2".utf8)] + pages) }

    private func walk(pieces: [[UInt8]]) throws -> Result {
        var walker = PWGRasterWalker()
        for piece in pieces { try walker.feed(piece) }
        return try walker.finish()
    }

    private func fault(_ pieces: [[UInt8]]) -> RasterFault? {
        do {
            _ = try walk(pieces: pieces)
            return nil
        } catch { return error as? RasterFault }
    }

    @Test func countsPagesAndThoseThatHoldColour() throws {
        let result = try walk(Self.page(lines: Self.gray), Self.page(lines: Self.colored))
        #expect(result == Result(walk: PageWalk(pages: 2, colorPages: 1), copies: 1, isDuplex: false))
    }

    @Test func thePosterCountsAsItsManifestSays() throws {
        let row = try #require(try SampleDocuments.manifest()["poster.pwg"])
        let bytes = try SampleDocuments.bytes("poster.pwg")
        let wanted = PageWalk(pages: row.pages, colorPages: row.colorPages)
        #expect(try walk(pieces: [bytes]).walk == wanted)
        #expect(try walk(pieces: bytes.map { [$0] }).walk == wanted)
        var noise = SplitMix(seed: 5102)
        for _ in 0..<10 { #expect(try walk(pieces: noise.cut(bytes, longest: 2000)).walk == wanted) }
    }

    @Test func copiesAndSidesComeFromTheHeader() throws {
        let result = try walk(Self.page([340: 7, 272: 1], lines: Self.gray))
        #expect(result == Result(walk: PageWalk(pages: 1, colorPages: 0), copies: 7, isDuplex: true))
    }

    @Test func theHeadersOwnPageCountIsNotBelieved() throws {
        #expect(try walk(Self.page([452: 9], lines: Self.gray)).walk.pages == 1)
    }

    @Test func deepColourIsComparedSampleBySample() throws {
        let fields = [384: 16, 388: 48, 392: 24]
        #expect(try walk(Self.page(fields, lines: [1, 3, 1, 2, 1, 2, 1, 2])).walk.colorPages == 0)
        #expect(try walk(Self.page(fields, lines: [1, 3, 1, 2, 1, 2, 1, 3])).walk.colorPages == 1)
    }

    @Test func otherColourSpaces() throws {
        let oneBit = [372: 16, 384: 1, 388: 1, 392: 2, 400: 3, 420: 1]
        #expect(try walk(Self.page(oneBit, lines: [1, 1, 0xAA])).walk == PageWalk(pages: 1, colorPages: 0))
        let cmyk = [388: 32, 392: 16, 400: 6, 420: 4]
        #expect(try walk(Self.page(cmyk, lines: [1, 3, 0, 0, 0, 9])).walk.colorPages == 0)
        #expect(try walk(Self.page(cmyk, lines: [1, 3, 0, 1, 0, 9])).walk.colorPages == 1)
        #expect(try walk(Self.page([400: 48], lines: Self.gray)).walk == PageWalk(pages: 1, colorPages: nil))
    }

    @Test func aBlankRestOfALineIsTaken() throws {
        #expect(try walk(Self.page(lines: [1, 0, 9, 9, 9, 128])).walk == PageWalk(pages: 1, colorPages: 0))
    }

    @Test(
        arguments: [
            ([372: 0], RasterFault.badHeader(field: "Width", page: 1)),
            ([376: 0], .badHeader(field: "Height", page: 1)),
            ([392: 13], .badHeader(field: "BytesPerLine", page: 1)),
            ([388: 12], .badHeader(field: "BytesPerLine", page: 1)),
            ([388: 12, 392: 6], .badHeader(field: "BitsPerPixel", page: 1)),
            ([396: 1], .badHeader(field: "ColorOrder", page: 1)),
            ([372: 200_001], .overLimit(field: "Width", value: 200_001, limit: 200_000, page: 1)),
            ([376: 2_000_001], .overLimit(field: "Height", value: 2_000_001, limit: 2_000_000, page: 1)),
            ([392: 4 << 20 | 1], .overLimit(field: "BytesPerLine", value: 4 << 20 | 1, limit: 4 << 20, page: 1)),
            ([384: 17], .overLimit(field: "BitsPerColor", value: 17, limit: 16, page: 1)),
            ([340: 10_000], .overLimit(field: "NumCopies", value: 10_000, limit: 9_999, page: 1)),
        ] as [([Int: Int], RasterFault)])
    func badHeadersAreNamed(fields: [Int: Int], wanted: RasterFault) {
        #expect(fault([Array("RaS2".utf8), Self.page(fields, lines: Self.gray)]) == wanted)
    }

    @Test func limitsThemselvesAreAllowed() throws {
        let fields = [372: 200_000, 392: 600_000, 340: 9_999]
        let runs: [UInt8] = Array(repeatElement([127, 5, 5, 5], count: 1562).joined()) + [63, 5, 5, 5]
        #expect(try walk(Self.page(fields, lines: [1] + runs)).copies == 9_999)
    }

    @Test func runsPastTheLineAndLinesPastThePageAreFaults() {
        let sync = Array("RaS2".utf8)
        #expect(fault([sync, Self.page(lines: [0, 4, 9, 9, 9])]) == .overrun(page: 1))
        #expect(fault([sync, Self.page(lines: [0, 252, 9])]) == .overrun(page: 1))
        #expect(fault([sync, Self.page(lines: [2, 3, 9, 9, 9])]) == .overrun(page: 1))
        #expect(fault([sync, Self.page(lines: Self.gray), Self.page(lines: [2])]) == .overrun(page: 2))
    }

    @Test func everyShortStreamIsAFault() throws {
        let stream = Array("RaS2".utf8) + Self.page(lines: Self.gray) + Self.page(lines: Self.colored)
        let firstPage = 4 + 1796 + Self.gray.count
        for cut in 0..<stream.count where cut != firstPage {
            #expect(fault([Array(stream.prefix(cut))]) == .shortData(page: cut < firstPage ? 1 : 2))
        }
        #expect(try walk(pieces: [Array(stream.prefix(firstPage))]).walk.pages == 1)
    }

    @Test func anotherSyncWordIsRefused() {
        for word in ["RaS3", "2SaR", "%PDF", "RaSt"] { #expect(fault([Array(word.utf8)]) == .badSync) }
    }

    @Test func anyMutationIsCountedOrAFault() {
        let stream = Array("RaS2".utf8) + Self.page(lines: Self.gray) + Self.page(lines: Self.colored)
        var noise = SplitMix(seed: 1796)
        for _ in 0..<3000 {
            var bytes = stream
            for _ in 0...noise.below(4) { bytes[noise.below(bytes.count)] = UInt8(noise.below(256)) }
            let pieces = noise.cut(bytes, longest: 700)
            #expect(fault(pieces) == fault([bytes]))
        }
    }
}
