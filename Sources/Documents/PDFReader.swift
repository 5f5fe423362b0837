// SPDX-License-Identifier: Apache-2.0

import CQpdf
import HostIO
import PrintFormats
import Primitives

/// Page count and title of a PDF through qpdf's C interface. Colour stays unknown: only rendering tells it.
enum PDFReader {
    /// Larger documents are not mapped, so that they fit the address space of the analysis; their count is unknown.
    static let sizeLimit = 256 << 20

    static func report(
        on file: borrowing Descriptor, headerWithin first: ArraySlice<UInt8>
    ) throws(AnalysisFault) -> AnalysisReport {
        // Offsets in the file count from its header, not from a wrapper in front of it.
        let start = first.indices.first { first[$0...].starts(with: "%PDF-".utf8) } ?? 0
        let mapping: FileMapping?
        do throws(SystemFault) {
            mapping = try FileMapping(file, limit: sizeLimit)
        } catch { throw .system(error) }
        guard let mapping else { return AnalysisReport(kind: .pdf) }
        return try read(mapping, from: start)
    }

    /// The mapping is borrowed for the whole call: qpdf reads from it as it goes.
    private static func read(
        _ mapping: borrowing FileMapping, from start: Int
    ) throws(AnalysisFault) -> AnalysisReport {
        let bytes = UnsafeRawBufferPointer(rebasing: mapping.bytes[start...])
        var document = qpdf_init()
        defer { qpdf_cleanup(&document) }
        var logger = qpdflogger_create()
        defer { qpdflogger_cleanup(&logger) }
        qpdflogger_set_info(logger, qpdf_log_dest_discard, nil, nil)
        qpdflogger_set_warn(logger, qpdf_log_dest_discard, nil, nil)
        qpdflogger_set_error(logger, qpdf_log_dest_discard, nil, nil)
        qpdf_set_logger(document, logger)
        qpdf_silence_errors(document)
        qpdf_set_suppress_warnings(document, QPDF_TRUE)
        let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        let code = qpdf_read_memory(document, "document", text, UInt64(bytes.count), nil)
        if code & errorBit != 0 { return try unknownOrFault(document) }
        let pages = Int(qpdf_get_num_pages(document))
        if pages < 0 || qpdf_has_error(document) != QPDF_FALSE { return try unknownOrFault(document) }
        let isPlausible = (1...AnalysisReport.pageLimit).contains(pages)
        return AnalysisReport(
            kind: .pdf, walk: PageWalk(pages: isPlausible ? pages : nil), title: title(document))
    }

    /// A document that only its password opens is readable, for those who have it: its pages are unknown.
    private static func unknownOrFault(_ document: qpdf_data?) throws(AnalysisFault) -> AnalysisReport {
        guard let error = qpdf_get_error(document) else { throw .unreadable("no pages") }
        if qpdf_get_error_code(document, error) == qpdf_e_password { return AnalysisReport(kind: .pdf) }
        let detail = qpdf_get_error_message_detail(document, error).map { String(cString: $0) } ?? ""
        throw .unreadable(detail.displaySafe(limit: 200))
    }

    private static func title(_ document: qpdf_data?) -> String? {
        guard let title = qpdf_get_info_key(document, "/Title") else { return nil }
        let text = String(cString: title)
        return text.isEmpty ? nil : text
    }

    /// `QPDF_ERRORS`, a shift that is not imported.
    private static let errorBit: CInt = 1 << 1
}
