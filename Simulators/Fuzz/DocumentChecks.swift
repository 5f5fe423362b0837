// SPDX-License-Identifier: Apache-2.0

import PrintFormats

/// What is found in documents, in what print clients say of them, and in what printers answer.
enum DocumentChecks {
    static func controlFile(_ bytes: [UInt8]) throws(Finding) {
        guard let file = try? LPDControlFile(parsing: bytes) else { return }
        let names =
            [file.host, file.user, file.jobName, file.jobClass, file.title].compactMap { $0 } + file.sourceNames
        for name in names {
            try demand(name.utf8.count <= LPDControlFile.nameLimit, "a name is bounded")
            try demand(name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "a name can be shown")
        }
        try demand(file.documents.count <= LPDControlFile.documentLimit, "a job has few documents")
        try demand(file.sourceNames.count <= LPDControlFile.sourceNameLimit, "a job has few source names")
        try demand(Set(file.documents.map(\.dataFile)).count == file.documents.count, "a data file is named once")
    }

    static func replies(_ input: inout FuzzInput) throws(Finding) {
        let cut = input.byte()
        var whole = PJLReplyParser()
        let expected = whole.feed(Array(input.rest)) + whole.finish()
        var parser = PJLReplyParser()
        let replies = input.pieces(cut).flatMap { parser.feed($0) } + parser.finish()
        try demand(replies == expected, "replies mean the same however they are cut")
        for case .ustatusJob(_, _, let pages?) in replies { try demand(pages >= 0, "no job has fewer than no pages") }
        for case .infoPageCount(let pages) in replies { try demand(pages >= 0, "no printer counts below zero") }
    }

    static func filter(_ input: inout FuzzInput) throws(Finding) {
        let cut = input.byte()
        let document = Array(input.rest)
        let (expected, count) = filtered([document])
        let (output, sameCount) = filtered(input.pieces(cut))
        try demand(output == expected && count == sameCount, "a document is filtered the same however it is cut")
        try demand(expected.count <= document.count, "the filter adds nothing")
        try demand(count > 0 || expected == document, "a document without forbidden commands passes as it came")
        try demand(filtered([expected]).stripped == 0, "what was filtered once has nothing left to take out")
    }

    private static func filtered(_ pieces: [[UInt8]]) -> (output: [UInt8], stripped: Int) {
        var filter = PJLFilter()
        let output = pieces.flatMap { filter.feed($0) } + filter.finish()
        return (output, filter.strippedCount)
    }

    static func raster(_ input: inout FuzzInput) throws(Finding) {
        let cut = input.byte()
        let whole = walkedRaster([Array(input.rest)])
        try demand(walkedRaster(input.pieces(cut)) == whole, "a raster means the same however it is cut")
        guard let result = whole else { return }
        try demand((result.walk.pages ?? 0) <= PWGRasterWalker.pageLimit, "pages are bounded")
        try demand((result.walk.colorPages ?? 0) <= (result.walk.pages ?? 0), "colour pages are pages")
        try demand((1...PWGRasterWalker.copiesLimit).contains(result.copies), "copies are bounded")
    }

    private static func walkedRaster(_ pieces: [[UInt8]]) -> PWGRasterWalker.Result? {
        var walker = PWGRasterWalker()
        do throws(RasterFault) {
            for piece in pieces { try walker.feed(piece) }
            return try walker.finish()
        } catch {
            return nil
        }
    }

    static func comments(_ input: inout FuzzInput) throws(Finding) {
        let cut = input.byte()
        _ = DocumentKind(sniffing: input.rest)
        let result = walkedComments([Array(input.rest)])
        try demand(walkedComments(input.pieces(cut)) == result, "comments mean the same however they are cut")
        try demand((result.walk.pages ?? 0) <= DSCWalker.pageLimit, "pages are bounded")
        for text in [result.title, result.owner].compactMap({ $0 }) {
            try demand(text.utf8.count <= DSCWalker.textLimit, "a text is bounded")
        }
    }

    private static func walkedComments(_ pieces: [[UInt8]]) -> DSCWalker.Result {
        var walker = DSCWalker()
        for piece in pieces { walker.feed(piece) }
        return walker.finish()
    }

    static func report(_ bytes: [UInt8]) throws(Finding) {
        guard let report = try? AnalysisReport(parsing: bytes) else { return }
        // Its title may have been made fit to be shown.
        try demand(
            (try? AnalysisReport(parsing: report.encoded)) == report, "a report that is written out reads back the same"
        )
    }
}
