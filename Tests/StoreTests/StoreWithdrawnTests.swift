// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// Jobs under way whose owner is deleted, and the next user of that name.
struct StoreWithdrawnTests: CustodyScenes {
    private func replaceAda(_ site: Site) throws {
        _ = site.admin(.deleteUser("ada"))
        _ = site.admin(.addUser(name: "ada", fullName: "Ada Two", department: "Physics"))
        _ = site.admin(.addBadge(user: "ada", try Site.form(Site.badge), label: ""))
    }

    @Test(
        arguments: ["reserved", "sending", "in doubt"],
        ["agent left", "never started", "settled with 0", "fell silent", "hello"])
    func theyAreNeverTheNextOnes(state: String, end: String) throws {
        let site = try Site.furnished()
        let seat = try site.seat(1, capabilities: [.dialogue])
        let job = try site.accept()
        let release = try #require(try site.release(seat).first).release
        if state != "reserved" { _ = site.open(seat, release) }
        if state == "in doubt" { _ = site.record(seat, 1, [site.progress(release, .unconfirmed, 1)]) }
        try replaceAda(site)
        let other = try site.seat(2, capabilities: [.dialogue])
        try expectNothing(site, other)
        switch end {
        case "agent left": _ = site.store.perform(.agentLeft(seat, at: site.now))
        case "never started":
            _ = site.record(
                seat, 1, [site.progress(release, .neverStarted(.printerRefused), state == "in doubt" ? 2 : 1)])
        case "fell silent":
            site.pass(OutcomeRule.silence + .seconds(1))
            _ = site.store.perform(.purge(at: site.now))
        case "hello": _ = try site.seat(1, next: 9)
        default: break
        }
        try expectNothing(site, other)
        if site.state(of: job) == .inDoubt {
            #expect(site.admin(.settleJob(job, pages: 0, by: "root", evenIfMore: true)) == .done)
        }
        let isOver = site.state(of: job) == .canceled
        // Still on its way to the paper of the person who is gone.
        let mayGoOn = ["agent left", "settled with 0"].contains(end) && state != "in doubt"
        #expect(isOver || mayGoOn)
        #expect(site.state(of: job) != .held)
        try expectNothing(site, other)
        try isSound(site)
    }

    @Test func whatCameOutIsChargedToThePersonWhoIsGone() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let job = try site.accept()
        let release = try #require(try site.release(seat).first).release
        _ = site.open(seat, release)
        try replaceAda(site)
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 2), 1)])
        #expect(site.state(of: job) == .printed && site.ledgerCount() == 1)
        try isSound(site)
    }

    /// The same file from the same computer within ten minutes, by somebody else.
    @Test func aJobOfTheNextOneIsNotTakenForARepetition() throws {
        let site = try Site.furnished()
        let first = site.incoming(number: "7")
        guard case .jobAccepted(let job, isNew: true) = site.store.perform(.acceptJob(first)) else { return }
        #expect(site.store.perform(.acceptJob(first)) == .jobAccepted(job, isNew: false))
        site.pass(.seconds(1))
        try replaceAda(site)
        site.pass(.seconds(1))
        let second = site.incoming(number: "7")
        guard case .jobAccepted(let other, isNew: true) = site.store.perform(.acceptJob(second)) else {
            throw Missing(what: "a job of its own")
        }
        #expect(other != job && site.state(of: other) == .held && site.state(of: job) == .canceled)
        #expect(site.store.perform(.acceptJob(second)) == .jobAccepted(other, isNew: false))
    }

    /// Lent, and at the same time granted online to the same agent.
    @Test func aLentJobThatIsUnderWayIsWithdrawnToo() throws {
        let site = try site()
        let seat = try site.seat(1, capabilities: [.dialogue])
        let lent = try lend(site, seat)
        _ = try site.release(seat)
        try replaceAda(site)
        _ = site.store.perform(.agentLeft(seat, at: site.now))
        try expectNothing(site, try site.seat(2, capabilities: [.dialogue]))
        let back = try site.seat(1, stream: site.stream(1))
        _ = try ask(site, back)
        #expect(site.state(of: lent.job) == .canceled)
        try isSound(site)
    }

    /// Its holder had used it before it heard anything.
    @Test func aLentJobOfSomebodyWhoIsGoneIsChargedWhenItWasUsed() throws {
        let site = try site()
        let seat = try site.seat(1)
        let lent = try lend(site, seat)
        _ = try site.release(seat)
        try replaceAda(site)
        let before = site.ledgerCount() ?? 0
        _ = record(site, seat, charge(lent, .printed(pages: 2)))
        #expect(site.state(of: lent.job) == .printed && site.ledgerCount() == before + 1)
        try isSound(site)
    }
}
