// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import LabRuntime
import Primitives
import ReleaseWire

/// One real server and 4,096 agents that are connected to it, all with keys of their own. The agents' side is this
/// process, which has its share of the same processors.
final class FleetBench {
    static let agentCount = 4096
    /// Who come at once.
    static let crowd = 100
    private static let crowds = 10
    private static let connectLimit = Duration.seconds(120)
    private static let patience = Duration.seconds(20)
    /// As many agents an address as the server lets shake hands at once.
    private static let agentsPerAddress = 64

    static let how =
        "\(agentCount) agents, each with a key of its own, over TLS to one server; the load has the same CPUs"
    static let memoryHow = "the server's peak, VmHWM; the limit is 256 MiB"
    static let crowdHow = "CREDENTIAL to its answer, \(crowd) at a time, \(crowds) times; the limit is p99 50 ms"
    static let pinHow = "\(crowd) at the same moment, one scrypt each; the limit is 2000 ms, busy being an answer"

    private let pump: Pump
    private let site: Site
    private var agents: [FleetAgent] = []

    init(on pump: Pump) throws(LabFault) {
        self.pump = pump
        let programs = try Programs(folder: nil)
        site = try Site(SiteSettings(programs: programs, documents: try programs.documents(nil)), on: pump)
    }

    var logs: String { site.folders.logs }

    func close(keepingLogs: Bool) throws(LabFault) {
        for agent in agents { agent.close() }
        agents = []
        try site.stop(keepingLogs: keepingLogs)
    }

    func start() throws(LabFault) {
        let files: UInt64
        do throws(SystemFault) {
            files = try OpenFiles.raiseLimit()
        } catch {
            throw LabFault(error, while: "raising the limit of open files")
        }
        guard files >= UInt64(Self.agentCount) + 256 else {
            throw LabFault("\(files) open files are too few: raise the hard limit (ulimit -Hn)")
        }
    }

    func measure(_ say: (Figure) -> Void) throws(LabFault) {
        try site.makeServerState()
        let people = (Self.crowds + 1) * Self.crowd
        let fleet = try site.enrolFleet(Self.agentCount, people: people, pins: Self.crowd)
        try site.startServer()
        try site.waitForServer()
        agents = fleet.members.enumerated().map { number, member in
            let place = number / Self.agentsPerAddress
            let source = IPAddress(bytes: [127, 0, 1, UInt8(place + 1)])
            return FleetAgent(member, of: fleet, from: source, port: site.ports.release, on: pump.loop)
        }
        say(.seconds("fleet connects", try connectAll(), how: Self.how))
        say(.memory("  server's memory", try site.serverMemoryPeak(), how: Self.memoryHow))
        var samples: [Duration] = []
        for crowd in 0..<Self.crowds {
            samples += try present(agents[crowd * Self.crowd..<(crowd + 1) * Self.crowd])
        }
        say(.latency("  \(Self.crowd) badges at once", Samples(samples), how: Self.crowdHow))
        let (times, busy) = try typePINs(agents[people - Self.crowd..<people])
        say(.latency("  \(Self.crowd) PINs at once", times, how: "\(Self.pinHow); \(busy) were told busy"))
        try site.killServer()
        let begun = pump.loop.now
        try site.startServer()
        try site.waitForServer()
        try waitForAll()
        let took = pump.loop.now.elapsed(since: begun)
        say(.seconds("fleet reconnects", took, how: "server killed and started to the last WELCOME; the limit is 60 s"))
        say(.memory("  server's memory", try site.serverMemoryPeak(), how: Self.memoryHow))
    }

    private func connectAll() throws(LabFault) -> Duration {
        let begun = pump.loop.now
        for agent in agents { agent.dial() }
        try waitForAll()
        return pump.loop.now.elapsed(since: begun)
    }

    private func waitForAll() throws(LabFault) {
        // Asking all of them at each turn would be most of the load.
        let limit = pump.loop.now + Self.connectLimit
        while pump.loop.now < limit {
            try pump.pause(.milliseconds(100))
            if agents.allSatisfy(\.isOpen) { return }
        }
        throw LabFault("\(agents.count { !$0.isOpen }) of the fleet did not connect in \(Self.connectLimit)")
    }

    private func present(_ crowd: ArraySlice<FleetAgent>) throws(LabFault) -> [Duration] {
        try ask(crowd) { agent in
            guard let badge = agent.member.badge else { preconditionFailure("who presents a badge has one") }
            return .credential(Presented(reader: "front", read: badge, key: randomBytes(16), age: .zero))
        } answered: { message throws(LabFault) in
            guard case .session = message else { throw LabFault("a badge was answered by \(message)") }
        }
    }

    /// How long each waited, and how many were told that the server is busy.
    private func typePINs(_ crowd: ArraySlice<FleetAgent>) throws(LabFault) -> (Samples, busy: Int) {
        var prompts: [ObjectIdentifier: UInt32] = [:]
        for agent in crowd {
            _ = try ask([agent]) { agent in
                guard let badge = agent.member.badge else { preconditionFailure("who presents a badge has one") }
                return .credential(Presented(reader: "front", read: badge, key: randomBytes(16), age: .zero))
            } answered: { message throws(LabFault) in
                guard case .challenge(let challenge) = message else {
                    throw LabFault("no PIN was asked for: \(message)")
                }
                prompts[ObjectIdentifier(agent)] = challenge.prompt
            }
        }
        var busy = 0
        let times = try ask(crowd) { agent in
            .challengeReply(ChallengeReply(prompt: prompts[ObjectIdentifier(agent)] ?? 0, secret: Fleet.pin))
        } answered: { message throws(LabFault) in
            switch message {
            case .session: break
            case .refused(let refusal) where refusal.code == .busy: busy += 1
            default: throw LabFault("a PIN was answered by \(message)")
            }
        }
        return (Samples(times), busy)
    }

    /// Lets all ask in one turn of the loop, and takes the time of each answer.
    private func ask(
        _ crowd: ArraySlice<FleetAgent>, _ message: (FleetAgent) -> ReleaseMessage,
        answered: (ReleaseMessage) throws(LabFault) -> Void
    ) throws(LabFault) -> [Duration] {
        var answers: [(message: ReleaseMessage, time: Duration)] = []
        let begun = pump.loop.now
        for agent in crowd {
            agent.onAnswer = { [loop = pump.loop] in answers.append(($0, loop.now.elapsed(since: begun))) }
            agent.ask(message(agent))
        }
        try pump.wait("the crowd's answers", atMost: Self.patience) { answers.count == crowd.count }
        for (message, _) in answers { try answered(message) }
        return answers.map(\.time)
    }
}
