// SPDX-License-Identifier: Apache-2.0

/// How the agents' readers are, and badges that are being enrolled at them. Numbers of states are those of PRP/1.
let schemaReaders = """
    ALTER TABLE agents ADD COLUMN capabilities TEXT NOT NULL DEFAULT '';

    CREATE TABLE reader_status (
        agent INTEGER NOT NULL REFERENCES agents, name TEXT NOT NULL, kind TEXT NOT NULL,
        state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4), model TEXT NOT NULL, place TEXT NOT NULL,
        tampered INTEGER NOT NULL CHECK (tampered IN (0, 1)),
        security INTEGER NOT NULL CHECK (security BETWEEN 0 AND 2),
        reads INTEGER NOT NULL, obstacle TEXT NOT NULL, since INTEGER NOT NULL,
        last_read_at INTEGER, last_read_kind TEXT NOT NULL, PRIMARY KEY (agent, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE reader_drops (
        agent INTEGER NOT NULL, reader TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (agent, reader, reason),
        FOREIGN KEY (agent, reader) REFERENCES reader_status ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE badge_enrolments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, agent INTEGER NOT NULL REFERENCES agents,
        reader TEXT NOT NULL, user INTEGER NOT NULL REFERENCES users, label TEXT NOT NULL, by TEXT NOT NULL,
        armed_at INTEGER NOT NULL, first_hash BLOB, first_reader TEXT, first_at INTEGER,
        result TEXT CHECK (result IN ('enrolled', 'taken', 'different', 'unfit', 'expired', 'cancelled')),
        ended_at INTEGER, badge INTEGER REFERENCES badges, holder INTEGER REFERENCES users,
        CHECK ((first_hash IS NULL) = (first_at IS NULL) AND (first_hash IS NULL) = (first_reader IS NULL)),
        CHECK ((result IS NULL) = (ended_at IS NULL))
    ) STRICT;
    CREATE UNIQUE INDEX badge_enrolments_open ON badge_enrolments (agent, reader) WHERE result IS NULL;
    CREATE INDEX badge_enrolments_by_age ON badge_enrolments (armed_at);
    """
