// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

/// The connection's key says which printers, sessions and releases are an agent's. Nothing that it writes into a
/// message reaches another's.
struct ForeignIDTests {
    /// Agent 1 has a session, a release that is sent and one that is reserved. Agent 2 is the thief.
    private struct Scene {
        let site: Site
        let owner: AgentSeat
        let thief: AgentSeat
        let session: SessionID
        let sending: ReleaseID
        let reserved: ReleaseID
        let jobs: [JobID]

        init() throws {
            site = try Site.furnished()
            owner = try site.seat(1)
            thief = try site.seat(2)
            jobs = [try site.accept(), try site.accept()]
            let grant = try site.session(owner)
            session = grant.session
            guard case .releases(let grants, _) = site.store.perform(.release(owner, session: session, at: site.now))
            else {
                throw Missing(what: "releases")
            }
            (sending, reserved) = (grants[0].release, grants[1].release)
            _ = site.open(owner, sending)
        }

        var states: [JobState?] { jobs.map(site.state) }
    }

    @Test func everyRequestWithAForeignIDIsRefusedOrWithoutEffect() throws {
        let scene = try Scene()
        let site = scene.site
        #expect(scene.states == [.sending, .reserved])
        let thief = scene.thief
        // SESSION_END of another's session, then RELEASE in it.
        #expect(site.store.perform(.endSession(thief, scene.session, .done, at: site.now)) == .done)
        #expect(
            site.store.perform(.release(thief, session: scene.session, at: site.now))
                == .refused(Refusal(.sessionExpired)))
        // DOCUMENT_OPEN of another's releases, in each state and from any offset.
        for release in [scene.sending, scene.reserved, ReleaseID(9999)] {
            for offset: UInt64 in [0, 1] {
                #expect(site.open(thief, release, offset: offset) == .refused(Refusal(.noSuchRelease)))
            }
        }
        // PROGRESS of another's releases, with each outcome.
        var sequence: UInt64 = 0
        for release in [scene.sending, scene.reserved] {
            for outcome: Outcome in [.printed(pages: 99), .unconfirmed, .neverStarted(.printerRefused)] {
                sequence += 1
                #expect(
                    site.record(thief, 2, [site.progress(release, outcome, sequence)]) == .recorded(through: sequence))
            }
        }
        // HELLO that claims another's releases, and the end of that connection.
        let again = try site.seat(2, next: sequence + 1, unsettled: [scene.sending, scene.reserved])
        #expect(site.store.perform(.agentLeft(again, at: site.now)) == .done)
        #expect(scene.states == [.sending, .reserved] && site.ledgerCount() == 0)
        // What is done at a desk, in another's session, to another's jobs.
        let selection = JobSelection(session: scene.session, jobs: scene.jobs)
        let desk: [StoreRequest] = [
            .listJobs(again, JobListQuery(session: scene.session, after: nil), at: site.now),
            .listAccounts(again, AccountQuery(session: scene.session, prefix: ""), at: site.now),
            .holdJobs(again, selection, at: site.now), .deleteJobs(again, selection, at: site.now),
        ]
        for request in desk { #expect(site.store.perform(request) == .refused(Refusal(.sessionExpired))) }
        #expect(
            site.store.perform(.changePIN(again, session: scene.session, at: site.now))
                == .verdict(.refused(Refusal(.sessionExpired))))
        for prompt: UInt32 in 0...3 {
            #expect(
                site.store.perform(.takePrompt(again, prompt: prompt, at: site.now))
                    == .verdict(.refused(Refusal(.sessionExpired))))
        }
        // Custody that was lent to nobody, or to another.
        #expect(
            site.store.perform(.openCustody(again, Fence(1), offset: 0, at: site.now))
                == .refused(Refusal(.noSuchRelease)))
        #expect(scene.states == [.sending, .reserved] && site.ledgerCount() == 0)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func theOwnerGoesOnAsIfNothingHadHappened() throws {
        let scene = try Scene()
        _ = scene.site.store.perform(.endSession(scene.thief, scene.session, .done, at: scene.site.now))
        _ = scene.site.record(scene.thief, 2, [scene.site.progress(scene.sending, .printed(pages: 99), 1)])
        try scene.site.accept()
        guard
            case .releases(let grants, _) = scene.site.store.perform(
                .release(scene.owner, session: scene.session, at: scene.site.now))
        else { throw Missing(what: "the session that goes on") }
        #expect(grants.count == 1)
        #expect(
            scene.site.record(scene.owner, 1, [scene.site.progress(scene.sending, .printed(pages: 2), 1)])
                == .recorded(through: 1))
        #expect(scene.states == [.printed, .reserved] && scene.site.ledgerCount() == 1)
    }

    /// What a session may release to is said by the server, from the agent's own row.
    @Test func eachAgentIsToldItsOwnPrinter() throws {
        let site = try Site.furnished()
        try site.accept()
        for number: UInt8 in [1, 2] {
            let grant = try site.session(try site.seat(number))
            #expect(grant.printer.name == "printer-\(number)" && grant.printer.uri == "socket://p\(number)")
            site.pass(.seconds(1))
        }
    }
}
