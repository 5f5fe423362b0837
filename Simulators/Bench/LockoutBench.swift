// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import HostIO
import LabRuntime
import Ops
import Primitives
import ReleaseWire

/// Whether the time of an answer tells who exists: the same things typed for nobody, for somebody and for somebody who
/// is locked, one after the other in turn, at a real server over TLS that has nothing else to do.
final class LockoutBench {
    private static let rounds = 150
    /// A person bars after five failures, an agent after twenty; a round has two for the person, four for the agent.
    private static let roundsPerPerson = 2
    private static let roundsPerAgent = 4
    private static let locked = 10
    private static let patience = Duration.seconds(20)

    private static let how =
        "one at a time over TLS on loopback, in turn with the others; request to answer; \(rounds) of each"

    private enum Who: CaseIterable {
        case nobody, wrong, locked

        var name: String {
            switch self {
            case .nobody: "unknown number"
            case .wrong: "wrong PIN"
            case .locked: "locked, right PIN"
            }
        }
    }

    private enum Step: CaseIterable {
        case logIn, question, answer

        var name: String {
            switch self {
            case .logIn: "LOGIN"
            case .question: "typed badge number, CREDENTIAL to its question"
            case .answer: "typed badge number, the PIN to its answer"
            }
        }
    }

    let site: Site
    private let pump: Pump
    private var agents: [FleetAgent] = []
    private var members: [Fleet.Member] = []

    init(on pump: Pump) throws(LabFault) {
        self.pump = pump
        let programs = try Programs(folder: nil)
        var settings = SiteSettings(programs: programs, documents: try programs.documents(nil))
        settings.secondFactor = "when-typed"
        site = try Site(settings, on: pump)
    }

    func close(keepingLogs: Bool) throws(LabFault) {
        for agent in agents { agent.close() }
        agents = []
        try site.stop(keepingLogs: keepingLogs)
    }

    func start() throws(LabFault) {
        try site.makeServerState()
        let people = Self.rounds / Self.roundsPerPerson + Self.locked
        let fleet = try site.enrolFleet(people, people: people, pins: people, locked: Self.locked)
        members = fleet.members
        try site.startServer()
        try site.waitForServer()
        let count = (Self.rounds + Self.roundsPerAgent - 1) / Self.roundsPerAgent
        agents = members.prefix(count).map { member in
            let agent = FleetAgent(member, of: fleet, from: .loopback4, port: site.ports.release, on: pump.loop)
            agent.capabilities = [.dialogue]
            return agent
        }
        for agent in agents {
            agent.dial()
            try pump.wait("an agent's welcome", atMost: Self.patience) { agent.isOpen }
        }
    }

    func measure() throws(LabFault) -> [Figure] {
        var times: [Step: [Who: [Duration]]] = [:]
        for round in 0..<Self.rounds {
            let agent = agents[round / Self.roundsPerAgent]
            let order = Who.allCases.indices.map { Who.allCases[(round + $0) % Who.allCases.count] }
            for who in order {
                times[.logIn, default: [:]][who, default: []].append(try logIn(who, round, at: agent))
                let (question, answer) = try type(who, round, at: agent)
                times[.question, default: [:]][who, default: []].append(question)
                times[.answer, default: [:]][who, default: []].append(answer)
            }
        }
        return Step.allCases.flatMap { step in
            Self.figures(step, (times[step] ?? [:]).mapValues { Samples($0) })
        }
    }

    private static func figures(_ step: Step, _ samples: [Who: Samples]) -> [Figure] {
        guard let nobody = samples[.nobody], let wrong = samples[.wrong], let locked = samples[.locked] else {
            preconditionFailure("each is measured")
        }
        let rows = [(Who.nobody, nobody), (.wrong, wrong), (.locked, locked)].map { who, samples in
            Figure.latency(who.name, samples, how: "\(step.name); \(how)")
        }
        let chance = "how often the one took longer than the other; 0.50 tells nothing"
        return rows + [
            .ratio("  unknown to wrong", nobody.median / wrong.median, how: "p50 by p50"),
            .share("  unknown over wrong", nobody.isLonger(than: wrong), how: chance),
            .share("  locked over wrong", locked.isLonger(than: wrong), how: chance),
        ]
    }

    // MARK: What is typed

    private func number(of who: Who, _ round: Int) -> String {
        switch who {
        case .nobody: String(77_000_000 + round)
        case .wrong: members[round / Self.roundsPerPerson].number ?? ""
        case .locked: members[members.count - 1 - round % Self.locked].number ?? ""
        }
    }

    private func secret(of who: Who) -> SecretBytes { who == .locked ? Fleet.pin : SecretBytes(Array("1593".utf8)) }

    private func logIn(_ who: Who, _ round: Int, at agent: FleetAgent) throws(LabFault) -> Duration {
        let login = Login(
            reader: "l\(round)", key: randomBytes(16), age: .zero,
            user: (typed: number(of: who, round), proof: .pin, secret: secret(of: who)))
        let (answer, time) = try ask(.login(login), agent)
        try check(answer, who)
        return time
    }

    private func type(
        _ who: Who, _ round: Int, at agent: FleetAgent
    ) throws(LabFault) -> (question: Duration, answer: Duration) {
        guard let read = RawRead(technology: .keypad, text: Array(number(of: who, round).utf8)) else {
            throw LabFault("a number is no read", exit: .bug)
        }
        let presented = Presented(reader: "t\(round)", read: read, key: randomBytes(16), age: .zero)
        let (asked, question) = try ask(.credential(presented), agent)
        guard case .challenge(let challenge) = asked else { throw LabFault("no PIN was asked for, but \(asked)") }
        let reply = ChallengeReply(prompt: challenge.prompt, secret: secret(of: who))
        let (answer, time) = try ask(.challengeReply(reply), agent)
        try check(answer, who)
        return (question, time)
    }

    private func check(_ answer: ReleaseMessage, _ who: Who) throws(LabFault) {
        let code: Refusal.Code = who == .locked ? .locked : .wrongPIN
        guard answer == .refused(Refusal(code)) else { throw LabFault("\(who.name) was answered by \(answer)") }
    }

    private func ask(_ message: ReleaseMessage, _ agent: FleetAgent) throws(LabFault) -> (ReleaseMessage, Duration) {
        var answer: (ReleaseMessage, Duration)?
        let begun = pump.loop.now
        agent.onAnswer = { [loop = pump.loop] in answer = ($0, loop.now.elapsed(since: begun)) }
        agent.ask(message)
        try pump.wait("an answer", atMost: Self.patience) { answer != nil }
        guard let answer else { throw LabFault("no answer", exit: .bug) }
        return answer
    }
}
