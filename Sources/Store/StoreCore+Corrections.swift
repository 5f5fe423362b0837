// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives

/// A line of the ledger that was written.
struct BookedLine {
    let number: Int64
    /// With the lines that made it good since.
    var entry: LedgerEntry
    /// There are some.
    var isCorrected = false
}

/// What makes good a line that was booked in error.
extension StoreCore {
    /// What there is to write for another number of pages.
    enum Correction {
        /// They have no release and no time yet. One line of the difference, for the same user, department, billing
        /// code and printer; where another billing code was chosen, the line is taken back whole and written anew.
        case lines([LedgerEntry])
        /// Why it cannot be written.
        case obstacle(String)
    }

    /// What was charged in other money than today's stays as it is, and a person is told: a month that has both cannot
    /// be summed.
    func corrections(
        of line: BookedLine, pages: Int, account: AccountID?
    ) throws(StoreFault) -> Correction {
        let (booked, tariff) = (line.entry, settings.tariff)
        guard let facts = try facts(of: booked.release) else { return .obstacle(Self.unpriced) }
        let isMoved = account != nil && account != booked.account && pages > 0
        do throws(ChargeFault) {
            let difference = try ChargeRule.correction(
                of: booked.charge, pages: pages, analysis: facts.count, tariff: tariff)
            guard isMoved || difference != nil else { return .lines([]) }
            guard booked.currency == tariff.currency, booked.scale == tariff.scale else {
                return .obstacle("it was charged in \(booked.currency), with other money set now")
            }
            var last = booked
            guard isMoved else {
                if let difference { last.charge = difference }
                return .lines([last])
            }
            guard !line.isCorrected else { return .obstacle("a person has corrected it since") }
            var reversal = booked
            reversal.charge = try ChargeRule.reversal(of: booked.charge)
            if let difference { last.charge = try booked.charge.adding(difference) }
            last.account = account
            return .lines([reversal, last])
        } catch {
            return .obstacle(Self.unpriced)
        }
    }

    static let unpriced = "it cannot be priced"
}
