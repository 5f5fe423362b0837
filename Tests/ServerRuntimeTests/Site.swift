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

/// A whole server on loopback, with a state folder of its own.
final class Site {
    let loop: Loop
    let folder: TemporaryDirectory
    let log = Lines()
    private(set) var server: ServerRuntime?
    private var agents: [AgentRuntime] = []
    private let extra: String
    private let reviewInterval: Duration

    /// - Parameters:
    ///   - extra: further lines of settings.
    ///   - reviewInterval: how often the server looks whether its agents may still be connected.
    init(_ extra: String = "", reviewInterval: Duration = Housekeeper.reviewInterval) throws {
        self.reviewInterval = reviewInterval
        loop = try Loop()
        folder = try TemporaryDirectory()
        self.extra = extra
        try start()
    }

    deinit {
        for agent in agents { agent.close() }
        server?.close()
    }

    var runtime: ServerRuntime {
        get throws { try #require(server) }
    }

    func start(releasePort: UInt16 = 0) throws {
        let text = """
            state = \(folder.path)
            listen = 127.0.0.1
            release-port = \(releasePort)
            lpd-port = 0
            analyzer = /bin/false
            log-level = debug
            \(extra)
            """
        let runtime = try ServerRuntime(
            ServerSettings.parse(text, file: "server.conf").0, on: loop, observer: log.observer,
            reviewInterval: reviewInterval)
        try runtime.start()
        server = runtime
    }

    /// As by SIGTERM.
    func stop() throws {
        var isStopped = false
        try runtime.stop { isStopped = true }
        #expect(try loop.turn { isStopped })
        server = nil
    }

    /// As by SIGKILL, as far as that goes within a process.
    func drop() throws {
        try runtime.close()
        server = nil
    }

    func restart() throws {
        let port = try runtime.releasePort
        try stop()
        try start(releasePort: port)
    }

    func ask(_ request: AdminRequest) throws -> AdminReply {
        var reply: AdminReply?
        try runtime.administer(request, by: "test") { reply = $0 }
        #expect(try loop.turn { reply != nil })
        return try #require(reply)
    }

    func addUser(_ name: String) throws {
        guard case .user = try ask(.addUser(name: name, fullName: name, department: "Arts")) else {
            throw Unexpected(what: "the answer to addUser")
        }
    }

    func jobs() throws -> [JobFacts] {
        guard case .jobs(let jobs) = try ask(.listJobs(state: nil, owner: nil, limit: 1000)) else {
            throw Unexpected(what: "the answer to listJobs")
        }
        return jobs
    }

    func enrolmentCode() throws -> EnrolmentCode {
        guard case .enrolmentCode(let code, _) = try ask(.makeEnrolmentCode) else {
            throw Unexpected(what: "the answer to makeEnrolmentCode")
        }
        return try EnrolmentCode(typed: String(decoding: code.revealed, as: UTF8.self))
    }

    var serverKey: KeyHash {
        get throws { try Identity.loadOrCreate(at: folder.path + "/server.pem").keyHash }
    }

    // MARK: Peers

    func lpd() throws -> Peer { try Peer.tcp(try runtime.lpdPort, on: loop) }

    /// A client that speaks TLS as an agent does, and nothing else.
    func agentChannel(_ identity: Identity = .generate()) throws -> TLSPeer {
        let context = TLSContext(.client(.exact(try serverKey)), identity: identity)
        let socket = try Connected(try runtime.releasePort, on: loop)
        return try TLSPeer(TLSChannel(try socket.take(), context: context, on: loop), context)
    }

    // MARK: Agents

    /// - Parameter extra: further lines of settings.
    func agentSettings(_ name: String, _ extra: String = "") throws -> AgentSettings {
        let folder = folder.path + "/" + name
        try DurableFile.makeDirectory(folder)
        let text = """
            server = 127.0.0.1
            port = \(try runtime.releasePort)
            state = \(folder)
            name = \(name)
            display-socket = \(folder)/display.sock
            log-level = debug
            \(extra)
            """
        return try AgentSettings.parse(text, file: "agent.conf", hostName: "box").0
    }

    func enrol(_ settings: AgentSettings, code: EnrolmentCode) throws -> Result<String, OperatorError> {
        var outcome: Result<String, OperatorError>?
        let run = try EnrolmentRun(
            settings, code: code, identity: EnrolledState.loadIdentity(settings.state), on: loop
        ) { outcome = $0 }
        #expect(try loop.turn { outcome != nil })
        withExtendedLifetime(run) {}
        return try #require(outcome)
    }

    func startAgent(_ settings: AgentSettings, log: Lines) throws -> AgentRuntime {
        let agent = try AgentRuntime(
            settings, enrolment: EnrolledState.load(from: settings.state), on: loop, observer: log.observer
        ) {}
        agent.start()
        agents.append(agent)
        return agent
    }
}

struct Unexpected: Error { let what: String }

/// A connected socket, to be taken once.
struct Connected: ~Copyable {
    private let raw: CInt

    init(_ port: UInt16, on loop: Loop) throws {
        var raw: CInt?
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { result in
            if case .success(let descriptor) = consume result { raw = descriptor.release() }
        }
        #expect(try loop.turn { raw != nil })
        connector.cancel()
        self.raw = try #require(raw)
    }

    consuming func take() throws -> Descriptor { Descriptor(owning: raw) }
}

/// The agent's end of a TLS connection, and what it heard.
final class TLSPeer {
    let channel: TLSChannel
    private let context: TLSContext
    private var buffer = FrameBuffer()
    private(set) var frames: [Frame] = []
    private(set) var isOver = false

    init(_ channel: TLSChannel, _ context: TLSContext) {
        self.channel = channel
        self.context = context
        channel.onBytes = { [unowned self] in take($0) }
        channel.onEnd = { [unowned self] in isOver = true }
        channel.onClosed = { [unowned self] _ in isOver = true }
    }

    deinit { channel.close() }

    func send(_ frame: Frame) { channel.write(frame.encode()) }

    private func take(_ bytes: [UInt8]) {
        do {
            try buffer.append(bytes[...])
            while let (header, payload) = try buffer.next() {
                frames.append(try Frame(header, payload))
            }
        } catch {
            Issue.record("\(error)")
        }
    }

    /// The refusal that came, if one did.
    var refusal: Refusal.Code? {
        for frame in frames {
            if case .reply(.refused(let refusal), _) = frame.body { return refusal.code }
            if case .goAway(.refused(let refusal)) = frame.body { return refusal.code }
        }
        return nil
    }
}
