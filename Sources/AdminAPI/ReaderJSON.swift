// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ServerCore

// As in AdminJSON: fields are added, never renamed.

struct ReaderJSON: Encodable {
    let agent: String
    /// Whether its agent is; the rest is as that agent said last.
    let connected: Bool
    let name: String
    let driver: String
    let state: String
    let model: String?
    let place: String
    let tampered: Bool
    /// Left out where the reader knows no secure channel.
    let secure: Bool?
    let reads: Int
    let drops: [String: Int]
    /// What is in the way and what to do about it.
    let obstacle: String?
    let secondsInState: Int64
    let lastRead: LastRead?

    struct LastRead: Encodable {
        /// Kind and length, never what it said.
        let what: String
        let secondsAgo: Int64
    }

    static func list(_ readers: [AgentReader], connected: Set<String>) -> [ReaderJSON] {
        readers.map { ReaderJSON($0.status, of: $0.agent, isConnected: connected.contains($0.agent)) }
    }

    private init(_ reader: ReaderStatus, of agent: String, isConnected: Bool) {
        self.agent = agent
        connected = isConnected
        name = reader.name
        driver = reader.kind
        state = reader.state.word
        model = reader.model.isEmpty ? nil : reader.model
        place = reader.place
        tampered = reader.isTampered
        secure = reader.security == .notApplicable ? nil : reader.security == .secure
        reads = reader.reads
        drops = Dictionary(reader.drops.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
        obstacle = reader.obstacle.isEmpty ? nil : reader.obstacle
        secondsInState = reader.since.components.seconds
        lastRead = reader.lastRead.map { LastRead(what: $0.what, secondsAgo: $0.age.components.seconds) }
    }
}

struct EnrolmentJSON: Encodable {
    let id: Int64
    let user: String
    let agent: String
    /// Left out when any reader of the agent will do.
    let reader: String?
    let state: String
    let over: Bool
    let expiresAt: String
    let badge: BadgeJSON?
    let holder: String?

    init(_ enrolment: EnrolmentFacts) {
        id = enrolment.id
        user = enrolment.user
        agent = enrolment.agent
        reader = enrolment.reader
        state = enrolment.state.rawValue
        over = enrolment.state.isOver
        expiresAt = Timestamp.text(enrolment.expires)
        badge = enrolment.badge.map(BadgeJSON.init)
        holder = enrolment.holder
    }
}
