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
    /// The report that is made of this one, as a person asked for it; `nil` for this one itself.
    package var shownAs: String?

    package init(name: String, month: String, cursor: UInt64, shownAs: String? = nil) {
        self.name = name
        self.month = month
        self.cursor = cursor
        self.shownAs = shownAs
    }
}

/// A part of a report.
package struct ReportPage: Hashable, Sendable {
    package static let rowsLimit = 60_000

    /// CSV (RFC 4180), the first record with the names of the columns.
    package var rows: String
    /// Where the next page begins; `nil` when this was the last one.
    package var next: UInt64?
    /// What amounts are in, also where there are no rows; the first versions do not say.
    package var money: Money?

    package struct Money: Hashable, Sendable {
        package static let currencyLimit = 16
        package static let scales: ClosedRange<UInt64> = 0...18

        package var currency: String
        /// Digits after the point.
        package var scale: Int

        package init(currency: String, scale: Int) { (self.currency, self.scale) = (currency, scale) }
    }

    package init(rows: String, next: UInt64?, money: Money? = nil) {
        self.rows = rows
        self.next = next
        self.money = money
    }
}

extension ReportQuery {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            name: try fields.text(1, "report", limit: Self.nameLimit),
            month: try fields.text(2, "month", limit: Self.monthLimit),
            cursor: try fields.unsigned(3, "cursor", in: Wire.records),
            shownAs: try fields.has(4) ? try fields.text(4, "shown as", limit: Self.nameLimit) : nil)
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: shownAs == nil ? 3 : 4)
        fields.text(1, name, limit: Self.nameLimit)
        fields.text(2, month, limit: Self.monthLimit)
        fields.unsigned(3, cursor)
        if let shownAs { fields.text(4, shownAs, limit: Self.nameLimit) }
        return fields.bytes
    }
}

extension ReportPage {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            rows: try fields.text(1, "rows", limit: Self.rowsLimit),
            next: try fields.optionalUnsigned(2, "next cursor", in: Wire.records))
        guard try fields.has(3) else { return }
        money = Money(
            currency: try fields.text(3, "currency", limit: Money.currencyLimit),
            scale: Int(try fields.unsigned(4, "scale", in: Money.scales)))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: money == nil ? 2 : 4)
        fields.text(1, rows, limit: Self.rowsLimit)
        fields.optionalUnsigned(2, next)
        if let money {
            fields.text(3, money.currency, limit: Money.currencyLimit)
            fields.unsigned(4, UInt64(money.scale))
        }
        return fields.bytes
    }
}
