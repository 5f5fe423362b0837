// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What the analysis of one document found, as `lanyard-analyze` writes it for the server: a CBOR map of
/// 1 kind, 2 pages, 3 colour pages, 4 copies, 5 title; what is unknown is left out.
///
/// The server parses it as bytes from outside, because a hostile document may have taken the analysis over.
package struct AnalysisReport: Hashable, Sendable {
    /// Octets of an encoded report.
    package static let sizeLimit = 2048
    package static let pageLimit = 10_000_000
    package static let copiesLimit = 9_999
    package static let titleLimit = 255

    package let kind: DocumentKind
    package let walk: PageWalk
    /// Asked for by the document itself; 1 when it does not say.
    package let copies: Int
    package let title: String?

    package init(kind: DocumentKind, walk: PageWalk = .unknown, copies: Int = 1, title: String? = nil) {
        self.kind = kind
        self.walk = walk
        self.copies = copies
        self.title = title.map { $0.displaySafe(limit: Self.titleLimit) }
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter()
        let optional = [walk.pages != nil, walk.colorPages != nil, title != nil].filter { $0 }.count
        writer.map(count: 2 + optional)
        writer.unsigned(1)
        writer.text(kind.rawValue)
        for (key, count) in [(2, walk.pages), (3, walk.colorPages), (4, copies)] {
            guard let count else { continue }
            writer.unsigned(UInt64(key))
            writer.unsigned(UInt64(count))
        }
        if let title {
            writer.unsigned(5)
            writer.text(title)
        }
        return writer.bytes
    }

    package init(parsing bytes: [UInt8]) throws(WireFault) {
        guard bytes.count <= Self.sizeLimit else { throw .tooLong(length: bytes.count, limit: Self.sizeLimit) }
        var reader = CBORReader(bytes[...])
        var kind: DocumentKind?
        var walk = PageWalk()
        var copies = 1
        var title: String?
        try reader.map("report") { (key, reader) throws(WireFault) in
            switch key {
            case 1: kind = DocumentKind(rawValue: try reader.text("kind", limit: 32))
            case 2: walk.pages = try Self.count(&reader, "pages", Self.pageLimit)
            case 3: walk.colorPages = try Self.count(&reader, "color pages", Self.pageLimit)
            case 4: copies = try Self.count(&reader, "copies", Self.copiesLimit)
            case 5: title = try reader.text("title", limit: Self.titleLimit * 4)
            default: try reader.skip()
            }
        }
        try reader.expectEnd()
        guard let kind else { throw .badValue(field: "kind") }
        guard copies > 0 else { throw .badValue(field: "copies") }
        if let pages = walk.pages, let colorPages = walk.colorPages, colorPages > pages {
            throw .badValue(field: "color pages")
        }
        self.init(kind: kind, walk: walk, copies: copies, title: title)
    }

    private static func count(
        _ reader: inout CBORReader, _ field: String, _ limit: Int
    ) throws(WireFault) -> Int {
        let value = try reader.unsigned(field)
        guard value <= UInt64(limit) else { throw .tooLong(length: Int(clamping: value), limit: limit) }
        return Int(value)
    }
}
