// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives

/// A line of the ledger that was written.
struct BookedLine {
    let number: Int64
    let entry: LedgerEntry
}

/// What makes good a line that was booked in error.
extension StoreCore {
    /// One line of the difference, for the same user, department, billing code and printer and in the same money. Where
    /// another billing code was chosen, or money was changed and pages are added, the line is taken back whole and
    /// written anew.
    /// - Returns: the lines, which have no release and no time yet; `nil` when an amount does not fit.
    func corrections(
        of line: BookedLine, pages: Int, account: AccountID?
    ) throws(StoreFault) -> [LedgerEntry]? {
        guard let facts = try facts(of: line.entry.release) else { return nil }
        let (booked, tariff) = (line.entry, settings.tariff)
        let isOurMoney = booked.currency == tariff.currency && booked.scale == tariff.scale
        let isMoved = account != nil && account != booked.account && pages > 0
        do throws(ChargeFault) {
            let difference = try ChargeRule.correction(
                of: booked.charge, pages: pages, analysis: facts.count, tariff: tariff)
            let adds = difference.map { max($0.mono, $0.color, $0.unknown) > 0 } ?? false
            var last = booked
            guard isMoved || (adds && !isOurMoney) else {
                guard let difference else { return [] }
                last.charge = difference
                return [last]
            }
            var reversal = booked
            reversal.charge = try ChargeRule.reversal(of: booked.charge)
            if adds, !isOurMoney {
                last.charge = try ChargeRule.charge(pages: pages, analysis: facts.count, tariff: tariff)
                (last.currency, last.scale) = (tariff.currency, tariff.scale)
            } else if let difference {
                last.charge = try booked.charge.adding(difference)
            }
            if isMoved { last.account = account }
            return [reversal, last]
        } catch {
            return nil
        }
    }
}
