// SPDX-License-Identifier: Apache-2.0

/// Charges that come late, jobs of people who are gone, and what finds the records that are past their time.
let schemaCharges = """
    ALTER TABLE jobs ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));
    UPDATE jobs SET withdrawn = 1 WHERE id IN (SELECT job FROM custodies WHERE canceled = 1);
    -- What was under way when its user was deleted is not for the next one of that name.
    UPDATE jobs SET withdrawn = 1
        WHERE state IN ('held', 'reserved', 'sending', 'in_doubt') AND EXISTS (
            SELECT 1 FROM users u WHERE u.name = jobs.owner AND u.deleted_at >= jobs.received_at);
    INSERT INTO doomed_documents (spool_name, size, sha256)
        SELECT d.spool_name, j.size, j.sha256 FROM documents d JOIN jobs j ON j.id = d.job
        WHERE d.spool_name IS NOT NULL AND j.state = 'held' AND j.withdrawn = 1 AND NOT EXISTS (
            SELECT 1 FROM custodies c WHERE c.job = j.id AND c.ended_at IS NULL AND c.state <> 'offered');
    DELETE FROM documents WHERE job IN (
        SELECT j.id FROM jobs j WHERE j.state = 'held' AND j.withdrawn = 1 AND NOT EXISTS (
            SELECT 1 FROM custodies c WHERE c.job = j.id AND c.ended_at IS NULL AND c.state <> 'offered'));
    UPDATE jobs SET state = 'canceled', analysed = 1
        WHERE state = 'held' AND withdrawn = 1 AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.job = jobs.id);

    ALTER TABLE releases ADD COLUMN custody INTEGER;
    ALTER TABLE releases ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1));
    UPDATE releases SET custody = (
            SELECT max(c.fence) FROM custodies c
            WHERE c.job = releases.job AND c.agent = releases.agent AND c.state = 'lapsed')
        WHERE state = 'in_doubt';
    -- A doubt that was settled put its custody back to 'lent', as over. Reason 3 with nobody's word: given back.
    UPDATE releases SET custody = (
            SELECT max(c.fence) FROM custodies c
            WHERE c.job = releases.job AND c.agent = releases.agent AND c.state = 'lent'
                AND c.ended_at BETWEEN releases.reserved_at AND releases.settled_at)
        WHERE state = 'confirmed' OR (state = 'failed' AND reason IS NOT 3);
    CREATE INDEX releases_by_custody ON releases (custody) WHERE custody IS NOT NULL;
    CREATE INDEX releases_by_session ON releases (session);
    CREATE INDEX reads_by_session ON reads (session) WHERE session IS NOT NULL;

    ALTER TABLE ledger ADD COLUMN released_at INTEGER;
    ALTER TABLE ledger ADD COLUMN corrects INTEGER REFERENCES ledger;

    DROP INDEX ledger_for_users;
    CREATE INDEX ledger_for_users ON ledger (
        at, user, department, currency, scale, mono, color, unknown, amount, corrects);

    ALTER TABLE custodies ADD COLUMN unheard INTEGER NOT NULL DEFAULT 0 CHECK (unheard IN (0, 1));
    UPDATE custodies SET unheard = 1 WHERE ended_at IS NOT NULL AND state = 'lapsed';
    ALTER TABLE custodies ADD COLUMN given_back INTEGER NOT NULL DEFAULT 0 CHECK (given_back IN (0, 1));
    DELETE FROM custodies WHERE state = 'offered' AND (ended_at IS NOT NULL
        OR EXISTS (SELECT 1 FROM jobs j WHERE j.id = custodies.job AND j.state = 'canceled'));
    CREATE INDEX custodies_over ON custodies (ended_at) WHERE ended_at IS NOT NULL;
    ALTER TABLE offline_charges ADD COLUMN unbooked INTEGER NOT NULL DEFAULT 0 CHECK (unbooked IN (0, 1));
    CREATE INDEX offline_charges_unbooked ON offline_charges (unbooked) WHERE unbooked = 1;
    CREATE INDEX offline_charges_by_age ON offline_charges (recorded_at);
    CREATE INDEX forgotten_users_by_user ON forgotten_users (user, number);
    DELETE FROM forgotten_users WHERE EXISTS (
        SELECT 1 FROM forgotten_users n WHERE n.user = forgotten_users.user AND n.number > forgotten_users.number);
    CREATE TRIGGER forget_each_user_once AFTER INSERT ON forgotten_users
        BEGIN DELETE FROM forgotten_users WHERE user = new.user AND number < new.number; END;

    DROP INDEX sessions_of_user;
    CREATE INDEX sessions_of_user ON sessions (user, opened_at, id);
    ALTER TABLE sessions ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));
    CREATE INDEX sessions_over ON sessions (used_at) WHERE ended_at IS NOT NULL AND kept = 0;
    CREATE INDEX prompts_by_session ON prompts (session) WHERE session IS NOT NULL;
    CREATE INDEX users_gone ON users (name, deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX jobs_over ON jobs (held_at) WHERE state IN ('canceled', 'purged');
    CREATE INDEX audit_by_age ON audit (at);
    """
