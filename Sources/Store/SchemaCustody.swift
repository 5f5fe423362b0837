// SPDX-License-Identifier: Apache-2.0

/// Jobs that are lent to agents. A custody ends and is kept: what an agent says of it later must find it.
///
/// Whom the agents must forget is written down by triggers, so that no way to lock somebody out misses it.
let schemaCustody = """
    CREATE TABLE custodies (
        fence INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL REFERENCES jobs,
        agent INTEGER NOT NULL REFERENCES agents, user INTEGER NOT NULL REFERENCES users,
        pages INTEGER NOT NULL CHECK (pages >= 0), state TEXT NOT NULL CHECK (state IN ('offered', 'lent', 'lapsed')),
        recalled INTEGER NOT NULL DEFAULT 0 CHECK (recalled IN (0, 1)),
        canceled INTEGER NOT NULL DEFAULT 0 CHECK (canceled IN (0, 1)),
        offered_at INTEGER NOT NULL, lease_until INTEGER, ended_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX custodies_live ON custodies (job) WHERE ended_at IS NULL;
    CREATE INDEX custodies_by_job ON custodies (job);
    CREATE INDEX custodies_by_agent ON custodies (agent, fence) WHERE ended_at IS NULL;
    CREATE INDEX custodies_by_user ON custodies (user) WHERE ended_at IS NULL;
    CREATE INDEX custodies_by_lease ON custodies (lease_until) WHERE ended_at IS NULL AND state = 'lent';

    CREATE TABLE offline_charges (
        key BLOB PRIMARY KEY CHECK (length(key) = 16), fence INTEGER NOT NULL, recorded_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE forgotten_users (
        number INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL REFERENCES users
    ) STRICT;
    CREATE TRIGGER forget_a_revoked_badge AFTER UPDATE OF revoked_at ON badges WHEN new.revoked_at IS NOT NULL
        BEGIN INSERT INTO forgotten_users (user) VALUES (new.user); END;
    CREATE TRIGGER forget_a_locked_user AFTER UPDATE OF locked ON users WHEN new.locked = 1
        BEGIN INSERT INTO forgotten_users (user) VALUES (new.id); END;
    CREATE TRIGGER forget_a_deleted_user AFTER UPDATE OF deleted_at ON users WHEN new.deleted_at IS NOT NULL
        BEGIN INSERT INTO forgotten_users (user) VALUES (new.id); END;
    CREATE TRIGGER forget_who_got_a_pin AFTER INSERT ON pins
        BEGIN INSERT INTO forgotten_users (user) VALUES (new.user); END;

    CREATE INDEX sessions_of_user ON sessions (user, id);
    CREATE INDEX sessions_by_agent ON sessions (agent, opened_at);
    """
