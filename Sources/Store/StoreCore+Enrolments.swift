// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// Badges that an administrator enrols at a reader: armed, held once, held again.
extension StoreCore {
    /// How long the result of an enrolment can be asked for.
    static let enrolmentKept = Duration.seconds(24 * 3600)

    struct OpenEnrolment {
        let id: Int64
        let user: UserID
        let label: String
        let by: String
        let first: EnrolmentRule.FirstRead?
        let firstReader: String?
    }

    func armEnrolment(_ order: EnrolmentOrder, _ who: Administrator) throws(StoreFault) -> AdminReply {
        var order = order
        guard let (user, userName) = try findUser(order.user) else { return noUser(order.user) }
        guard let (agent, agentName) = try findAgent(order.agent) else { return noAgent(order.agent) }
        (order.user, order.agent) = (userName, agentName)
        guard try speaksDialogue(agent) else {
            return refuse(
                .conflict,
                "agent \(order.agent) is of a version that cannot ask for a badge twice: update it, or use badge add")
        }
        if let reader = order.reader {
            let known = try readerNames(of: agent)
            guard known.isEmpty || known.contains(reader) else {
                return refuse(
                    .notFound,
                    "agent \(order.agent) has no reader \(reader): it has \(known.joined(separator: ", "))")
            }
        }
        try closeExpiredEnrolments(at: who.now)
        if let refusal = try occupancy(of: order, agent) { return refusal }
        try database.run(
            "INSERT INTO badge_enrolments (agent, reader, user, label, by, armed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            .id(agent), .text(order.reader ?? ""), .id(user), .text(order.label.displaySafe(limit: 255)),
            .text(who.name), .time(who.now))
        let id = database.lastRowID
        try audit("arm-enrolment", "\(order.user) at \(order.place)", at: who.now, by: who.name)
        return try showEnrolment(id, at: who.now)
    }

    /// One enrolment a reader: a badge must not become that person's for whom somebody else waits.
    private func occupancy(of order: EnrolmentOrder, _ agent: AgentID) throws(StoreFault) -> AdminReply? {
        let open = try database.rows("SELECT agent, reader FROM badge_enrolments WHERE result IS NULL") {
            (agent: $0.id(0) as AgentID, reader: $0.text(1))
        }
        let isTaken = open.contains { other in
            other.agent == agent && (other.reader == order.reader ?? "" || other.reader.isEmpty || order.reader == nil)
        }
        if isTaken {
            return refuse(
                .conflict,
                "a badge is being enrolled at \(order.place) already: wait until that is over, a minute at most")
        }
        guard open.count < EnrolmentRule.armedLimit else {
            return refuse(
                .conflict, "\(EnrolmentRule.armedLimit) readers wait for badges already: try again in a minute")
        }
        return nil
    }

    private func speaksDialogue(_ agent: AgentID) throws(StoreFault) -> Bool {
        let words = try database.row("SELECT capabilities FROM agents WHERE id = ?1", .id(agent)) { $0.text(0) }
        return words?.split(separator: " ").contains { $0 == Capability.dialogue.rawValue } ?? false
    }

    /// What an agent said at its last hello. One that cannot ask for a badge twice ends what is armed at its readers.
    func note(_ capabilities: Set<Capability>, of agent: AgentID, at now: WallTime) throws(StoreFault) {
        let words = capabilities.sorted().map(\.rawValue).joined(separator: " ")
        try database.run("UPDATE agents SET capabilities = ?2 WHERE id = ?1", .id(agent), .text(words))
        guard !capabilities.contains(.dialogue) else { return }
        try database.run(
            """
            UPDATE badge_enrolments SET result = 'cancelled', ended_at = ?2, first_hash = NULL, first_at = NULL,
                first_reader = NULL
            WHERE agent = ?1 AND result IS NULL
            """,
            .id(agent), .time(now))
    }

    func showEnrolment(_ id: Int64, at now: WallTime) throws(StoreFault) -> AdminReply {
        let facts = try database.row(
            """
            SELECT e.id, u.name, a.name, e.reader, e.result, e.armed_at, e.first_at, h.name, b.id, b.label, b.added_at
            FROM badge_enrolments e JOIN users u ON u.id = e.user JOIN agents a ON a.id = e.agent
                LEFT JOIN users h ON h.id = e.holder LEFT JOIN badges b ON b.id = e.badge
            WHERE e.id = ?1
            """,
            .integer(id)
        ) { row throws(StoreFault) in try EnrolmentFacts(row, at: now) }
        return facts.map { .enrolment($0) } ?? refuse(.notFound, "there is no enrolment \(id)")
    }

    /// One that is over stays what it became.
    func cancelEnrolment(_ id: Int64, _ who: Administrator) throws(StoreFault) -> AdminReply {
        let isOpen = try database.row("SELECT result IS NULL FROM badge_enrolments WHERE id = ?1", .integer(id)) {
            $0.flag(0)
        }
        guard let isOpen else { return refuse(.notFound, "there is no enrolment \(id)") }
        if isOpen {
            try end(id, .cancelled, at: who.now)
            try audit("cancel-enrolment", String(id), at: who.now, by: who.name)
        }
        return try showEnrolment(id, at: who.now)
    }

    func cancelEnrolments(of user: UserID, at now: WallTime) throws(StoreFault) {
        let open = try database.rows("SELECT id FROM badge_enrolments WHERE user = ?1 AND result IS NULL", .id(user)) {
            $0.int64(0)
        }
        for id in open { try end(id, .cancelled, at: now) }
    }

    func closeExpiredEnrolments(at now: WallTime) throws(StoreFault) {
        let open = try database.rows("SELECT id, armed_at FROM badge_enrolments WHERE result IS NULL") {
            (id: $0.int64(0), armedAt: $0.time(1))
        }
        for enrolment in open where !EnrolmentRule.isArmed(since: enrolment.armedAt, at: now) {
            try end(enrolment.id, .expired, at: now)
        }
        try database.run(
            "DELETE FROM badge_enrolments WHERE armed_at < ?1",
            .time(now.advanced(by: .zero - Self.enrolmentKept)))
    }

    /// The first read is forgotten with the enrolment: its hash names a badge that may be anybody's.
    private func end(
        _ id: Int64, _ result: EnrolmentFacts.State, badge: Int64? = nil, holder: UserID? = nil, at now: WallTime
    ) throws(StoreFault) {
        try database.run(
            """
            UPDATE badge_enrolments SET result = ?2, ended_at = ?3, badge = ?4, holder = ?5, first_hash = NULL,
                first_at = NULL, first_reader = NULL
            WHERE id = ?1 AND result IS NULL
            """,
            .integer(id), .text(result.rawValue), .time(now), badge.map { .integer($0) } ?? .null,
            holder.map { .id($0) } ?? .null)
    }
}

/// A read at a reader that waits for a badge.
extension StoreCore {
    /// The enrolment that this read belongs to.
    func openEnrolment(
        at reader: String, of agent: AgentID, at now: WallTime
    ) throws(StoreFault) -> OpenEnrolment? {
        let armed = try database.row(
            """
            SELECT id, user, label, by, first_hash, first_at, first_reader, armed_at FROM badge_enrolments
            WHERE agent = ?1 AND reader IN ('', ?2) AND result IS NULL
            """,
            .id(agent), .text(reader)
        ) { row in
            let first = row.isNull(4) ? nil : EnrolmentRule.FirstRead(hash: row.blob(4), at: row.time(5))
            let open = OpenEnrolment(
                id: row.int64(0), user: row.id(1), label: row.text(2), by: row.text(3), first: first,
                firstReader: row.optionalText(6))
            return (open, armedAt: row.time(7))
        }
        guard let (open, armedAt) = armed, EnrolmentRule.isArmed(since: armedAt, at: now) else { return nil }
        // Armed at any reader, it is at home where the badge was held first, for as long as it is awaited there.
        guard let first = open.first, open.firstReader != reader else { return open }
        return EnrolmentRule.compare(first, with: [], at: now) == .tooLate ? open : nil
    }

    /// - Parameters:
    ///   - hash: of the read; `nil` when none of its forms counts.
    ///   - holders: whose badges it matches.
    func enrol(
        _ hash: [UInt8]?, of holders: [BadgeHolder], at reader: String, for enrolment: OpenEnrolment, at now: WallTime
    ) throws(StoreFault) -> ReadVerdict {
        let first = enrolment.firstReader == reader ? enrolment.first : nil
        switch EnrolmentRule.step(hash: hash, holders: holders.map(\.user), first: first, at: now) {
        case .holdAgain:
            try database.run(
                "UPDATE badge_enrolments SET first_hash = ?2, first_at = ?3, first_reader = ?4 WHERE id = ?1",
                .integer(enrolment.id), .blob(hash ?? []), .time(now), .text(reader))
            // No reply answers it, only a read.
            return .challenge(Challenge(prompt: 0, kind: .presentAgain, triesLeft: 1))
        case .enrol:
            let badge = try insertBadge(hash ?? [], of: enrolment.user, label: enrolment.label, at: now)
            try end(enrolment.id, .enrolled, badge: badge.id, at: now)
            let name = try name(of: enrolment.user)
            try audit("enrol-badge", "\(badge.id) of \(name)", at: now, by: enrolment.by)
            return .registered(user: name)
        case .refuse(.taken(let holder)):
            // Whose it is, the administrator is told, and nobody at the reader.
            try end(enrolment.id, .taken, holder: holder, at: now)
            return .refused(Refusal(.notPermitted))
        case .refuse(.different):
            try end(enrolment.id, .different, at: now)
            return .refused(Refusal(.differentBadge))
        case .refuse(.unfit):
            try end(enrolment.id, .unfit, at: now)
            return .refused(Refusal(.unknownCredential))
        }
    }
}

extension EnrolmentFacts {
    fileprivate init(_ row: SQLRow, at now: WallTime) throws(StoreFault) {
        let armedAt = row.time(5)
        let state: State
        if row.isNull(4) {
            let isAwaited = row.optionalTime(6).map {
                EnrolmentRule.compare(EnrolmentRule.FirstRead(hash: [], at: $0), with: [], at: now) == .equal
            }
            let isArmed = EnrolmentRule.isArmed(since: armedAt, at: now)
            state = !isArmed ? .expired : isAwaited == true ? .holdAgain : .waiting
        } else {
            state = try row.state(4)
        }
        let reader = row.text(3)
        self.init(
            id: row.int64(0), user: row.text(1), agent: row.text(2), reader: reader.isEmpty ? nil : reader,
            state: state, expires: armedAt.advanced(by: EnrolmentRule.armedLife))
        holder = row.optionalText(7)
        if !row.isNull(8) { badge = BadgeFacts(id: row.int64(8), label: row.text(9), addedAt: row.time(10)) }
    }
}
