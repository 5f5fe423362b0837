// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// What an agent with a good key and bad intentions gets.
struct StoreHostileAgentTests: CustodyScenes {
    // MARK: Charges

    @Test func whatWasOnlyOfferedIsNotCharged() throws {
        let site = try site()
        let seat = try site.seat(1)
        try serve(site, seat)
        let job = try counted(site)
        let offer = try #require(try ask(site, seat).offers.first)
        let before = site.ledgerCount()
        _ = record(site, seat, charge(offer, .printed(pages: 900)))
        #expect(site.state(of: job) == .held && site.ledgerCount() == before)
        #expect(try site.auditLines().last?.contains("foreign-offline-charge") == true)
        // Nor is it kept from others by saying that it is used.
        #expect(try ask(site, seat, [(offer.fence, .used)]).lent == [])
        try isSound(site)
    }

    @Test(arguments: [Outcome.neverStarted(.printerRefused), .unconfirmed, .printed(pages: 2)])
    func aCustodyHasOneCharge(first: Outcome) throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        _ = record(site, seat, charge(lent, first, key: 1))
        let (state, before) = (site.state(of: lent.job), site.ledgerCount())
        let more = (2..<9).map { key in
            SequencedEvent(sequence: UInt64(key), message: charge(lent, .printed(pages: 500), key: UInt8(key)))
        }
        let reply = site.store.perform(.recordEvents(seat, stream: site.stream(1), more, at: site.now))
        #expect(reply == .recorded(through: 8, uncalled: 7))
        #expect(site.state(of: lent.job) == state && site.ledgerCount() == before)
        #expect(try site.auditLines().count { $0.contains("foreign-offline-charge") } == 1)
        try isSound(site)
    }

    // MARK: Hostages

    @Test func whatIsSaidToBeUsedComesIntoDoubtAfterAnHour() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        for _ in 0..<240 {
            #expect(site.state(of: lent.job) == .held)
            #expect(try ask(site, seat, [(lent.fence, .used)]).lent == [lent.fence])
            site.pass(.seconds(15))
        }
        #expect(try ask(site, seat, [(lent.fence, .used)]).lent == [lent.fence])
        #expect(site.state(of: lent.job) == .inDoubt)
        #expect(try site.auditLines().last == "server custody-withheld job \(lent.job) at copier-1")
        try isSound(site)
        // Its word still settles it.
        _ = record(site, seat, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed)
        try isSound(site)
    }

    @Test func whoWasAwayForLongHasTimeToTell() throws {
        let site = try site()
        let lent = try lend(site, try site.seat(1))
        site.pass(.seconds(4000))
        #expect(try ask(site, try site.seat(1), [(lent.fence, .used)]).lent == [lent.fence])
        #expect(site.state(of: lent.job) == .held)
    }

    // MARK: Events

    @Test func whatNothingCalledForIsCounted() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let presented = site.presented()
        _ = try site.present(seat, presented)
        func outcome(_ key: [UInt8], _ sequence: UInt64) -> SequencedEvent {
            SequencedEvent(
                sequence: sequence,
                message: .readOutcome(ReadRecord(key: key, reader: "r1", result: .noJobs, at: site.now)))
        }
        func record(_ event: SequencedEvent) -> Int? {
            site.store.perform(.recordEvents(seat, stream: site.stream(1), [event], at: site.now)).uncalled
        }
        #expect(record(outcome(presented.key, 1)) == 0)
        #expect(record(outcome([UInt8](repeating: 200, count: 16), 2)) == 1)
        // The same journal under another name costs nothing.
        #expect(record(outcome([UInt8](repeating: 200, count: 16), 3)) == 0)
        #expect(record(site.progress(ReleaseID(99), .unconfirmed, 4)) == 1)
        #expect(record(SequencedEvent(sequence: 5, message: nil)) == 1)
    }

    // MARK: Reads

    @Test func whomAReadNamesGoesWithItsAnswer() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        #expect(site.met(seat, site.presented()) == .user(UserID(1)))
        #expect(site.met(seat, site.presented("0999999999")) == .nobody)
        #expect(site.met(seat, site.presented(age: .seconds(6))) == nil)
        _ = site.admin(.lockUser("ada", locked: true))
        #expect(site.met(seat, site.presented()) == .user(UserID(1)))
    }

    // MARK: Keys

    @Test func ofManyKeysTheLastAreRemembered() throws {
        let site = try Site.furnished()
        var old = Site.key(1)
        var keys: [KeyHash] = []
        var next: UInt64 = 1
        for _ in 0..<(AgentBudgetRule.retiredKeys + 6) {
            let hello = Hello(software: "t", stream: site.stream(1), nextSequence: next, unsettled: [])
            guard
                case .welcomed(let agent, let welcome) = site.store.perform(
                    .welcomeAgent(key: old, hello, at: site.now))
            else { throw Missing(what: "a welcome") }
            next = welcome.committed + 1
            let identity = Identity.generate()
            let signed = KeyRotation.signed(old: old, new: identity.keyHash, server: Site.serverKey)
            let rotation = KeyRotation(
                key: identity.keyHash, publicKey: identity.publicKeyInfo, signature: identity.sign(signed))
            let seat = AgentSeat(agent: agent, epoch: welcome.epoch)
            #expect(site.store.perform(.rotateKey(seat, rotation, at: site.now)) == .done)
            keys.append(old)
            old = identity.keyHash
            site.pass(.seconds(1))
        }
        #expect(
            try site.store.count("SELECT count(*) FROM retired_keys") <= AgentBudgetRule.retiredKeys)
        #expect(try site.store.isRetired(keys[keys.count - 2]) && !site.store.isRetired(keys[0]))
    }

    // MARK: Clocks

    @Test func aClockSetBackProlongsNothing() throws {
        let site = try Site.furnished()
        let seat = try site.able()
        try site.accept()
        _ = site.admin(.setPIN(user: "ben", Site.pin))
        _ = site.admin(.addBadge(user: "ben", try Site.form("2718281828"), label: ""))
        let prompt = try site.challenge(seat, .pin, site.presented("2718281828", reader: "r2"))
        let session = try site.session(seat).session
        guard case .enrolmentCode(let code, _) = site.admin(.makeEnrolmentCode) else { throw Missing(what: "a code") }
        site.pass(.seconds(-600))
        let expired = Refusal(.sessionExpired)
        #expect(site.store.perform(.release(seat, session: session, at: site.now)) == .refused(expired))
        #expect(
            site.store.perform(.takePrompt(seat, prompt: prompt, at: site.now))
                == .verdict(.refused(Refusal(.readExpired))))
        #expect(
            site.store.perform(.enrolAgent(key: Site.key(3), try site.proof(code, 3), at: site.now))
                == .refused(Refusal(.enrolmentCode)))
        // What is begun now lives as long as ever.
        let again = try site.session(seat).session
        site.pass(.seconds(60))
        guard case .releases = site.store.perform(.release(seat, session: again, at: site.now)) else {
            throw Missing(what: "releases")
        }
    }
}
