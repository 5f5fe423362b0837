// SPDX-License-Identifier: Apache-2.0

import AgentRuntime
import Crypto
import Glibc
import HostIO
import Ops
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import ServerRuntime
import Testing
import TestKit

@testable import AgentRuntime
@testable import Store

/// What becomes of agents' keys, at a real server: approved, changed, fenced, revoked from elsewhere.
@Suite struct AgentKeyTests {
    private static let stream = [UInt8](repeating: 1, count: 16)
    private static let hello = Frame(
        .request(
            .hello(
                Hello(
                    software: "test", stream: stream, nextSequence: 1, unsettled: [], capabilities: [.rotation]))))

    private func isConnected(_ name: String, _ site: Site) -> Bool {
        (try? site.runtime.connectedAgents.contains(name)) ?? false
    }

    private func facts(_ site: Site, _ name: String = "copier") throws -> AgentFacts {
        guard case .agents(let agents) = try site.ask(.listAgents) else { throw Unexpected(what: "no agents") }
        return try #require(agents.first { $0.name == name })
    }

    private func enrolled(_ site: Site) throws -> AgentSettings {
        let settings = try site.agentSettings("copier")
        _ = try site.enrol(settings, code: try site.enrolmentCode()).get()
        return settings
    }

    @Test func anAgentWaitsForItsApprovalAndConnectsByItself() throws {
        let site = try Site("agent-approval = required")
        let settings = try enrolled(site)
        let log = Lines()
        let agent = try site.startAgent(settings, log: log)
        #expect(try site.loop.turn { log.has("notApproved") })
        #expect(try !facts(site).isApproved && !isConnected("copier", site))
        #expect(try site.ask(.approveAgent("copier")) == .done)
        #expect(try site.loop.turn { isConnected("copier", site) })
        agent.close()
    }

    @Test func aRunningAgentChangesItsKeyOnDemand() throws {
        let site = try Site()
        let settings = try enrolled(site)
        let log = Lines()
        let agent = try site.startAgent(settings, log: log)
        #expect(try site.loop.turn { isConnected("copier", site) })
        let old = try facts(site).key
        let next = try agent.nextKey().key
        #expect(try site.loop.turn { log.has("key-changed") && isConnected("copier", site) })
        #expect(try facts(site).key == next && facts(site).nextKey == nil && old != next)
        #expect(try EnrolledState.load(from: settings.state).identity.keyHash == next)
        #expect(access(settings.state + "/" + KeyFolder.nextFile, F_OK) != 0)
        agent.close()
        // And once more, from the start, with the new key as the old one.
        let second = try KeyFolder.makeNext(in: settings.state).keyHash
        let again = try site.startAgent(settings, log: log)
        #expect(try site.loop.turn { log.all.count { $0.contains("key-changed") } == 2 })
        #expect(try facts(site).key == second)
        again.close()
    }

    /// The box dies after each of the steps; its next start brings the change to its end.
    @Test(arguments: ["made", "announced", "welcomed", "adopted"])
    func aBoxThatDiesInBetweenIsNeverLockedOut(step: String) throws {
        let site = try Site()
        let settings = try enrolled(site)
        let state = settings.state
        let present = try EnrolledState.load(from: state).identity
        let next = try KeyFolder.makeNext(in: state)
        if step != "made" {
            let peer = try site.agentChannel(present)
            peer.send(Self.hello)
            let signed = KeyRotation.signed(old: present.keyHash, new: next.keyHash, server: try site.serverKey)
            let rotation = KeyRotation(
                key: next.keyHash, publicKey: next.publicKeyInfo, signature: next.sign(signed))
            #expect(try site.loop.turn { peer.frames.count == 1 })
            peer.send(Frame(.request(.rotateKey(rotation)), correlation: 1))
            #expect(try site.loop.turn { peer.frames.count == 2 })
            #expect(peer.frames[1].body == .reply(.keyAnnounced, hasMore: false))
            peer.channel.close()
        }
        if step == "welcomed" || step == "adopted" {
            let peer = try site.agentChannel(next)
            peer.send(Self.hello)
            #expect(try site.loop.turn { peer.frames.count == 1 })
            peer.channel.close()
        }
        if step == "adopted" { try DurableFile.move(state + "/agent.next.pem", to: state + "/agent.pem") }
        let log = Lines()
        let agent = try site.startAgent(settings, log: log)
        #expect(
            try site.loop.turn {
                isConnected("copier", site) && access(state + "/agent.next.pem", F_OK) != 0
                    && (step == "adopted" || log.has("key-changed"))
            }, "\(log.all)")
        #expect(try facts(site).key == next.keyHash)
        #expect(try EnrolledState.load(from: state).identity.keyHash == next.keyHash)
        // The old key is good for nothing.
        let thief = try site.agentChannel(present)
        thief.send(Self.hello)
        #expect(try site.loop.turn { thief.isOver })
        #expect(thief.refusal == .keyRejected)
        #expect(isConnected("copier", site), "and disturbs nobody")
        agent.close()
    }

    @Test func aSecondConnectionOfOneKeyFencesTheFirst() throws {
        let site = try Site()
        let settings = try enrolled(site)
        let identity = try EnrolledState.load(from: settings.state).identity
        let first = try site.agentChannel(identity)
        first.send(Self.hello)
        #expect(try site.loop.turn { first.frames.count == 1 })
        // To the server the first one looks alive: nothing tells it that the box is gone.
        let second = try site.agentChannel(identity)
        second.send(Self.hello)
        #expect(try site.loop.turn { first.isOver && second.frames.count == 1 })
        #expect(first.refusal == .fenced && second.refusal == nil && !second.isOver)
        #expect(try facts(site).epoch == 2)
    }

    /// Another process wrote to the database: the running server was told nothing.
    /// How soon that is, the housekeeper's tests say.
    @Test func aRevocationByAnotherProcessEndsTheConnectionAtTheNextReview() throws {
        let site = try Site(reviewInterval: .milliseconds(20))
        let settings = try enrolled(site)
        let identity = try EnrolledState.load(from: settings.state).identity
        let peer = try site.agentChannel(identity)
        peer.send(Self.hello)
        #expect(try site.loop.turn { peer.frames.count == 1 })
        let database = try Database(path: site.folder.path + "/lanyard.db")
        try database.run("UPDATE agents SET revoked_at = 1 WHERE name = 'copier'")
        #expect(try site.loop.turn { peer.isOver })
        #expect(peer.refusal == .revoked)
    }

    @Test func theAdministratorsRevocationEndsTheConnectionWithoutAReview() throws {
        let site = try Site(reviewInterval: Patience.limit * 10)
        let settings = try enrolled(site)
        let peer = try site.agentChannel(try EnrolledState.load(from: settings.state).identity)
        peer.send(Self.hello)
        #expect(try site.loop.turn { peer.frames.count == 1 })
        #expect(try site.ask(.revokeAgent("copier")) == .done)
        #expect(try site.loop.turn { peer.isOver })
        #expect(peer.refusal == .revoked)
    }

    @Test func onlyRootAndTheAgentItselfAskForANewKey() throws {
        let site = try Site()
        let settings = try enrolled(site)
        let agent = try site.startAgent(settings, log: Lines())
        #expect(agent.keyAnswer(to: "readers", from: try credentials(0)) == nil)
        if getuid() == 0 {
            #expect(agent.keyAnswer(to: "rotate-key", from: try credentials(0))?.contains("made") == true)
        }
        agent.close()
    }

    private func credentials(_ user: UInt32) throws -> PeerCredentials {
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { Glibc.close(end) } }
        return try PeerCredentials(of: ends[0])
    }
}
