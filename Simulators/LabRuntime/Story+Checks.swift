// SPDX-License-Identifier: Apache-2.0

/// What one line of the ledger must say.
struct LedgerLine: Hashable {
    let user: String
    let department: String
    let document: SampleDocument
}

extension Story {
    /// The server holds so many documents of each of these people.
    func expectHeld(_ wanted: [String: Int]) throws(LabFault) {
        let rows = try site.administrator.rows(["jobs"]).filter { $0["state"]?.string == "held" }
        for (user, count) in wanted.sorted(by: { $0.key < $1.key }) {
            let held = rows.count { $0["owner"]?.string == user }
            try check(held == count, expected: "\(count) held of \(user)", seen: "\(held) held")
        }
    }

    func expectNothingPrinted(beyond count: Int) throws(LabFault) {
        let facts = try facts()
        try check(
            facts.connections == count && facts.jobs == count, expected: "nothing new at the printer",
            seen: "\(facts.connections) connections and \(facts.jobs) documents instead of \(count)")
    }

    /// Exactly these documents come out next, as they were sent, with the pages that their list fixes.
    func expectPrinted(_ documents: [SampleDocument], after count: Int, at reader: String) throws(LabFault) {
        try expectSoon(
            "\(documents.count) documents at the printer", seen: { "\(self.site.printed.count - count) documents" },
            until: { site.printed.count >= count + documents.count }
        )
        try awaitPrinted(at: reader)
        let fresh = site.printed[count...]
        try check(
            fresh.count == documents.count, expected: "\(documents.count) documents and no more",
            seen: "\(fresh.count) documents")
        for document in documents {
            guard let printed = fresh.first(where: { $0.sha256 == document.sha256 }) else {
                try check(
                    false, expected: "\(document.name) with SHA-256 \(document.sha256)",
                    seen: fresh.map { "\($0.bytes) bytes with \($0.sha256)" }.joined(separator: ", "))
                continue
            }
            try check(
                printed.pages == document.pages && printed.isWhole, expected: "\(document.pages) whole pages",
                seen: "\(printed.pages) pages, \(printed.isWhole ? "whole" : "cut off")")
            seen(StoryPage.printed(document, printed))
        }
    }

    /// The ledger has exactly these entries; its pages are those that the printer counted.
    func expectLedger(_ lines: [LedgerLine]) throws(LabFault) {
        var rest = try site.administrator.rows(["report", "history"])
        let found = rest.map(Self.words).joined(separator: "; ")
        try check(rest.count == lines.count, expected: "\(lines.count) entries in the ledger", seen: found)
        for line in lines {
            let index = rest.firstIndex { row in
                row["user"]?.string == line.user && row["department"]?.string == line.department
                    && Self.pages(row) == line.document.pages && row["printer"]?.string == SiteSettings.printer
            }
            try check(
                index != nil,
                expected: "\(line.user) of \(line.department), \(line.document.pages) pages of "
                    + "\(line.document.name)", seen: found)
            if let index { try checkColor(of: rest.remove(at: index), line.document) }
        }
        let ledger = try site.administrator.rows(["report", "users", "--summary"]).map(Self.pages).reduce(0, +)
        let counted = try facts()
        try check(
            ledger == counted.pages && counted.jobs == lines.count && counted.violations.isEmpty,
            expected: "\(counted.pages) pages in the ledger, as the printer counted, and no violation of its protocol",
            seen: "\(ledger) pages; \(counted.violations)")
        seen("Pages in the ledger: \(ledger). Pages that the printer counted: \(counted.pages).")
    }

    /// The raster format says which pages are in colour, so nothing may be unknown of it.
    private func checkColor(of row: JSONValue, _ document: SampleDocument) throws(LabFault) {
        guard document.name.hasSuffix(".pwg") else { return }
        try check(
            row["colorPages"]?.integer == document.colorPages && row["unknownPages"]?.integer == 0,
            expected: "\(document.colorPages) colour pages of \(document.name)", seen: Self.words(row))
    }

    private static func pages(_ row: JSONValue) -> Int {
        ["monoPages", "colorPages", "unknownPages"].compactMap { row[$0]?.integer }.reduce(0, +)
    }

    private static func words(_ row: JSONValue) -> String {
        let colors = ["mono", "color", "unknown"].map { "\($0) \(row["\($0)Pages"]?.integer ?? 0)" }
        return "\(row["user"]?.string ?? "?") of \(row["department"]?.string ?? "?"): \(colors.joined(separator: ", "))"
    }
}
