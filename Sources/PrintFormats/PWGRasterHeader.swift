// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Why a raster stream was not walked to its end. `page` counts from 1.
package enum RasterFault: Error, Hashable, Sendable {
    case badSync
    case badHeader(field: String, page: Int)
    case overLimit(field: String, value: Int, limit: Int, page: Int)
    /// A run reaches past the end of its line, or a line repeat past the end of its page.
    case overrun(page: Int)
    case shortData(page: Int)
}

extension RasterFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badSync: "no PWG raster"
        case .badHeader(let field, let page): "page \(page): bad \(field)"
        case .overLimit(let field, let value, let limit, let page): "page \(page): \(field) \(value), limit \(limit)"
        case .overrun(let page): "page \(page): more pixels than the header says"
        case .shortData(let page): "page \(page): cut short"
        }
    }
}

/// The fields of a page header that counting needs (PWG 5102.4 section 4.3; the layout of `cups_page_header2_t`).
struct PWGRasterHeader: Sendable {
    static let size = 1796

    /// How to tell a coloured pixel from its octets.
    enum ColorTest: Sendable {
        /// No pixel can be coloured.
        case none
        /// Coloured when the three samples differ.
        case rgb
        /// Coloured when one of the first three samples is not zero.
        case cmyk
        /// Not known for this colour space.
        case unknown
    }

    let height: Int
    let bytesPerLine: Int
    /// Octets of one pixel in the line coding; 1 for pixels smaller than an octet.
    let unit: Int
    let sampleBytes: Int
    let copies: Int
    let isDuplex: Bool
    let colorTest: ColorTest

    init(_ bytes: [UInt8], page: Int) throws(RasterFault) {
        precondition(bytes.count == Self.size, "a header is read whole")
        func field(_ offset: Int) -> Int { bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
        func bounded(_ offset: Int, _ name: String, _ limit: Int) throws(RasterFault) -> Int {
            let value = field(offset)
            guard value > 0 else { throw .badHeader(field: name, page: page) }
            guard value <= limit else { throw .overLimit(field: name, value: value, limit: limit, page: page) }
            return value
        }
        let width = try bounded(372, "Width", PWGRasterWalker.widthLimit)
        height = try bounded(376, "Height", PWGRasterWalker.heightLimit)
        let bitsPerColor = try bounded(384, "BitsPerColor", 16)
        let bitsPerPixel = try bounded(388, "BitsPerPixel", 240)
        bytesPerLine = try bounded(392, "BytesPerLine", PWGRasterWalker.bytesPerLineLimit)
        guard bytesPerLine == (width * bitsPerPixel + 7) / 8 else {
            throw .badHeader(field: "BytesPerLine", page: page)
        }
        guard bitsPerPixel < 8 || bitsPerPixel.isMultiple(of: 8) else {
            throw .badHeader(field: "BitsPerPixel", page: page)
        }
        guard field(396) == 0 else { throw .badHeader(field: "ColorOrder", page: page) }
        unit = max(1, bitsPerPixel / 8)
        sampleBytes = max(1, bitsPerColor / 8)
        copies = max(1, field(340))
        guard copies <= PWGRasterWalker.copiesLimit else {
            throw .overLimit(field: "NumCopies", value: copies, limit: PWGRasterWalker.copiesLimit, page: page)
        }
        isDuplex = field(272) != 0
        colorTest = Self.test(colorSpace: field(400), bitsPerColor: bitsPerColor, bitsPerPixel: bitsPerPixel)
    }

    /// The colour space says what a page may hold; whether it does, only its pixels say.
    private static func test(colorSpace: Int, bitsPerColor: Int, bitsPerPixel: Int) -> ColorTest {
        let isWhole = bitsPerColor == 8 || bitsPerColor == 16
        switch colorSpace {
        case 0, 3, 18: return .none
        case 1, 19, 20: return isWhole && bitsPerPixel == 3 * bitsPerColor ? .rgb : .unknown
        case 6: return isWhole && bitsPerPixel == 4 * bitsPerColor ? .cmyk : .unknown
        default: return .unknown
        }
    }
}
