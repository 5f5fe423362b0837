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
                SELECT c.fence FROM custodies c INDEXED BY custodies_over CROSS JOIN jobs j ON j.id = c.job
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
        try forgetJobs(before: cutoff, limit: limit)
        try forgetSessions(before: cutoff, limit: limit)
        try database.run(
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)",
            .time(now.advanced(by: .zero - settings.auditLife)), .integer(limit))
    }

    /// Those of releases stay, and are looked at once: until such a release is forgotten.
    private func forgetSessions(before cutoff: WallTime, limit: Int) throws(StoreFault) {
        let due = try database.rows(
            """
            SELECT s.id, EXISTS (SELECT 1 FROM releases r WHERE r.session = s.id)
            FROM sessions s INDEXED BY sessions_over
            WHERE s.ended_at IS NOT NULL AND s.kept = 0 AND s.used_at < ?1 AND s.opened_at < ?1
                AND NOT EXISTS (SELECT 1 FROM prompts p WHERE p.session = s.id)
            ORDER BY s.used_at LIMIT ?2
            """,
            .time(cutoff), .integer(limit)
        ) { (id: $0.int64(0), isKept: $0.flag(1)) }
        for session in due {
            if session.isKept {
                try database.run("UPDATE sessions SET kept = 1 WHERE id = ?1", .integer(session.id))
            } else {
                try database.run("UPDATE reads SET session = NULL WHERE session = ?1", .integer(session.id))
                try database.run("DELETE FROM sessions WHERE id = ?1", .integer(session.id))
            }
        }
    }

    /// Canceled and purged ones that never came out, with the releases that came to nothing.
    private func forgetJobs(before cutoff: WallTime, limit: Int) throws(StoreFault) {
        let due = try database.rows(
            """
            SELECT j.id FROM jobs j INDEXED BY jobs_over
            WHERE j.state IN ('canceled', 'purged') AND j.held_at < ?1
                AND NOT EXISTS (SELECT 1 FROM custodies c WHERE c.job = j.id)
                AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.job = j.id AND r.state <> 'failed')
            ORDER BY j.held_at LIMIT ?2
            """,
            .time(cutoff), .integer(limit)
        ) { (row: SQLRow) -> JobID in row.id(0) }
        for job in due {
            try database.run(
                "UPDATE sessions SET kept = 0 WHERE id IN (SELECT session FROM releases WHERE job = ?1)", .id(job))
            try database.run("DELETE FROM releases WHERE job = ?1", .id(job))
            try database.run("DELETE FROM jobs WHERE id = ?1", .id(job))
        }
    }
}
