// SPDX-License-Identifier: Apache-2.0

import AdminModel
import PrintModel
import Primitives
import ServerCore

extension StatusAnswer {
    init(_ facts: ServerFacts, _ counts: StateCounts, _ agents: [AgentAnswer], _ readers: [ReaderAnswer]) {
        self.init()
        version = facts.version
        startedAt = Timestamp.text(facts.startedAt)
        let states = JobState.allCases.map { ($0.rawValue, counts.jobs[$0] ?? 0) }
        jobs = Dictionary(uniqueKeysWithValues: states)
        users = counts.users
        ledgerEntries = counts.ledgerEntries
        unbookedCharges = counts.unbookedCharges > 0 ? counts.unbookedCharges : nil
        self.agents = agents
        self.readers = readers
        ports = facts.ports
        warnings = facts.warnings
        if let unbookedCharges {
            warnings.append(
                "What came out at agents and could not be charged: \(unbookedCharges). "
                    + "`lanyard audit` says what and why (unbooked-offline-charge).")
        }
    }
}

extension ReaderAnswer {
    static func list(_ readers: [AgentReader], connected: Set<String>) -> [ReaderAnswer] {
        readers.map { reader in
            var answer = ReaderAnswer(reader.status, of: reader.agent, isConnected: connected.contains(reader.agent))
            answer.lockedUntil = reader.barredUntil.map(Timestamp.text)
            return answer
        }
    }

    private init(_ reader: ReaderStatus, of agent: String, isConnected: Bool) {
        self.init()
        (self.agent, connected) = (agent, isConnected)
        (name, driver, state, place) = (reader.name, reader.kind, reader.state.word, reader.place)
        model = reader.model.isEmpty ? nil : reader.model
        tampered = reader.isTampered
        secure = reader.security == .notApplicable ? nil : reader.security == .secure
        reads = reader.reads
        drops = Dictionary(reader.drops.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
        obstacle = reader.obstacle.isEmpty ? nil : reader.obstacle
        secondsInState = reader.since.components.seconds
        lastRead = reader.lastRead.map { LastRead(what: $0.what, secondsAgo: $0.age.components.seconds) }
    }
}

extension EnrolmentAnswer {
    init(_ enrolment: EnrolmentFacts) {
        self.init()
        (id, user, agent, reader) = (enrolment.id, enrolment.user, enrolment.agent, enrolment.reader)
        (state, over) = (enrolment.state.rawValue, enrolment.state.isOver)
        expiresAt = Timestamp.text(enrolment.expires)
        badge = enrolment.badge.map(BadgeAnswer.init)
        holder = enrolment.holder
    }
}
