// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Store
import Testing

/// What the print room sees of too many wrong PINs.
struct StoreLockOutTests {
    private func site() throws -> Site {
        let site = try Site.furnished()
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        _ = site.admin(.setNumber(user: "ada", "4711"))
        return site
    }

    private func lockOut(_ site: Site) throws -> LockOut? {
        guard case .user(let one) = site.admin(.showUser("ada")), case .users(let all) = site.admin(.listUsers) else {
            throw Missing(what: "ada")
        }
        #expect(all.first { $0.name == "ada" } == one)
        return one.lockOut
    }

    private func lockOuts(_ site: Site) throws -> [String] { try site.auditLines().filter { $0.contains("lock-out") } }

    @Test func aPersonWhoWaitsIsShownUntilTheWaitIsOver() throws {
        let site = try site()
        let seat = try site.able()
        for _ in 0..<4 { _ = try site.log(seat, site.login("4711"), matched: false) }
        #expect(try lockOut(site) == nil && lockOuts(site).isEmpty)
        _ = try site.log(seat, site.login("4711"), matched: false)
        let end = site.now.advanced(by: .seconds(60))
        #expect(try lockOut(site) == LockOut(failures: 5, until: end))
        #expect(
            try lockOuts(site) == [
                "agent lock-out ada, at reader r1 of copier-1: 5 wrong PINs, until \(Timestamp.text(end))"
            ])
        // What is refused meanwhile is no new wait.
        _ = try site.log(seat, site.login("4711"), matched: true)
        #expect(try lockOuts(site).count == 1)
        site.pass(.seconds(60))
        #expect(try lockOut(site) == nil)
        _ = try site.log(seat, site.login("4711"), matched: false)
        #expect(try lockOut(site)?.failures == 6 && lockOuts(site).count == 2)
        #expect(site.admin(.lockUser("ada", locked: false)) == .done)
        #expect(try lockOut(site) == nil)
    }

    @Test func whomOnlyAnAdministratorHelpsHasNoEnd() throws {
        let attempts = PINAttempts(failures: LockRule.failureLimit, barredUntil: nil)
        let now = WallTime(milliseconds: 0)
        #expect(LockOut(attempts, at: now) == LockOut(failures: LockRule.failureLimit, until: nil))
        #expect(LockOut(PINAttempts(failures: 7, barredUntil: now), at: now) == nil)
        // A clock that was set back makes no longer wait.
        let far = PINAttempts(failures: 7, barredUntil: now.advanced(by: LockRule.longestBar * 3))
        #expect(LockOut(far, at: now)?.until == now.advanced(by: LockRule.longestBar))
    }

    /// Numbers that nobody has: the reader's and the agent's counters rise, and what was typed is in no audit.
    @Test func aReaderAndAnAgentThatTakeNoPINAreShown() throws {
        let site = try site()
        let seat = try site.able()
        let reader = ReaderStatus(name: "r1", kind: "text", state: .attached)
        _ = site.store.perform(.noteReaders(seat, [reader], at: site.now))
        func barred() throws -> [WallTime?] {
            guard case .readers(let readers) = site.admin(.listReaders(agent: nil)),
                case .agents(let agents) = site.admin(.listAgents)
            else { throw Missing(what: "readers and agents") }
            return [readers[0].barredUntil, agents[0].barredUntil]
        }
        for number in 0..<9 { _ = try site.log(seat, site.login("90\(number)"), matched: false) }
        #expect(try barred() == [nil, nil])
        _ = try site.log(seat, site.login("999"), matched: false)
        let end = site.now.advanced(by: .seconds(60))
        #expect(try barred() == [end, nil])
        #expect(
            try lockOuts(site) == [
                "agent lock-out reader r1 of copier-1: 10 wrong PINs, until \(Timestamp.text(end))"
            ])
        for number in 0..<10 {
            _ = try site.log(seat, site.login("80\(number)", reader: "r\(number + 2)"), matched: false)
        }
        #expect(try barred() == [end, end])
        #expect(try lockOuts(site).last?.contains("lock-out agent copier-1: 20 wrong PINs") == true)
        #expect(site.admin(.unlockAgent("copier-1")) == .done)
        #expect(try barred() == [nil, nil])
    }
}
