// SPDX-License-Identifier: Apache-2.0

/// Times are milliseconds since 1970 in UTC. Names of states are the raw values of the enums in `PrintModel`.
let schemaOne = """
    CREATE TABLE departments (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, full_name TEXT NOT NULL,
        department INTEGER NOT NULL REFERENCES departments, locked INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
        failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0), barred_until INTEGER, deleted_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX users_by_name ON users (name) WHERE deleted_at IS NULL;

    CREATE TABLE pins (
        user INTEGER PRIMARY KEY REFERENCES users, log_n INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL
    ) STRICT;

    CREATE TABLE badges (
        id INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL REFERENCES users,
        hash BLOB NOT NULL CHECK (length(hash) = 32), label TEXT NOT NULL, added_at INTEGER NOT NULL, revoked_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX badges_by_hash ON badges (hash) WHERE revoked_at IS NULL;
    CREATE INDEX badges_by_user ON badges (user);

    CREATE TABLE agents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
        key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
        epoch INTEGER NOT NULL DEFAULT 0, enrolled_at INTEGER NOT NULL, last_hello_at INTEGER, revoked_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX agents_by_name ON agents (name) WHERE revoked_at IS NULL;

    CREATE TABLE agent_streams (
        id INTEGER PRIMARY KEY AUTOINCREMENT, agent INTEGER NOT NULL REFERENCES agents, stream BLOB NOT NULL,
        last_seq INTEGER NOT NULL CHECK (last_seq >= 0), UNIQUE (agent, stream)
    ) STRICT;

    CREATE TABLE enrolment_codes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL,
        tries_left INTEGER NOT NULL CHECK (tries_left >= 0), used_at INTEGER
    ) STRICT;

    CREATE TABLE printers (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, agent INTEGER NOT NULL REFERENCES agents,
        uri TEXT NOT NULL, removed_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX printers_by_name ON printers (name) WHERE removed_at IS NULL;
    CREATE UNIQUE INDEX printers_by_agent ON printers (agent) WHERE removed_at IS NULL;

    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL CHECK (owner <> ''), title TEXT NOT NULL,
        host TEXT NOT NULL, queue TEXT NOT NULL, client_number TEXT NOT NULL, copies INTEGER NOT NULL,
        received_at INTEGER NOT NULL, held_at INTEGER NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('held', 'reserved', 'sending', 'printed', 'in_doubt', 'canceled', 'purged')),
        size INTEGER NOT NULL CHECK (size > 0), sha256 BLOB NOT NULL,
        analysed INTEGER NOT NULL DEFAULT 0 CHECK (analysed IN (0, 1)), kind TEXT NOT NULL DEFAULT '',
        pages INTEGER, color_pages INTEGER, document_copies INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX jobs_held ON jobs (owner, id) WHERE state = 'held';
    CREATE INDEX jobs_by_age ON jobs (held_at, id) WHERE state = 'held';
    CREATE INDEX jobs_by_state ON jobs (state, id);
    CREATE INDEX jobs_by_owner ON jobs (owner, id);
    CREATE INDEX jobs_by_client ON jobs (host, client_number, sha256, received_at);
    CREATE INDEX jobs_unanalysed ON jobs (id) WHERE analysed = 0;

    CREATE TABLE documents (
        job INTEGER PRIMARY KEY REFERENCES jobs, sealed BLOB, spool_name TEXT UNIQUE, wrapped_key BLOB NOT NULL,
        CHECK ((sealed IS NULL) <> (spool_name IS NULL))
    ) STRICT;

    CREATE TABLE doomed_documents (
        id INTEGER PRIMARY KEY, spool_name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, sha256 BLOB NOT NULL
    ) STRICT;

    CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL REFERENCES users,
        agent INTEGER NOT NULL REFERENCES agents, epoch INTEGER NOT NULL, reader TEXT NOT NULL,
        printer INTEGER NOT NULL REFERENCES printers, opened_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
        ended_at INTEGER, end_reason INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX sessions_open ON sessions (agent, reader) WHERE ended_at IS NULL;
    CREATE INDEX sessions_by_user ON sessions (user) WHERE ended_at IS NULL;

    CREATE TABLE releases (
        id INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL REFERENCES jobs,
        attempt INTEGER NOT NULL CHECK (attempt > 0), session INTEGER NOT NULL REFERENCES sessions,
        user INTEGER NOT NULL REFERENCES users, agent INTEGER NOT NULL REFERENCES agents,
        printer INTEGER NOT NULL REFERENCES printers,
        state TEXT NOT NULL CHECK (state IN ('reserved', 'sending', 'confirmed', 'failed', 'in_doubt')),
        reserved_at INTEGER NOT NULL, sending_at INTEGER, settled_at INTEGER,
        pages INTEGER, evidence INTEGER, reason INTEGER, UNIQUE (job, attempt)
    ) STRICT;
    CREATE UNIQUE INDEX releases_live ON releases (job) WHERE state IN ('reserved', 'sending', 'in_doubt');
    CREATE INDEX releases_open ON releases (agent, id) WHERE state IN ('reserved', 'sending');
    CREATE INDEX releases_open_by_age ON releases (id) WHERE state IN ('reserved', 'sending');

    CREATE TABLE ledger (
        number INTEGER PRIMARY KEY CHECK (number > 0), release INTEGER NOT NULL REFERENCES releases,
        attempt INTEGER NOT NULL, user INTEGER NOT NULL REFERENCES users,
        department INTEGER NOT NULL REFERENCES departments, printer INTEGER NOT NULL REFERENCES printers,
        title TEXT NOT NULL, mono INTEGER NOT NULL, color INTEGER NOT NULL, unknown INTEGER NOT NULL,
        amount INTEGER NOT NULL, currency TEXT NOT NULL, scale INTEGER NOT NULL, at INTEGER NOT NULL,
        prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32), hash BLOB NOT NULL CHECK (length(hash) = 32),
        UNIQUE (release, attempt)
    ) STRICT;
    CREATE INDEX ledger_by_time ON ledger (at, number);
    CREATE INDEX ledger_for_users ON ledger (at, user, department, currency, scale, mono, color, unknown, amount);
    CREATE TRIGGER ledger_is_never_changed BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER ledger_is_never_shortened BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

    CREATE TABLE reads (
        agent INTEGER NOT NULL REFERENCES agents, key BLOB NOT NULL, reader TEXT NOT NULL, presented_at INTEGER,
        user INTEGER REFERENCES users, session INTEGER REFERENCES sessions,
        awaits_pin INTEGER NOT NULL DEFAULT 0 CHECK (awaits_pin IN (0, 1)),
        result INTEGER, result_at INTEGER, recorded_at INTEGER NOT NULL, PRIMARY KEY (agent, key)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX reads_awaiting ON reads (agent, reader) WHERE awaits_pin = 1;
    CREATE INDEX reads_by_age ON reads (recorded_at);

    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL,
        subject TEXT NOT NULL
    ) STRICT;
    """
