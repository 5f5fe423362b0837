// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules

/// A line of the audit that an agent can bring about as often as it likes.
struct AgentLine {
    let agent: AgentID
    let action: String
    /// Lines of other places have pauses of their own.
    var place = ""
    let subject: String
    var by = "agent"
}

/// What an agent can bring about without end is written down once a minute, with how many there were. What has changed
/// money or rights has a line each, and is none of this.
extension StoreCore {
    /// Writes it, or counts it where another one was written lately.
    func auditWithPause(_ line: AgentLine, at now: WallTime) throws(StoreFault) {
        let last = try pause(line.agent, line.action, line.place)
        if let last, AuditPauseRule.lasts(since: last.at, at: now) {
            return try database.run(
                "UPDATE audit_pauses SET left_out = left_out + 1 WHERE agent = ?1 AND action = ?2 AND place = ?3",
                .id(line.agent), .text(line.action), .text(line.place))
        }
        let more = last.map { $0.leftOut == 0 ? "" : "; before it \($0.leftOut) more" } ?? ""
        try audit(line.action, line.subject + more, at: now, by: line.by)
        try beginPause(line, at: now)
    }

    func audit(_ line: AgentLine, at now: WallTime) throws(StoreFault) {
        try audit(line.action, line.subject, at: now, by: line.by)
    }

    private func pause(
        _ agent: AgentID, _ action: String, _ place: String
    ) throws(StoreFault) -> (at: WallTime, leftOut: Int)? {
        try database.row(
            "SELECT at, left_out FROM audit_pauses WHERE agent = ?1 AND action = ?2 AND place = ?3",
            .id(agent), .text(action), .text(place)
        ) { (at: $0.time(0), leftOut: $0.int(1)) }
    }

    private func beginPause(_ line: AgentLine, at now: WallTime) throws(StoreFault) {
        try database.run(
            "INSERT OR REPLACE INTO audit_pauses (agent, action, place, at, by) VALUES (?1, ?2, ?3, ?4, ?5)",
            .id(line.agent), .text(line.action), .text(line.place), .time(now), .text(line.by))
    }

    /// Kinds of an agent's readers' trouble that were written down lately; those of before are forgotten.
    func countReaderPauses(of agent: AgentID, at now: WallTime) throws(StoreFault) -> Int {
        try database.run(
            """
            DELETE FROM audit_pauses WHERE agent = ?1 AND action >= 'reader-' AND action < 'reader.'
                AND (at <= ?2 OR at > ?3)
            """,
            .id(agent), .time(now.advanced(by: .zero - AuditPauseRule.pause)), .time(now))
        return try database.row(
            "SELECT count(*) FROM audit_pauses WHERE agent = ?1 AND action >= 'reader-' AND action < 'reader.'",
            .id(agent)
        ) { $0.int(0) } ?? 0
    }

    /// - Returns: whether a line was written.
    func auditOnce(_ line: AgentLine, at now: WallTime) throws(StoreFault) -> Bool {
        if let last = try pause(line.agent, line.action, line.place), AuditPauseRule.lasts(since: last.at, at: now) {
            return false
        }
        try audit(line, at: now)
        try beginPause(line, at: now)
        return true
    }

    /// What was left out since the last line is told, should no other come.
    func endAuditPauses(limit: Int, at now: WallTime) throws(StoreFault) {
        let over = try database.rows(
            """
            SELECT p.agent, a.name, p.action, p.place, p.by, p.left_out
            FROM audit_pauses p JOIN agents a ON a.id = p.agent
            WHERE p.at <= ?1 OR p.at > ?2 ORDER BY p.at LIMIT ?3
            """,
            .time(now.advanced(by: .zero - AuditPauseRule.pause)), .time(now), .integer(limit)
        ) {
            (
                agent: $0.id(0) as AgentID, name: $0.text(1), action: $0.text(2), place: $0.text(3), by: $0.text(4),
                leftOut: $0.int(5)
            )
        }
        for pause in over {
            if pause.leftOut > 0 {
                let what = pause.place.isEmpty ? pause.name : pause.place
                try audit(pause.action, "\(what): \(pause.leftOut) more", at: now, by: pause.by)
            }
            try database.run(
                "DELETE FROM audit_pauses WHERE agent = ?1 AND action = ?2 AND place = ?3",
                .id(pause.agent), .text(pause.action), .text(pause.place))
        }
    }
}
