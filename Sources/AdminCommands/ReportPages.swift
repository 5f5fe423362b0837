// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops

/// A report, fetched page by page, so that neither server nor connection ever holds all of it.
struct ReportPages {
    /// The page of a report behind a cursor, 0 for the first one.
    let page: (ReportKind, _ cursor: UInt64) throws(OperatorError) -> ReportAnswer

    /// - Parameter hasReleases: the sums with the releases that they sum up.
    func fetch(_ kind: ReportKind, hasReleases: Bool) throws(OperatorError) -> ReportAnswer {
        guard hasReleases else { return try all(kind) }
        let history = try all(.history)
        return ReportAnswer(
            currency: history.currency, scale: history.scale, rows: ReportSums(kind, of: history.rows).rows,
            releases: history.rows)
    }

    private func all(_ kind: ReportKind) throws(OperatorError) -> ReportAnswer {
        let first = try page(kind, 0)
        var (page, rows) = (first, first.rows)
        while let next = page.next {
            page = try self.page(kind, next)
            guard page.next.map({ $0 > next }) ?? true else { throw Self.endless }
            rows += page.rows
        }
        return ReportAnswer(currency: first.currency, scale: first.scale, rows: rows)
    }

    static let endless = OperatorError(
        .internalFault, "the server's pages have no end", remedy: "Is the server of this version?")
}

/// Sums of a history: one row for each user and department, for each department or for each billing code, in the order
/// of the names' bytes.
/// Made from the rows that are shown with them, so that both agree.
struct ReportSums {
    private struct Key: Hashable {
        let user: String
        let department: String
        let account: String?

        func precedes(_ other: Key) -> Bool {
            if !user.utf8.elementsEqual(other.user.utf8) {
                return user.utf8.lexicographicallyPrecedes(other.user.utf8)
            }
            if department != other.department {
                return department.utf8.lexicographicallyPrecedes(other.department.utf8)
            }
            return (account ?? "").utf8.lexicographicallyPrecedes((other.account ?? "").utf8)
        }
    }

    let rows: [ReportAnswer.Row]

    init(_ kind: ReportKind, of history: [ReportAnswer.Row]) {
        var sums: [Key: ReportAnswer.Row] = [:]
        for row in history {
            let key = Self.key(kind, row)
            var empty = ReportAnswer.Row()
            (empty.user, empty.department, empty.account) = (key.user, key.department, key.account)
            sums[key, default: empty].add(row)
        }
        rows = sums.sorted { $0.key.precedes($1.key) }.map(\.value)
    }

    private static func key(_ kind: ReportKind, _ row: ReportAnswer.Row) -> Key {
        switch kind {
        case .departments: Key(user: "", department: row.department, account: nil)
        case .accounts: Key(user: "", department: "", account: row.account ?? "")
        case .users, .history: Key(user: row.user, department: row.department, account: nil)
        }
    }
}

extension ReportAnswer.Row {
    fileprivate mutating func add(_ other: Self) {
        releases += other.releases
        monoPages += other.monoPages
        colorPages += other.colorPages
        unknownPages += other.unknownPages
        amount += other.amount
    }
}
