// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

struct StoreAgentsTests {
    private func code(_ site: Site) throws -> SecretBytes {
        guard case .enrolmentCode(let code, let expires) = site.admin(.makeEnrolmentCode) else {
            throw Missing(what: "a code")
        }
        #expect(expires == site.now.advanced(by: .seconds(600)))
        return code
    }

    private func enrol(_ site: Site, _ proof: Enrolment, _ number: UInt8) -> StoreReply {
        site.store.perform(.enrolAgent(key: Site.key(number), proof, at: site.now))
    }

    @Test func aCodeEnrolsOneAgent() throws {
        let site = try Site()
        let code = try code(site)
        #expect(enrol(site, try site.proof(code, 1), 1) == .enrolled(name: "copier-1"))
        #expect(enrol(site, try site.proof(code, 2), 2) == .refused(Refusal(.enrolmentCode)))
    }

    @Test func aProofIsBoundToItsKey() throws {
        let site = try Site()
        let code = try code(site)
        #expect(enrol(site, try site.proof(code, 1), 2) == .refused(Refusal(.enrolmentCode)))
    }

    @Test func aCodeLivesTenMinutesAndFiveTries() throws {
        let site = try Site()
        let late = try code(site)
        site.pass(.seconds(600))
        #expect(enrol(site, try site.proof(late, 1), 1) == .refused(Refusal(.enrolmentCode)))
        let tried = try code(site)
        for _ in 0..<4 { _ = enrol(site, Enrolment(name: "x", proof: []), 1) }
        let again = try code(site)
        _ = enrol(site, Enrolment(name: "x", proof: []), 1)
        #expect(enrol(site, try site.proof(tried, 1), 1) == .refused(Refusal(.enrolmentCode)))
        #expect(enrol(site, try site.proof(again, 1), 1) == .enrolled(name: "copier-1"))
    }

    /// A box with the code of a program that reads reports, and the other way round.
    @Test(arguments: [AdminRequest.makeEnrolmentCode, .makeReportingCode])
    func aCodeOfTheOtherKindIsRefusedAndStaysGood(request: AdminRequest) throws {
        let site = try Site()
        guard case .enrolmentCode(let code, _) = site.admin(request) else { throw Missing(what: "a code") }
        let isForReports = request == .makeReportingCode
        var enrolment = try site.proof(code, 1)
        enrolment.purpose = isForReports ? .release : .reports
        for _ in 0..<6 { #expect(enrol(site, enrolment, 1) == .refused(Refusal(.enrolmentCode))) }
        enrolment.purpose = isForReports ? .reports : .release
        #expect(enrol(site, enrolment, 1) == .enrolled(name: "copier-1"))
        guard case .agents(let agents) = site.admin(.listAgents) else { throw Missing(what: "agents") }
        #expect(agents[0].rights == (isForReports ? [.reports] : [.release]))
    }

    @Test func twoAgentsNeverHaveOneName() throws {
        let site = try Site()
        var proof = try site.proof(try code(site), 1)
        proof.name = "box"
        #expect(enrol(site, proof, 1) == .enrolled(name: "box"))
        proof = try site.proof(try code(site), 2)
        proof.name = "box"
        #expect(enrol(site, proof, 2) == .enrolled(name: "box-2"))
    }

    @Test func enrollingAgainKeepsTheName() throws {
        let site = try Site()
        #expect(enrol(site, try site.proof(try code(site), 1), 1) == .enrolled(name: "copier-1"))
        var proof = try site.proof(try code(site), 1)
        proof.name = "other"
        #expect(enrol(site, proof, 1) == .enrolled(name: "copier-1"))
    }

    @Test func aRevokedKeyStaysOut() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        #expect(site.admin(.revokeAgent("copier-1")).isDone)
        #expect(site.hello(1) == .refused(Refusal(.revoked)))
        #expect(enrol(site, try site.proof(try code(site), 1), 1) == .refused(Refusal(.revoked)))
        #expect(try site.present(seat) == .refused(Refusal(.revoked)))
        let refusal = AdminRefusal(.notFound, "there is no agent copier-1, or it is revoked")
        #expect(site.admin(.revokeAgent("copier-1")) == .refused(refusal))
    }

    @Test func aStrangerIsNotWelcome() throws {
        #expect(try Site().hello(9) == .refused(Refusal(.unknownAgent)))
    }

    @Test func eachHelloRaisesTheEpochAndFencesTheOneBefore() throws {
        let site = try Site.furnished()
        let old = try site.seat(1)
        try site.accept()
        let session = try site.session(old).session
        let new = try site.seat(1)
        #expect(new.epoch == old.epoch + 1)
        let fenced = Refusal(.fenced)
        #expect(try site.present(old) == .refused(fenced))
        #expect(site.store.perform(.release(old, session: session, at: site.now)) == .refused(fenced))
        #expect(site.open(old, ReleaseID(1)) == .refused(fenced))
        #expect(site.record(old, 1, []) == .refused(fenced))
        #expect(site.store.perform(.endSession(old, session, .done, at: site.now)) == .refused(fenced))
        #expect(site.store.perform(.release(new, session: session, at: site.now)) == .refused(Refusal(.sessionExpired)))
    }

    @Test func helloPutsBackWhatTheAgentDoesNotKnow() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let jobs = [try site.accept(), try site.accept(), try site.accept()]
        let releases = try site.release(seat).map(\.release)
        _ = site.open(seat, releases[0])
        _ = site.open(seat, releases[1])
        _ = try site.seat(1, unsettled: [releases[0]])
        #expect(jobs.map(site.state) == [.sending, .held, .held])
        #expect(try site.store.brokenInvariants() == [])
        let again = try site.seat(1, unsettled: [releases[0]])
        #expect(site.open(again, releases[1]) == .refused(Refusal(.alreadyReleased)))
        #expect(site.open(again, releases[0], offset: 5) == .document(site.incoming().document))
    }

    @Test func aLostJournalLeavesDoubtNotASecondPrint() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let jobs = [try site.accept(), try site.accept()]
        let releases = try site.release(seat).map(\.release)
        _ = site.open(seat, releases[0])
        _ = try site.seat(1, stream: Array(repeating: 0xEE, count: 16))
        #expect(jobs.map(site.state) == [.inDoubt, .held])
    }

    @Test func anOldCopyOfAJournalIsRefused() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        _ = try site.printOne(seat, .printed(pages: 1))
        #expect(site.hello(1, next: 1) == .refused(Refusal(.unknownStream)))
        guard case .welcomed(_, let welcome) = site.hello(1, next: 2) else { throw Missing(what: "a welcome") }
        #expect(welcome.committed == 1)
    }

    @Test func aLostConnectionGivesBackWhatHadNotBegun() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let jobs = [try site.accept(), try site.accept()]
        let releases = try site.release(seat).map(\.release)
        _ = site.open(seat, releases[0])
        #expect(site.store.perform(.agentLeft(seat, at: site.now)) == .done)
        #expect(jobs.map(site.state) == [.sending, .held])
        _ = try site.seat(1, unsettled: [releases[0]])
        #expect(site.store.perform(.agentLeft(seat, at: site.now)) == .done)
        #expect(site.state(of: jobs[0]) == .sending)
    }

    @Test func onlySoManyStreamsAreRemembered() throws {
        let site = try Site.furnished()
        for number: UInt8 in 1...40 { _ = try site.seat(1, stream: Array(repeating: number, count: 16)) }
        #expect(site.hello(1, stream: Array(repeating: 40, count: 16), next: 0) == .refused(Refusal(.unknownStream)))
        guard case .welcomed = site.hello(1, stream: Array(repeating: 1, count: 16), next: 0) else {
            throw Missing(what: "a welcome")
        }
    }
}
