// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// Lines that make good what a person had settled otherwise.
struct StoreCorrectionsTests: CustodyScenes {
    private func history(_ site: Site) throws -> [LedgerEntry] {
        let numbers = try site.store.database.rows("SELECT release FROM ledger ORDER BY number") {
            (row: SQLRow) -> ReleaseID in row.id(0)
        }
        return try numbers.compactMap { try site.store.line(of: $0)?.entry }
    }

    /// Lent to agent 1, lapsed, and settled with so many pages; the lines before.
    private func settled(_ site: Site, pages: Int) throws -> CustodyFacts {
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        #expect(site.admin(.settleJob(lent.job, pages: pages, by: "root", evenIfMore: true)) == .done)
        return lent
    }

    private func tell(_ site: Site, _ lent: CustodyFacts, _ outcome: Outcome, account: Int64? = nil) throws
        -> StoreReply
    {
        guard case .account(var one) = charge(lent, outcome) else { throw Missing(what: "a charge") }
        one.account = account.map { AccountID($0) }
        return record(site, try site.seat(1), .account(one))
    }

    /// The user has moved on, and the agent has another printer, since.
    @Test func aCorrectionGoesWhereItsLineWent() throws {
        let site = try site()
        let lent = try settled(site, pages: 5)
        try site.store.database.run("UPDATE users SET department = 2 WHERE name = 'ada'")
        _ = site.admin(.removePrinter("printer-1"))
        _ = site.admin(.addPrinter(name: "printer-9", agent: "copier-1", uri: "socket://p9"))
        _ = try tell(site, lent, .printed(pages: 2))
        let lines = try history(site)
        #expect(lines.count == 3)
        #expect(lines[2].corrects == 2 && lines[2].charge.pages == -3)
        #expect(lines[2].department == lines[1].department && lines[2].printer == lines[1].printer)
        try isSound(site)
    }

    /// The person could not know which one had been chosen.
    @Test(arguments: [5, 2]) func anotherBillingCodeGetsTheWholeLine(said: Int) throws {
        var settings = settings()
        settings.billingCode = .optional
        let site = try Site.furnished(settings: settings)
        _ = site.admin(.addAccount(code: "P-1", name: ""))
        let lent = try settled(site, pages: said)
        _ = try tell(site, lent, .printed(pages: 2), account: 1)
        let lines = try history(site).suffix(3)
        #expect(lines.map(\.account) == [nil, nil, AccountID(1)])
        #expect(lines.map(\.charge.pages) == [said, -said, 2])
        #expect(lines.map(\.charge.amount.minor) == [Int64(said) * 5, Int64(said) * -5, 10])
        #expect(lines.map(\.corrects) == [nil, 2, 2])
        try isSound(site)
        // A correction under another code than its line's, alone, is found.
        try site.store.database.runScript(
            "DROP TRIGGER ledger_is_never_changed; UPDATE ledger SET corrects = NULL WHERE number = 3")
        #expect(try site.store.brokenInvariants().contains("a correction is charged as the line was"))
    }

    /// A buggy agent that claims a person's word: a correction is not corrected.
    @Test func whatWasMadeGoodStands() throws {
        let site = try site()
        let lent = try settled(site, pages: 5)
        let seat = try site.seat(1)
        let messages = [2, 4].map { pages -> ReleaseMessage in
            guard case .account(var one) = charge(lent, .printed(pages: pages), key: UInt8(pages)) else {
                preconditionFailure("a charge is an account message")
            }
            one.evidence = .person
            return .account(one)
        }
        _ = record(site, seat, messages[0], messages[1])
        #expect(try history(site).map(\.charge.pages).suffix(2) == [5, -3])
        try isSound(site)
    }

    @Test func noCodeAndThatOfTheLineAreNoOther() throws {
        let site = try site()
        let lent = try settled(site, pages: 2)
        _ = try tell(site, lent, .printed(pages: 2))
        #expect(try history(site).count == 2)
    }

    @Test(
        arguments: [
            (0, [-10]), (1, [-8]), (2, [-6]), (4, [-2]), (6, [200]),
        ] as [(Int, [Int64])])
    func whatIsTakenBackCostsWhatItDidThen(pages: Int, amounts: [Int64]) throws {
        let site = try site()
        let cheap = site.store.settings.tariff
        site.store.settings.tariff = Tariff(
            currency: cheap.currency, scale: cheap.scale, mono: Money(minor: 2), color: Money(minor: 9),
            unknown: Money(minor: 2))
        let lent = try settled(site, pages: 5)
        site.store.settings.tariff = Tariff(
            currency: cheap.currency, scale: cheap.scale, mono: Money(minor: 200), color: Money(minor: 900),
            unknown: Money(minor: 200))
        _ = try tell(site, lent, pages == 0 ? .neverStarted(.printerRefused) : .printed(pages: pages))
        #expect(try history(site).dropFirst(2).map(\.charge.amount.minor) == amounts)
        try isSound(site)
    }

    /// A month in two currencies could not be summed, and the ledger cannot be mended.
    @Test(arguments: [0, 2, 7]) func whatWasChargedInOtherMoneyIsLeftToAPerson(pages: Int) throws {
        let site = try site()
        let lent = try settled(site, pages: 5)
        let (before, euros) = (try history(site).map(\.charge), site.store.settings.tariff)
        site.store.settings.tariff = Tariff(
            currency: "CHF", scale: 0, mono: Money(minor: 1), color: Money(minor: 1), unknown: Money(minor: 1))
        let reply = try tell(site, lent, pages == 0 ? .neverStarted(.printerRefused) : .printed(pages: pages))
        #expect(reply == .recorded(through: 1, unbooked: [lent.job]))
        site.store.settings.tariff = euros
        #expect(try history(site).map(\.charge) == before && unbooked(site) == 1)
        #expect(try site.auditLines().last?.hasSuffix("it was charged in EUR, with other money set now") == true)
        try isSound(site)
    }

    @Test func theSamePagesInOtherMoneyChangeNothing() throws {
        let site = try site()
        let lent = try settled(site, pages: 5)
        site.store.settings.tariff = Tariff(
            currency: "CHF", scale: 0, mono: Money(minor: 1), color: Money(minor: 1), unknown: Money(minor: 1))
        #expect(try tell(site, lent, .printed(pages: 5)) == .recorded(through: 1))
        #expect(unbooked(site) == 0)
        try isSound(site)
    }

    // MARK: What cannot be priced

    private static let dear = Tariff(
        currency: "EUR", scale: 2, mono: Money(minor: .max), color: Money(minor: .max), unknown: Money(minor: .max))

    private func unbooked(_ site: Site) -> Int? {
        if case .state(let counts) = site.admin(.countState) { counts.unbookedCharges } else { nil }
    }

    @Test(arguments: ["canceled", "settled", "in doubt"]) func whatCannotBePricedIsToldTheOperator(state: String) throws
    {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        lapse(site)
        if state != "in doubt" {
            _ = site.admin(.settleJob(lent.job, pages: state == "settled" ? 1 : 0, by: "root", evenIfMore: true))
        }
        if state == "canceled" { _ = site.admin(.cancelJob(lent.job)) }
        let before = (site.state(of: lent.job), site.ledgerCount())
        site.store.settings.tariff = Self.dear
        #expect(unbooked(site) == 0)
        let reply = try tell(site, lent, .printed(pages: 3))
        #expect((site.state(of: lent.job), site.ledgerCount()) == before)
        guard state != "in doubt" else {
            // The doubt stands and is listed; nobody is to charge it besides.
            #expect(reply == .recorded(through: 1) && unbooked(site) == 0)
            return try isSound(site)
        }
        #expect(reply == .recorded(through: 1, unbooked: [lent.job]))
        #expect(unbooked(site) == 1)
        #expect(
            try site.auditLines().last
                == "agent unbooked-offline-charge job \(lent.job): printed, 3 pages: it cannot be priced")
        try isSound(site)
        // For as long as its key is kept.
        site.pass(RetentionRule.custodyLife + .seconds(1))
        _ = site.store.perform(.purge(at: site.now))
        #expect(unbooked(site) == 0)
    }
}
