// SPDX-License-Identifier: Apache-2.0

/// What must hold after every transaction, as queries that find what breaks it. For tests, simulations and a look at a
/// suspicious database; each reads whole tables.
extension StoreCore {
    private static let checks = [
        "a confirmed release has one ledger line": """
        SELECT count(*) FROM releases r WHERE r.state = 'confirmed'
            AND (SELECT count(*) FROM ledger l WHERE l.release = r.id AND l.attempt = r.attempt) <> 1
        """,
        "a ledger line belongs to a confirmed release": """
        SELECT count(*) FROM ledger l
        WHERE NOT EXISTS (SELECT 1 FROM releases r WHERE r.id = l.release AND r.state = 'confirmed')
        """,
        "a printed job has one confirmed release": """
        SELECT count(*) FROM jobs j WHERE (j.state = 'printed')
            <> ((SELECT count(*) FROM releases r
                WHERE r.job = j.id AND r.state = 'confirmed' AND r.late = 0) = 1)
        """,
        "what came out besides is marked as late": """
        SELECT count(*) FROM releases r JOIN ledger l ON l.release = r.id
        WHERE r.late = 1 AND l.released_at IS NULL
        """,
        "a correction is of a line of the same job": """
        SELECT count(*) FROM ledger l JOIN releases r ON r.id = l.release
            JOIN ledger f ON f.number = l.corrects JOIN releases s ON s.id = f.release
        WHERE r.job <> s.job OR r.user <> s.user OR r.late = 0 OR f.number >= l.number
        """,
        "a correction is charged as the line was": """
        SELECT count(*) FROM ledger l JOIN ledger f ON f.number = l.corrects
        WHERE l.user <> f.user OR l.department <> f.department OR l.printer <> f.printer
            OR l.currency <> f.currency OR l.scale <> f.scale
            OR (l.account IS NOT f.account AND NOT EXISTS (
                SELECT 1 FROM ledger b WHERE b.number = l.number - 1 AND b.corrects = f.number
                    AND b.account IS f.account
                    AND b.mono = -f.mono AND b.color = -f.color AND b.unknown = -f.unknown AND b.amount = -f.amount))
        """,
        "nothing is left of what was only offered": """
        SELECT count(*) FROM custodies c WHERE c.state = 'offered' AND c.ended_at IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM releases r WHERE r.custody = c.fence)
        """,
        "one custody has one release": """
        SELECT count(*) FROM (SELECT 1 FROM releases WHERE custody IS NOT NULL AND state <> 'failed' AND late = 0
            GROUP BY custody HAVING count(*) > 1)
        """,
        "a held job of nobody is lent": """
        SELECT count(*) FROM jobs j WHERE j.state = 'held' AND j.withdrawn = 1 AND NOT EXISTS (
            SELECT 1 FROM custodies c WHERE c.job = j.id AND c.ended_at IS NULL AND c.state <> 'offered')
        """,
        "a job under way has one live release in its state": """
        SELECT count(*) FROM jobs j WHERE (j.state IN ('reserved', 'sending', 'in_doubt'))
            <> ((SELECT count(*) FROM releases r WHERE r.job = j.id AND r.state = j.state) = 1)
        """,
        "other jobs have no live release": """
        SELECT count(*) FROM releases r JOIN jobs j ON j.id = r.job
        WHERE r.state IN ('reserved', 'sending', 'in_doubt') AND j.state <> r.state
        """,
        "a job has its document until it is final": """
        SELECT count(*) FROM jobs j WHERE (j.state IN ('printed', 'canceled', 'purged'))
            = EXISTS (SELECT 1 FROM documents d WHERE d.job = j.id)
        """,
        "a job comes out for its owner only": """
        SELECT count(*) FROM releases r JOIN jobs j ON j.id = r.job JOIN users u ON u.id = r.user
        WHERE u.name <> j.owner
        """,
        "a release goes to the printer of its session's agent": """
        SELECT count(*) FROM releases r JOIN sessions s ON s.id = r.session JOIN printers p ON p.id = r.printer
        WHERE s.agent <> r.agent OR p.agent <> r.agent OR s.user <> r.user
        """,
        "a lent job is held, or under way at its holder": """
        SELECT count(*) FROM custodies c JOIN jobs j ON j.id = c.job
        WHERE c.ended_at IS NULL AND c.state = 'lent' AND j.state <> 'held' AND NOT EXISTS (
            SELECT 1 FROM releases r WHERE r.job = c.job AND r.agent = c.agent
                AND r.state IN ('reserved', 'sending', 'in_doubt'))
        """,
        "a job whose lease ran out is in doubt": """
        SELECT count(*) FROM custodies c JOIN jobs j ON j.id = c.job
        WHERE c.ended_at IS NULL AND c.state = 'lapsed' AND j.state <> 'in_doubt'
        """,
        "every reference leads somewhere": "SELECT count(*) FROM pragma_foreign_key_check",
        "the file is whole": "SELECT count(*) FROM pragma_quick_check WHERE quick_check <> 'ok'",
    ]

    /// The names of the checks that found something, in order; empty when all is well.
    package func brokenInvariants() throws(StoreFault) -> [String] {
        var broken: [String] = []
        for (name, sql) in Self.checks.sorted(by: { $0.key < $1.key }) where try count(sql) > 0 { broken.append(name) }
        if let line = try firstBrokenLedgerLine() { broken.append("the ledger is a chain, up to line \(line)") }
        return broken
    }
}
