// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ServerCore

/// Sums of a history, as the store's own reports have them: one row for each user and department, for each department
/// or for each billing code, in the order of the names' bytes. Made from the rows that are shown with them, so that
/// both agree.
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

    let rows: [ReportRow]

    init(_ report: AdminRequest.Report, of history: [ReportRow]) {
        var sums: [Key: ReportRow] = [:]
        for row in history {
            let key = Self.key(report, row)
            var empty = ReportRow(
                user: key.user, department: key.department, releases: 0, monoPages: 0, colorPages: 0, unknownPages: 0,
                amount: Money(minor: 0))
            empty.account = key.account
            sums[key, default: empty].add(row)
        }
        rows = sums.sorted { $0.key.precedes($1.key) }.map(\.value)
    }

    private static func key(_ report: AdminRequest.Report, _ row: ReportRow) -> Key {
        switch report {
        case .departments: Key(user: "", department: row.department, account: nil)
        case .accounts: Key(user: "", department: "", account: row.account ?? "")
        case .users, .history: Key(user: row.user, department: row.department, account: nil)
        }
    }
}

extension ReportRow {
    fileprivate mutating func add(_ other: ReportRow) {
        releases += other.releases
        monoPages += other.monoPages
        colorPages += other.colorPages
        unknownPages += other.unknownPages
        amount = Money(minor: amount.minor + other.amount.minor)
    }
}
