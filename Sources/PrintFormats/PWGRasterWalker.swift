// SPDX-License-Identifier: Apache-2.0

/// Counts the pages of a PWG Raster stream (PWG 5102.4) and those that really hold colour, in pieces of any cut.
///
/// It keeps one page header and no pixels. The header's own TotalPageCount is not asked: most writers leave it 0, and
/// a wrong one would be believed.
package struct PWGRasterWalker: Sendable {
    package static let widthLimit = 200_000
    package static let heightLimit = 2_000_000
    package static let bytesPerLineLimit = 4 << 20
    package static let copiesLimit = 9_999
    package static let pageLimit = 100_000

    package struct Result: Hashable, Sendable {
        package let walk: PageWalk
        /// The most that a page asks for.
        package let copies: Int
        package let isDuplex: Bool

        package init(walk: PageWalk, copies: Int, isDuplex: Bool) {
            self.walk = walk
            self.copies = copies
            self.isDuplex = isDuplex
        }
    }

    private enum State: Sendable {
        case sync(matched: Int)
        case header
        case lineRepeat
        case run
        /// So many octets of one pixel, which stands for `covered` octets of the line.
        case pixels(left: Int)
    }

    private var state = State.sync(matched: 0)
    private var headerBytes: [UInt8] = []
    private var header: PWGRasterHeader?
    private var linesLeft = 0
    private var lineLeft = 0
    private var sampleOffset = 0
    private var firstSample: (UInt8, UInt8) = (0, 0)
    private var pageIsColor = false
    private var pages = 0
    private var colorPages = 0
    private var isColorKnown = true
    private var copies = 1
    private var isDuplex = false

    package init() {}

    package mutating func feed(_ bytes: [UInt8]) throws(RasterFault) {
        var rest = bytes[...]
        while let byte = rest.first {
            switch state {
            case .sync(let matched):
                guard byte == Self.sync[matched] else { throw .badSync }
                state = matched + 1 == Self.sync.count ? .header : .sync(matched: matched + 1)
                rest = rest.dropFirst()
            case .header:
                let part = rest.prefix(PWGRasterHeader.size - headerBytes.count)
                headerBytes += part
                rest = rest.dropFirst(part.count)
                if headerBytes.count == PWGRasterHeader.size { try beginPage() }
            case .lineRepeat:
                try beginLine(repeats: Int(byte) + 1)
                rest = rest.dropFirst()
            case .run:
                try beginRun(byte)
                rest = rest.dropFirst()
            case .pixels(let left):
                let part = rest.prefix(left)
                if !pageIsColor { look(at: part) }
                rest = rest.dropFirst(part.count)
                state = .pixels(left: left - part.count)
                if left == part.count { endRun() }
            }
        }
    }

    /// At the end of the document: it must end with a page.
    package func finish() throws(RasterFault) -> Result {
        guard case .header = state, headerBytes.isEmpty, pages > 0 else { throw .shortData(page: pages + 1) }
        return Result(
            walk: PageWalk(pages: pages, colorPages: isColorKnown ? colorPages : nil), copies: copies,
            isDuplex: isDuplex)
    }

    private mutating func beginPage() throws(RasterFault) {
        guard pages < Self.pageLimit else {
            throw .overLimit(field: "pages", value: pages + 1, limit: Self.pageLimit, page: pages + 1)
        }
        let header = try PWGRasterHeader(headerBytes, page: pages + 1)
        headerBytes = []
        copies = max(copies, header.copies)
        isDuplex = isDuplex || header.isDuplex
        if case .unknown = header.colorTest { isColorKnown = false }
        linesLeft = header.height
        pageIsColor = false
        self.header = header
        state = .lineRepeat
    }

    private mutating func beginLine(repeats: Int) throws(RasterFault) {
        guard repeats <= linesLeft else { throw .overrun(page: pages + 1) }
        linesLeft -= repeats
        lineLeft = current.bytesPerLine
        state = .run
    }

    /// c < 128: one pixel, c + 1 times. c > 128: 257 - c pixels. 128: the rest of the line is blank, as in Apple's
    /// raster, which CUPS reads here too.
    private mutating func beginRun(_ code: UInt8) throws(RasterFault) {
        let unit = current.unit
        sampleOffset = 0
        if code == 128 {
            lineLeft = 0
            endRun()
            return
        }
        let covered = (code < 128 ? Int(code) + 1 : 257 - Int(code)) * unit
        guard covered <= lineLeft else { throw .overrun(page: pages + 1) }
        lineLeft -= covered
        state = .pixels(left: code < 128 ? unit : covered)
    }

    private mutating func endRun() {
        guard lineLeft == 0 else {
            state = .run
            return
        }
        guard linesLeft == 0 else {
            state = .lineRepeat
            return
        }
        pages += 1
        if pageIsColor { colorPages += 1 }
        state = .header
    }

    private mutating func look(at bytes: ArraySlice<UInt8>) {
        let header = current
        switch header.colorTest {
        case .none, .unknown: return
        case .rgb:
            for byte in bytes {
                let isSecondOctet = header.sampleBytes == 2 && !sampleOffset.isMultiple(of: 2)
                if sampleOffset < header.sampleBytes {
                    if isSecondOctet { firstSample.1 = byte } else { firstSample.0 = byte }
                } else if byte != (isSecondOctet ? firstSample.1 : firstSample.0) {
                    pageIsColor = true
                }
                step(header.unit)
            }
        case .cmyk:
            for byte in bytes {
                if byte != 0, sampleOffset < 3 * header.sampleBytes { pageIsColor = true }
                step(header.unit)
            }
        }
    }

    private mutating func step(_ unit: Int) {
        sampleOffset += 1
        if sampleOffset == unit { sampleOffset = 0 }
    }

    private var current: PWGRasterHeader {
        guard let header else { preconditionFailure("pixels come after a header") }
        return header
    }

    private static let sync = Array("RaS2".utf8)
}
