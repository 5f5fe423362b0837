// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a key with the reporting right asks for: since capability `reports`.
package struct ReportQuery: Hashable, Sendable {
    package static let nameLimit = 32
    package static let monthLimit = 7

    package var name: String
    /// `2026-11`, in UTC; empty for all time.
    package var month: String
    /// 0 for the beginning, then what the page before said.
    package var cursor: UInt64

    package init(name: String, month: String, cursor: UInt64) {
        self.name = name
        self.month = month
        self.cursor = cursor
    }
}

/// A part of a report.
package struct ReportPage: Hashable, Sendable {
    package static let rowsLimit = 60_000

    /// CSV (RFC 4180), the first record with the names of the columns.
    package var rows: String
    /// Where the next page begins; `nil` when this was the last one.
    package var next: UInt64?

    package init(rows: String, next: UInt64?) {
        self.rows = rows
        self.next = next
    }
}

extension ReportQuery {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            name: try fields.text(1, "report", limit: Self.nameLimit),
            month: try fields.text(2, "month", limit: Self.monthLimit),
            cursor: try fields.unsigned(3, "cursor", in: Wire.records))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 3)
        fields.text(1, name, limit: Self.nameLimit)
        fields.text(2, month, limit: Self.monthLimit)
        fields.unsigned(3, cursor)
        return fields.bytes
    }
}

extension ReportPage {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            rows: try fields.text(1, "rows", limit: Self.rowsLimit),
            next: try fields.optionalUnsigned(2, "next cursor", in: Wire.records))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 2)
        fields.text(1, rows, limit: Self.rowsLimit)
        fields.optionalUnsigned(2, next)
        return fields.bytes
    }
}
