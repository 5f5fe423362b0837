// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Credentials
import Glibc
import HostIO
import PrintModel
import Primitives
import ReaderMachines
import ServerCore
import ServerRuntime
import Testing
import TestKit

@testable import AgentRuntime

/// A real agent with a serial reader, at a real server, on one loop.
@Suite struct ReadersTests {
    /// Printed number 0006547886 (forum.arduino.cc 251993).
    private static let frame: [UInt8] = [0x02] + Array("010063E9AE25".utf8) + [0x03]
    private static let other: [UInt8] = [0x02] + Array("010063E9AF24".utf8) + [0x03]

    private let site: Site
    private let link: String

    init() throws {
        site = try Site()
        link = site.folder.path + "/front.tty"
    }

    private func plug() throws -> HostIO.Stream {
        let pty = try Pty.open()
        unlink(link)
        symlink(pty.slavePath, link)
        let far = try Stream(pty.takeMaster(), on: site.loop)
        // A terminal that nobody has open reads as hung up.
        far.pauseReading()
        return far
    }

    private func start() throws -> AgentRuntime {
        let settings = try site.agentSettings("copier", "readers = listed\nreader.front = id12 \(link)\n")
        _ = try site.enrol(settings, code: try site.enrolmentCode()).get()
        return try site.startAgent(settings, log: Lines())
    }

    private func readers() throws -> [ReaderStatus] {
        guard case .readers(let readers) = try site.ask(.listReaders(agent: "copier")) else {
            throw Unexpected(what: "the answer to listReaders")
        }
        return readers.map(\.status)
    }

    /// Asks until it is so; the agent tells at most once a second.
    private func becomes(_ what: ([ReaderStatus]) -> Bool) throws -> Bool {
        for _ in 0..<100 {
            if what(try readers()) { return true }
            var isOver = false
            _ = site.loop.schedule(after: .milliseconds(50)) { isOver = true }
            guard try site.loop.turn(until: { isOver }) else { return false }
        }
        return false
    }

    @Test func aReaderThatIsPulledOutIsLostAtTheServerAndBackWhenItIsPlugged() throws {
        var far = try plug()
        let agent = try start()
        #expect(try becomes { $0.first?.state == .attached })
        far.close()
        #expect(try becomes { $0.first?.state == .lost })
        #expect(site.log.all.count { $0.contains("reader-lost agent=copier reader=front") } == 1)
        far = try plug()
        #expect(try becomes { $0.first?.state == .attached })
        #expect(site.log.has("reader-back"))
        far.write(Self.frame)
        #expect(try becomes { $0.first?.reads == 1 && $0.first?.lastRead?.what == "em4100, 40 bits" })
        agent.close()
        far.close()
    }

    private func arm() throws -> EnrolmentFacts {
        let order = EnrolmentOrder(user: "ada", agent: "copier", reader: "front", label: "blue")
        guard case .enrolment(let facts) = try site.ask(.armEnrolment(order)) else {
            throw Unexpected(what: "the answer to armEnrolment")
        }
        return facts
    }

    private func state(_ id: Int64) throws -> EnrolmentFacts.State {
        guard case .enrolment(let facts) = try site.ask(.showEnrolment(id)) else {
            throw Unexpected(what: "the answer to showEnrolment")
        }
        return facts.state
    }

    private func wait(_ time: Duration) throws {
        var isOver = false
        _ = site.loop.schedule(after: time) { isOver = true }
        #expect(try site.loop.turn { isOver })
    }

    @Test func aBadgeThatIsHeldTwiceToAnArmedReaderIsEnrolled() throws {
        let far = try plug()
        let agent = try start()
        try site.addUser("ada")
        #expect(try becomes { $0.first?.state == .attached })
        let first = try arm()
        far.write(Self.frame)
        #expect(try site.loop.turn { site.log.has("answer=presentAgain-asked") })
        #expect(try state(first.id) == .holdAgain)
        far.write(Self.other)
        #expect(try site.loop.turn { site.log.has("answer=differentBadge") })
        #expect(try state(first.id) == .different)
        // The badges are no longer taken for those that are still held.
        try wait(.milliseconds(2100))
        let second = try arm()
        far.write(Self.frame)
        #expect(try site.loop.turn { site.log.all.count { $0.contains("answer=presentAgain-asked") } == 2 })
        try wait(.milliseconds(600))
        far.write(Self.frame)
        #expect(try site.loop.turn { site.log.has("answer=registered") })
        #expect(try state(second.id) == .enrolled)
        #expect(try site.loop.turn { site.log.all.count { $0.contains("outcome=registered") } == 2 })
        guard case .user(let ada) = try site.ask(.showUser("ada")) else { throw Unexpected(what: "ada") }
        #expect(ada.badges.map(\.label) == ["blue"])
        agent.close()
        far.close()
    }
}
