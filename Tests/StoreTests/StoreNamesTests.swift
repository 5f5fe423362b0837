// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ServerCore
import Store
import Testing

/// é is one scalar or two, and nobody can tell which.
struct StoreNamesTests {
    private static let composed = "Jos\u{E9}"
    private static let decomposed = "Jose\u{301}"

    private func site() throws -> Site {
        let site = try Site.furnished()
        _ = site.admin(.addUser(name: Self.composed, fullName: "", department: Self.composed))
        _ = site.admin(.addAccount(code: Self.composed, name: ""))
        return site
    }

    private func bytes(_ reply: AdminReply) -> [UInt8] {
        if case .user(let user) = reply { Array(user.name.utf8) } else { [] }
    }

    @Test func aUserIsFoundByBothSpellingsAndKeepsTheirs() throws {
        let site = try site()
        for name in [Self.composed, Self.decomposed] {
            #expect(bytes(site.admin(.showUser(name))) == Array(Self.composed.utf8))
            guard case .refused(let refusal) = site.admin(.addUser(name: name, fullName: "", department: "x")) else {
                throw Missing(what: "a refusal")
            }
            #expect(refusal.code == .exists)
        }
        let changes: [AdminRequest] = [
            .lockUser(Self.decomposed, locked: true), .lockUser(Self.decomposed, locked: false),
            .setPIN(user: Self.decomposed, Site.pin), .setPassword(user: Self.decomposed, nil),
            .setNumber(user: Self.decomposed, "4711"),
        ]
        for change in changes { #expect(site.admin(change) == .done) }
        guard case .badge = site.admin(.addBadge(user: Self.decomposed, try Site.form("4242"), label: "")),
            case .activationCode = site.admin(.makeActivationCode(user: Self.decomposed))
        else { throw Missing(what: "a badge and a code") }
        // The audit has the name that is stored, byte by byte.
        let subjects = try site.auditLines().suffix(changes.count + 2)
        #expect(subjects.allSatisfy { !$0.unicodeScalars.contains("\u{301}") && $0.contains("Jos") })
    }

    @Test func aDeletedUsersJobsGoWhicheverSpellingIsTyped() throws {
        let site = try site()
        let job = try site.accept(Self.composed)
        #expect(site.admin(.deleteUser(Self.decomposed)) == .done)
        #expect(site.state(of: job) == .canceled)
    }

    @Test func theJobsOfAUserAreListedBySpellingsOfBothKinds() throws {
        let site = try site()
        let theirs = try site.accept(Self.composed)
        let stray = try site.accept(Self.decomposed)
        func list(_ owner: String, _ state: JobState?) -> [JobID] {
            guard case .jobs(let jobs) = site.admin(.listJobs(state: state, owner: owner, limit: 9)) else { return [] }
            return jobs.map(\.job)
        }
        for state in [nil, JobState.held] {
            #expect(list(Self.composed, state) == [theirs])
            #expect(list(Self.decomposed, state) == [stray, theirs])
        }
        // Owners are compared byte by byte: nobody can release the other one.
        guard case .jobs(let jobs) = site.admin(.listJobs(state: nil, owner: nil, limit: 9)) else {
            throw Missing(what: "jobs")
        }
        #expect(jobs.map(\.isOwnerKnown) == [false, true])
    }

    @Test func agentsPrintersDepartmentsAndCodesAreFoundAlike() throws {
        let site = try site()
        try site.rename(agent: "copier-1", to: Self.composed)
        #expect(site.admin(.unlockAgent(Self.decomposed)) == .done)
        #expect(site.admin(.setRight(.reports, of: Self.decomposed, isGranted: true)) == .done)
        guard case .readers = site.admin(.listReaders(agent: Self.decomposed)) else { throw Missing(what: "readers") }
        _ = site.admin(.removePrinter("printer-1"))
        guard
            case .printer(let facts) = site.admin(
                .addPrinter(name: Self.composed, agent: Self.decomposed, uri: "socket://p"))
        else { throw Missing(what: "a printer") }
        #expect(Array(facts.agent.utf8) == Array(Self.composed.utf8))
        guard case .refused = site.admin(.addPrinter(name: Self.decomposed, agent: "copier-2", uri: "socket://p"))
        else {
            throw Missing(what: "a refusal")
        }
        #expect(site.admin(.removePrinter(Self.decomposed)) == .done)
        guard case .refused = site.admin(.addAccount(code: Self.decomposed, name: "")) else {
            throw Missing(what: "a refusal")
        }
        #expect(site.admin(.deleteAccount(Self.decomposed)) == .done)
        guard case .user(let other) = site.admin(.addUser(name: "x", fullName: "", department: Self.decomposed)) else {
            throw Missing(what: "a user")
        }
        #expect(Array(other.department.utf8) == Array(Self.composed.utf8))
    }

    /// Records of an older version may have both: the bytes decide.
    @Test func theBytesWinOverTheLooks() throws {
        let site = try site()
        try site.rename(user: "ben", to: Self.decomposed)
        for name in [Self.composed, Self.decomposed] {
            #expect(bytes(site.admin(.showUser(name))) == Array(name.utf8))
        }
    }
}
