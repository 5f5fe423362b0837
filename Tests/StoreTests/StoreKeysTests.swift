// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

/// Approval, change of keys, rights.
struct StoreKeysTests {
    private static let hello = Hello(
        software: "test", stream: Array(repeating: 1, count: 16), nextSequence: 1, unsettled: [])

    private func welcome(_ site: Site, _ key: KeyHash) -> StoreReply {
        site.store.perform(.welcomeAgent(key: key, Self.hello, at: site.now))
    }

    private func seat(_ site: Site, _ key: KeyHash) throws -> AgentSeat {
        guard case .welcomed(let agent, let welcome) = welcome(site, key) else { throw Missing(what: "a welcome") }
        return AgentSeat(agent: agent, epoch: welcome.epoch)
    }

    private func rotation(to next: Identity, from old: KeyHash) -> KeyRotation {
        let signed = KeyRotation.signed(old: old, new: next.keyHash, server: Site.serverKey)
        return KeyRotation(key: next.keyHash, publicKey: next.publicKeyInfo, signature: next.sign(signed))
    }

    private func actions(_ site: Site) throws -> [String] {
        guard case .audit(let entries, _) = site.admin(.audit(since: site.now, after: 0, limit: 1000)) else {
            throw Missing(what: "the audit")
        }
        return entries.map(\.action)
    }

    private func facts(_ site: Site, _ name: String = "copier-1") throws -> AgentFacts {
        guard case .agents(let agents) = site.admin(.listAgents) else { throw Missing(what: "agents") }
        return try #require(agents.first { $0.name == name })
    }

    // MARK: Approval

    @Test func whereApprovalIsRequiredAnAgentWaitsForIt() throws {
        var settings = Site.settings
        settings.requiresApproval = true
        let site = try Site(settings: settings)
        try site.enrol(1)
        #expect(try !facts(site).isApproved)
        for (passed, wait) in [(0, 3000), (24, 3000), (60, 10_500), (9999, 60_000)] as [(Int, Int)] {
            site.pass(.seconds(passed))
            #expect(site.hello(1) == .refused(Refusal(.notApproved, retryAfter: .milliseconds(wait))))
        }
        #expect(site.admin(.approveAgent("copier-1")) == .done)
        #expect(try facts(site).isApproved)
        _ = try site.seat(1)
        #expect(site.admin(.approveAgent("copier-1")) == .done)
        #expect(try actions(site).count { $0 == "approve-agent" } == 1)
        guard case .refused(let refusal) = site.admin(.approveAgent("nobody")) else { throw Missing(what: "a refusal") }
        #expect(refusal.code == .notFound)
    }

    @Test func elsewhereAnAgentIsApprovedByItsCode() throws {
        let site = try Site.furnished()
        #expect(try facts(site).isApproved)
    }

    // MARK: Change of keys

    @Test func bothKeysAreGoodUntilTheNewOneIsUsed() throws {
        let site = try Site.furnished()
        let next = Identity.generate()
        let first = try seat(site, Site.key(1))
        let change = StoreRequest.rotateKey(first, rotation(to: next, from: Site.key(1)), at: site.now)
        #expect(site.store.perform(change) == .done)
        #expect(try facts(site).nextKey == next.keyHash && facts(site).key == Site.key(1))
        // The answer was lost: announced again, it is the same.
        #expect(site.store.perform(change) == .done)
        let again = try seat(site, Site.key(1))
        #expect(again.agent == first.agent && again.epoch == first.epoch + 1)
        let changed = try seat(site, next.keyHash)
        #expect(changed.agent == first.agent && changed.epoch == again.epoch + 1)
        #expect(try facts(site).key == next.keyHash && facts(site).nextKey == nil)
        // The old key opens nothing any more: no hello, no enrolment, no way back.
        #expect(welcome(site, Site.key(1)) == .refused(Refusal(.keyRejected)))
        guard case .enrolmentCode(let code, _) = site.admin(.makeEnrolmentCode) else { throw Missing(what: "a code") }
        let proof = try site.proof(code, 1)
        #expect(
            site.store.perform(.enrolAgent(key: Site.key(1), proof, at: site.now)) == .refused(Refusal(.keyRejected)))
        #expect(try actions(site).filter { $0.hasPrefix("key-") } == ["key-announced", "key-changed"])
        #expect(try seat(site, next.keyHash).agent == first.agent)
    }

    @Test func aSecondAnnouncementReplacesTheFirst() throws {
        let site = try Site.furnished()
        let (lost, next) = (Identity.generate(), Identity.generate())
        let seat = try seat(site, Site.key(1))
        for identity in [lost, next] {
            let change = rotation(to: identity, from: Site.key(1))
            #expect(site.store.perform(.rotateKey(seat, change, at: site.now)) == .done)
        }
        #expect(welcome(site, lost.keyHash) == .refused(Refusal(.unknownAgent)))
        _ = try self.seat(site, next.keyHash)
    }

    @Test func whatIsNotProvedIsRefused() throws {
        let site = try Site.furnished()
        let (next, other) = (Identity.generate(), Identity.generate())
        let seat = try seat(site, Site.key(1))
        let good = rotation(to: next, from: Site.key(1))
        var forms = [rotation(to: next, from: Site.key(2))]
        for index in good.signature.indices.prefix(12) {
            var broken = good
            broken.signature[index] ^= 1
            forms.append(broken)
        }
        forms.append(KeyRotation(key: other.keyHash, publicKey: good.publicKey, signature: good.signature))
        forms.append(KeyRotation(key: good.key, publicKey: other.publicKeyInfo, signature: good.signature))
        forms.append(KeyRotation(key: good.key, publicKey: [0x30], signature: good.signature))
        for form in forms {
            #expect(
                site.store.perform(.rotateKey(seat, form, at: site.now)) == .refused(Refusal(.keyRejected)))
        }
        #expect(try facts(site).nextKey == nil)
        let signed = KeyRotation.signed(old: Site.key(1), new: next.keyHash, server: other.keyHash)
        let foreign = KeyRotation(key: next.keyHash, publicKey: next.publicKeyInfo, signature: next.sign(signed))
        #expect(site.store.perform(.rotateKey(seat, foreign, at: site.now)) == .refused(Refusal(.keyRejected)))
    }

    @Test func aKeyThatIsInUseOrWasRetiredIsNobodysNextOne() throws {
        let site = try Site.furnished()
        let (first, second) = (Identity.generate(), Identity.generate())
        let one = try seat(site, Site.key(1))
        #expect(site.store.perform(.rotateKey(one, rotation(to: first, from: Site.key(1)), at: site.now)) == .done)
        let two = try seat(site, Site.key(2))
        func change(to identity: Identity) -> StoreReply {
            site.store.perform(.rotateKey(two, rotation(to: identity, from: Site.key(2)), at: site.now))
        }
        #expect(change(to: first) == .refused(Refusal(.keyRejected)), "it is another's next one")
        let used = try seat(site, first.keyHash)
        #expect(change(to: first) == .refused(Refusal(.keyRejected)), "it is another's")
        #expect(
            site.store.perform(.rotateKey(used, rotation(to: second, from: first.keyHash), at: site.now)) == .done)
        _ = try seat(site, second.keyHash)
        #expect(change(to: first) == .refused(Refusal(.keyRejected)), "it was retired")
    }

    @Test func aFencedOrRevokedConnectionChangesNoKey() throws {
        let site = try Site.furnished()
        let old = try seat(site, Site.key(1))
        _ = try seat(site, Site.key(1))
        let change = rotation(to: .generate(), from: Site.key(1))
        #expect(site.store.perform(.rotateKey(old, change, at: site.now)) == .refused(Refusal(.fenced)))
        let seat = try seat(site, Site.key(1))
        _ = site.admin(.revokeAgent("copier-1"))
        #expect(site.store.perform(.rotateKey(seat, change, at: site.now)) == .refused(Refusal(.revoked)))
    }

    // MARK: Rights

    @Test func whatAnAgentDidBeforeItMightNoMoreIsRecorded() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let (sent, reserved) = (try site.accept(), try site.accept())
        let grants = try site.release(seat)
        let release = try #require(grants.first { $0.job == sent }).release
        _ = site.open(seat, release)
        #expect(site.admin(.setRight(.release, of: "copier-1", isGranted: false)) == .done)
        #expect(try site.present(seat) == .refused(Refusal(.notPermitted)))
        #expect(site.open(seat, release) == .refused(Refusal(.notPermitted)))
        let read = ReadRecord(key: Array(repeating: 3, count: 16), reader: "r1", result: .noJobs, at: site.now)
        let events = [
            site.progress(release, .printed(pages: 2), 1), SequencedEvent(sequence: 2, message: .readOutcome(read)),
        ]
        #expect(site.record(seat, 1, events) == .recorded(through: 2))
        #expect(site.state(of: sent) == .printed && site.ledgerCount() == 1)
        // It leaves like any other: what it has not begun is held again.
        #expect(site.store.perform(.agentLeft(seat, at: site.now)) == .done)
        #expect(site.state(of: reserved) == .held)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func theRightToReleaseEndsWithTheSessionsItOpened() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        let session = try site.session(seat).session
        #expect(site.admin(.setRight(.release, of: "copier-1", isGranted: false)) == .done)
        #expect(site.admin(.setRight(.release, of: "copier-1", isGranted: true)) == .done)
        #expect(
            site.store.perform(.release(seat, session: session, at: site.now)) == .refused(Refusal(.sessionExpired)))
        _ = try site.release(seat)
        #expect(site.admin(.setRight(.release, of: "copier-1", isGranted: false)) == .done)
        #expect(site.store.perform(.endSession(seat, session, .done, at: site.now)) == .done)
    }

    // MARK: Review

    @Test func aReviewNamesTheSeatsThatMustEnd() throws {
        let site = try Site.furnished()
        let (one, two) = (try site.seat(1), try site.seat(2))
        #expect(site.store.perform(.reviewSeats([one, two])) == .seatsEnded([]))
        let newer = try site.seat(2)
        #expect(
            site.store.perform(.reviewSeats([one, two, newer]))
                == .seatsEnded([SeatEnd(seat: two, refusal: Refusal(.fenced))]))
        _ = site.admin(.revokeAgent("copier-1"))
        #expect(
            site.store.perform(.reviewSeats([one, newer]))
                == .seatsEnded([SeatEnd(seat: one, refusal: Refusal(.revoked))]))
        let nobody = AgentSeat(agent: AgentID(99), epoch: 1)
        #expect(
            site.store.perform(.reviewSeats([nobody]))
                == .seatsEnded([SeatEnd(seat: nobody, refusal: Refusal(.unknownAgent))]))
    }
}
