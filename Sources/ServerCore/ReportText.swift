// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

/// Rows of a report as they travel on the release port.
package enum ReportText {
    package static let columns = [
        "user", "department", "title", "printer", "at", "releases", "mono_pages", "color_pages", "unknown_pages",
        "amount",
        "currency", "scale", "billing_code", "late_since",
    ]

    /// As many rows as fit one page.
    /// - Parameter isFull: there may be more rows behind these.
    /// - Returns: where to go on; `nil` when all rows are there.
    package static func page(
        _ rows: [(number: UInt64, row: ReportRow)], isFull: Bool, currency: String, scale: Int
    ) -> (text: String, next: UInt64?) {
        var text = CSVText.record(columns)
        var last: UInt64?
        for (number, row) in rows {
            let record = CSVText.record(fields(row, currency, scale))
            guard text.utf8.count + record.utf8.count <= ReportPage.rowsLimit else { return (text, last) }
            text += record
            last = number
        }
        return (text, isFull ? last : nil)
    }

    private static func fields(_ row: ReportRow, _ currency: String, _ scale: Int) -> [String] {
        let counts = [row.releases, row.monoPages, row.colorPages, row.unknownPages].map { "\($0)" }
        let texts = [
            row.user, row.department, row.title ?? "", row.printer ?? "", row.at.map { "\($0.milliseconds)" } ?? "",
        ]
        return texts + counts + ["\(row.amount.minor)", currency, "\(scale)", row.account ?? ""] + [
            row.lateSince.map { "\($0.milliseconds)" } ?? ""
        ]
    }
}
