// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules

/// Forgetting what is past its time. What keeps something from happening twice goes last: see ``RetentionRule``.
extension StoreCore {
    func forgetCustodies(limit: Int, at now: WallTime) throws(StoreFault) {
        let cutoff = SQLValue.time(now.advanced(by: .zero - settings.custodyLife))
        try database.run(
            """
            DELETE FROM custodies WHERE fence IN (
                SELECT c.fence FROM custodies c JOIN jobs j ON j.id = c.job
                WHERE c.ended_at < ?1 AND j.state IN ('printed', 'canceled', 'purged') ORDER BY c.ended_at LIMIT ?2)
            """,
            cutoff, .integer(limit))
        try database.run(
            """
            DELETE FROM offline_charges WHERE key IN (
                SELECT o.key FROM offline_charges o
                WHERE o.recorded_at < ?1 AND NOT EXISTS (SELECT 1 FROM custodies c WHERE c.fence = o.fence)
                ORDER BY o.recorded_at LIMIT ?2)
            """,
            cutoff, .integer(limit))
    }

    func forgetHistory(limit: Int, at now: WallTime) throws(StoreFault) {
        let cutoff = now.advanced(by: .zero - settings.historyLife)
        try forgetSessions(before: cutoff, limit: limit)
        try forgetJobs(before: cutoff, limit: limit)
        try database.run(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)",
            .time(now.advanced(by: .zero - settings.auditLife)), .integer(limit))
    }

    /// Those of releases stay, so how far they were looked at is written down.
    private func forgetSessions(before cutoff: WallTime, limit: Int) throws(StoreFault) {
        let mark = try database.row("SELECT through FROM purge_marks WHERE name = 'sessions'") { $0.int64(0) } ?? 0
        let due = try database.rows(
            """
            SELECT s.id, s.opened_at < ?2 AND s.used_at < ?2, s.ended_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM releases r WHERE r.session = s.id
                UNION ALL SELECT 1 FROM prompts p WHERE p.session = s.id)
            FROM sessions s WHERE s.id > ?1 ORDER BY s.id LIMIT ?3
            """,
            .integer(mark), .time(cutoff), .integer(limit)
        ) { (id: $0.int64(0), isOld: $0.flag(1), isFree: $0.flag(2)) }.prefix { $0.isOld }
        guard let last = due.last else { return }
        for session in due where session.isFree {
            try database.run("UPDATE reads SET session = NULL WHERE session = ?1", .integer(session.id))
            try database.run("DELETE FROM sessions WHERE id = ?1", .integer(session.id))
        }
        try database.run(
            "INSERT OR REPLACE INTO purge_marks (name, through) VALUES ('sessions', ?1)", .integer(last.id))
    }

    /// Canceled and purged ones that never came out, with the releases that came to nothing.
    private func forgetJobs(before cutoff: WallTime, limit: Int) throws(StoreFault) {
        let due = try database.rows(
            """
            SELECT j.id FROM jobs j
            WHERE j.state IN ('canceled', 'purged') AND j.held_at < ?1
                AND NOT EXISTS (SELECT 1 FROM custodies c WHERE c.job = j.id)
                AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.job = j.id AND r.state <> 'failed')
            ORDER BY j.held_at LIMIT ?2
            """,
            .time(cutoff), .integer(limit)
        ) { (row: SQLRow) -> JobID in row.id(0) }
        for job in due {
            try database.run("DELETE FROM releases WHERE job = ?1", .id(job))
            try database.run("DELETE FROM jobs WHERE id = ?1", .id(job))
        }
    }
}
