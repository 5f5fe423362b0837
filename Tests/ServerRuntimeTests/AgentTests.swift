// SPDX-License-Identifier: Apache-2.0

import AgentRuntime
import Credentials
import Crypto
import Glibc
import HostIO
import Ops
import Primitives
import ServerCore
import ServerRuntime
import Testing
import TestKit

@testable import AgentRuntime

/// Real agents at a real server, on one loop.
@Suite struct AgentTests {
    private let site: Site

    init() throws { site = try Site() }

    private func enrolledAgent(_ name: String, log: Lines = Lines()) throws -> AgentRuntime {
        let settings = try site.agentSettings(name)
        _ = try site.enrol(settings, code: try site.enrolmentCode()).get()
        return try site.startAgent(settings, log: log)
    }

    private func isConnected(_ name: String) -> Bool {
        (try? site.runtime.connectedAgents.contains(name)) ?? false
    }

    @Test func aRightCodeEnrolsOnceAndTheAgentConnects() throws {
        let settings = try site.agentSettings("copier")
        let code = try site.enrolmentCode()
        #expect(try site.enrol(settings, code: code).get() == "copier")
        #expect(try EnrolledState.load(from: settings.state).server == site.serverKey)
        let other = try site.agentSettings("other")
        let again = try site.enrol(other, code: code)
        let error = #expect(throws: OperatorError.self) { try again.get() }
        #expect(error?.code == .enrolmentRefused && error?.exit == .unavailable)
        #expect(throws: OperatorError.self) { try EnrolledState.load(from: other.state) }
        let agent = try site.startAgent(settings, log: Lines())
        #expect(try site.loop.turn { isConnected("copier") })
        agent.close()
        #expect(try site.loop.turn { !isConnected("copier") })
    }

    @Test func aWrongCodeIsRefusedAndPinsNothing() throws {
        let settings = try site.agentSettings("copier")
        let outcome = try site.enrol(settings, code: EnrolmentCode(server: site.serverKey))
        #expect(#expect(throws: OperatorError.self) { try outcome.get() }?.code == .enrolmentRefused)
        #expect(!site.log.has("agent-enrolled"))
        let error = #expect(throws: OperatorError.self) { try EnrolledState.load(from: settings.state) }
        #expect(error?.code == .agentNotEnrolled && error?.exit == .settings)
    }

    @Test func aCodeOfAnotherServerNeverShowsOurKey() throws {
        let settings = try site.agentSettings("copier")
        let outcome = try site.enrol(settings, code: EnrolmentCode(server: Identity.generate().keyHash))
        let error = #expect(throws: OperatorError.self) { try outcome.get() }
        #expect(error?.code == .serverIdentityWrong && error?.exit == .unavailable)
        #expect(!site.log.has("agent-enrolled"))
    }

    @Test func aServerThatIsNotThereIsNamed() throws {
        let settings = try site.agentSettings("copier")
        try site.stop()
        let outcome = try site.enrol(settings, code: EnrolmentCode(server: Identity.generate().keyHash))
        let error = #expect(throws: OperatorError.self) { try outcome.get() }
        #expect(error?.code == .serverUnreachable && error?.what.contains("127.0.0.1") == true)
    }

    @Test func anAgentComesBackAfterTheServersRestart() throws {
        let log = Lines()
        let agent = try enrolledAgent("copier", log: log)
        #expect(try site.loop.turn { isConnected("copier") })
        for count in 2...3 {
            try site.restart()
            #expect(try site.loop.turn { log.all.count { $0.contains("link-opened") } == count })
        }
        #expect(isConnected("copier"))
        #expect(log.all.count { $0.contains("link-closed") } >= 2)
        #expect(log.has("reason=goodbye"), "the server said farewell")
        agent.close()
    }

    @Test func whatHappenedWhileTheServerWasAwayIsPublishedAfterwards() throws {
        let log = Lines()
        let agent = try enrolledAgent("copier", log: log)
        #expect(try site.loop.turn { isConnected("copier") })
        let port = try site.runtime.releasePort
        try site.stop()
        #expect(try site.loop.turn { log.has("link-closed") })
        let read = try #require(RawRead(technology: .wedge, text: Array("4711471147".utf8)))
        agent.readers.onRead?("front", read)
        #expect(try site.loop.turn { log.has("badge-answered") })
        try site.start(releasePort: port)
        #expect(try site.loop.turn { site.log.has("read-outcome") })
        #expect(site.log.all.contains { $0.contains("read-outcome agent=copier reader=front") })
        #expect(!site.log.has("4711471147") && !log.has("4711471147") && !log.has("52, 55, 49, 49"))
        agent.close()
    }

    @Test func manyAgentsAreConnectedAtOnce() throws {
        let names = (0..<10).map { "copier-\($0)x" }
        let agents = try names.map { try enrolledAgent($0) }
        #expect(try site.loop.turn { names.allSatisfy(isConnected) })
        try site.restart()
        #expect(try site.loop.turn { names.allSatisfy(isConnected) })
        for agent in agents { agent.close() }
    }

    @Test func aRevokedAgentIsCutOffAtOnce() throws {
        let log = Lines()
        let agent = try enrolledAgent("copier", log: log)
        #expect(try site.loop.turn { isConnected("copier") })
        #expect(try site.ask(.revokeAgent("copier")) == .done)
        #expect(try site.loop.turn { !isConnected("copier") && log.has("link-closed") })
        #expect(log.has("revoked"))
        agent.close()
    }

    @Test func anAgentThatStopsHasItsJournalOnTheDiskAndItsSocketGone() throws {
        let settings = try site.agentSettings("copier")
        _ = try site.enrol(settings, code: try site.enrolmentCode()).get()
        try site.stop()
        var stops = 0
        let log = Lines()
        let agent = try AgentRuntime(
            settings, enrolment: EnrolledState.load(from: settings.state), on: site.loop, observer: log.observer
        ) { stops += 1 }
        agent.start()
        #expect(access(settings.displaySocket, F_OK) == 0)
        let read = try #require(RawRead(technology: .wedge, text: Array("4711".utf8)))
        agent.readers.onRead?("front", read)
        agent.stop()
        agent.stop()
        #expect(try site.loop.turn { stops > 0 })
        try site.loop.settle()
        #expect(stops == 1)
        #expect(access(settings.displaySocket, F_OK) != 0)
        let journal = try DurableFile.read(settings.state + "/journal", limit: 1 << 20)
        #expect(journal.count > 60, "the read's outcome is in it")
    }

    @Test func aSecondAgentWithTheSameDisplayIsRefusedAndTheFirstGoesOn() throws {
        let settings = try site.agentSettings("copier")
        _ = try site.enrol(settings, code: try site.enrolmentCode()).get()
        let first = try site.startAgent(settings, log: Lines())
        let enrolment = try EnrolledState.load(from: settings.state)
        let error = #expect(throws: OperatorError.self) {
            _ = try AgentRuntime(settings, enrolment: enrolment, on: site.loop, observer: Lines().observer) {}
        }
        #expect(error?.code == .portTaken)
        #expect(try site.loop.turn { isConnected("copier") })
        first.close()
    }
}
