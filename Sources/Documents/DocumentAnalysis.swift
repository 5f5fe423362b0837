// SPDX-License-Identifier: Apache-2.0

package import HostIO
package import PrintFormats

/// Why a document has no report. The document's fault, or the system's; a count that is not known is no fault.
package enum AnalysisFault: Error, Hashable, Sendable {
    case empty
    case unreadable(String)
    case system(SystemFault)
}

extension AnalysisFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the document is empty"
        case .unreadable(let reason): "the document cannot be read: \(reason)"
        case .system(let fault): fault.description
        }
    }
}

/// Looks at one document: what it is, and how many pages and colour pages it has, where that can be known without
/// rendering it. PDF goes through qpdf, PWG raster and PostScript through our own walkers, anything else is unknown.
///
/// The document is a stranger's. Call it in a process of its own, after `Confinement.enter`.
package enum DocumentAnalysis {
    package static let pieceSize = 64 * 1024

    /// Reads the open file from its start.
    package static func report(on file: borrowing Descriptor) throws(AnalysisFault) -> AnalysisReport {
        try seek(file, to: 0)
        let first = try start(of: file)
        guard !first.isEmpty else { throw .empty }
        let kind = DocumentKind(sniffing: first)
        let wrapper = DocumentKind.wrapperLength(first)
        switch kind {
        case .pdf: return try PDFReader.report(on: file, headerWithin: first[wrapper...])
        case .postScript:
            try seek(file, to: wrapper)
            var walker = DSCWalker()
            try eachPiece(of: file) { walker.feed($0) }
            let result = walker.finish()
            return AnalysisReport(kind: kind, walk: result.walk, title: result.title)
        case .pwgRaster:
            try seek(file, to: wrapper)
            return try raster(file)
        case .urf, .pcl5, .pclXL, .text, .unknown: return AnalysisReport(kind: kind)
        }
    }

    private static func raster(_ file: borrowing Descriptor) throws(AnalysisFault) -> AnalysisReport {
        var walker = PWGRasterWalker()
        try eachPiece(of: file) { (piece) throws(AnalysisFault) in
            do throws(RasterFault) {
                try walker.feed(piece)
            } catch { throw .unreadable(error.description) }
        }
        do throws(RasterFault) {
            let result = try walker.finish()
            return AnalysisReport(kind: .pwgRaster, walk: result.walk, copies: result.copies)
        } catch { throw .unreadable(error.description) }
    }

    /// Enough to sniff; a short read is not the end of the file.
    private static func start(of file: borrowing Descriptor) throws(AnalysisFault) -> [UInt8] {
        var first: [UInt8] = []
        while first.count < DocumentKind.sniffLength {
            let piece = try read(file, limit: DocumentKind.sniffLength - first.count)
            if piece.isEmpty { break }
            first += piece
        }
        return first
    }

    private static func eachPiece(
        of file: borrowing Descriptor, _ body: ([UInt8]) throws(AnalysisFault) -> Void
    ) throws(AnalysisFault) {
        while true {
            let piece = try read(file, limit: pieceSize)
            if piece.isEmpty { return }
            try body(piece)
        }
    }

    private static func read(_ file: borrowing Descriptor, limit: Int) throws(AnalysisFault) -> [UInt8] {
        do throws(SystemFault) {
            return try file.read(limit: limit) ?? []
        } catch { throw .system(error) }
    }

    private static func seek(_ file: borrowing Descriptor, to offset: Int) throws(AnalysisFault) {
        do throws(SystemFault) {
            try FileMapping.seek(file, to: offset)
        } catch { throw .system(error) }
    }
}
