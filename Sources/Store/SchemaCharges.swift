// SPDX-License-Identifier: Apache-2.0

/// Charges that come late, jobs of people who are gone, and what finds the records that are past their time.
let schemaCharges = """
    ALTER TABLE jobs ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1));
    UPDATE jobs SET withdrawn = 1 WHERE id IN (SELECT job FROM custodies WHERE canceled = 1);

    ALTER TABLE releases ADD COLUMN custody INTEGER;
    ALTER TABLE releases ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1));
    UPDATE releases SET custody = (
            SELECT max(c.fence) FROM custodies c
            WHERE c.job = releases.job AND c.agent = releases.agent AND c.state = 'lapsed')
        WHERE state = 'in_doubt';
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
    CREATE INDEX custodies_over ON custodies (ended_at) WHERE ended_at IS NOT NULL;
    CREATE INDEX offline_charges_by_age ON offline_charges (recorded_at);
    CREATE INDEX forgotten_users_by_user ON forgotten_users (user, number);
    DELETE FROM forgotten_users WHERE EXISTS (
        SELECT 1 FROM forgotten_users n WHERE n.user = forgotten_users.user AND n.number > forgotten_users.number);
    CREATE TRIGGER forget_each_user_once AFTER INSERT ON forgotten_users
        BEGIN DELETE FROM forgotten_users WHERE user = new.user AND number < new.number; END;

    DROP INDEX sessions_of_user;
    CREATE INDEX sessions_of_user ON sessions (user, opened_at, id);
    CREATE INDEX prompts_by_session ON prompts (session) WHERE session IS NOT NULL;
    CREATE INDEX users_gone ON users (name, deleted_at) WHERE deleted_at IS NOT NULL;
    CREATE INDEX jobs_over ON jobs (held_at) WHERE state IN ('canceled', 'purged');
    CREATE INDEX audit_by_age ON audit (at);
    CREATE TABLE purge_marks (
        name TEXT PRIMARY KEY, through INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
