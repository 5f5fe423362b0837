// SPDX-License-Identifier: Apache-2.0

/// What a simulated printer knows about one job in the end.
package struct SimPrintedJob: Equatable, Sendable {
    package var connection: Int
    /// From PJL JOB; empty for a document without PJL.
    package var name = ""
    /// From the first SET USERNAME and SET JOBNAME.
    package var user = ""
    package var title = ""
    /// From the first ENTER LANGUAGE; empty when the printer had to find out.
    package var language = ""
    /// How the printer was told to print: the last SET of each before the document, as `RENDERMODE` → `GRAYSCALE`.
    package var modes: [String: String] = [:]
    /// Exactly what was between the job's header and its end, PJL of the document's own included.
    package var document: [UInt8] = []
    /// Also counts what lay beyond ``SimPrinter/documentLimit``.
    package var byteCount = 0
    /// Lower-case hexadecimal.
    package var sha256 = ""
    /// That came out.
    package var pages = 0
    /// Ended by EOJ; otherwise by the end of the connection.
    package var isWhole = false

    package init(connection: Int) { self.connection = connection }
}

/// A job while it is received: the document and the PJL regions of which it is not yet known whether they belong to it.
struct SimIncomingJob: Sendable {
    private(set) var job: SimPrintedJob
    private var hasDocument = false
    private var regions: [[UInt8]] = []

    init(connection: Int) { job = SimPrintedJob(connection: connection) }

    mutating func exit() {
        if hasDocument { regions.append(Array("\u{1B}%-12345X".utf8)) }
    }

    mutating func document(_ bytes: [UInt8]) {
        for region in regions { append(region) }
        regions = []
        hasDocument = true
        append(bytes)
    }

    mutating func command(_ line: [UInt8], _ text: String) {
        if !regions.isEmpty { regions[regions.count - 1] += line }
        if text.hasPrefix("@PJL ENTER LANGUAGE") {
            // The document's first byte follows, even if that is the escape of another exit.
            hasDocument = true
            if job.language.isEmpty { job.language = text.valueAfterEquals }
        }
        note(modeOf: text)
        if text.hasPrefix("@PJL JOB"), job.name.isEmpty { job.name = text.quoted }
        if text.hasPrefix("@PJL SET USERNAME"), job.user.isEmpty { job.user = text.quoted }
        if text.hasPrefix("@PJL SET JOBNAME"), job.title.isEmpty { job.title = text.quoted }
    }

    /// One that stands within the document is obeyed, too.
    private mutating func note(modeOf text: String) {
        let words = text.split { $0 == " " || $0 == "=" || $0 == "\t" }.map { $0.uppercased() }
        guard words.count == 4, words[1] == "SET", ["RENDERMODE", "DUPLEX", "BINDING"].contains(words[2]) else {
            return
        }
        job.modes[words[2]] = words[3]
    }

    /// - Parameter byCommand: EOJ came in the last region, which therefore is not the document's.
    mutating func end(byCommand: Bool) -> SimPrintedJob {
        for region in byCommand ? regions.dropLast() : regions[...] { append(region) }
        regions = []
        job.isWhole = byCommand
        return job
    }

    private mutating func append(_ bytes: [UInt8]) {
        job.byteCount += bytes.count
        job.document += bytes.prefix(max(0, SimPrinter.documentLimit - job.document.count))
    }
}

extension String {
    fileprivate var valueAfterEquals: String {
        split(separator: "=", maxSplits: 1).last?.filter { !$0.isWhitespace } ?? ""
    }

    /// Between the first two quotes.
    fileprivate var quoted: String {
        let parts = split(separator: "\"", omittingEmptySubsequences: false)
        return parts.count > 2 ? String(parts[1]) : ""
    }
}
