// SPDX-License-Identifier: Apache-2.0

/// What people type: numbers, passwords, PINs of their own, activation codes, billing codes; and who guesses.
let schemaDialogue = """
    ALTER TABLE users ADD COLUMN number TEXT CHECK (number <> '' AND number NOT GLOB '*[^0-9]*');
    CREATE UNIQUE INDEX users_by_number ON users (number) WHERE deleted_at IS NULL AND number IS NOT NULL;

    CREATE TABLE passwords (
        user INTEGER PRIMARY KEY REFERENCES users, log_n INTEGER NOT NULL, salt BLOB NOT NULL, hash BLOB NOT NULL
    ) STRICT;

    CREATE TABLE activation_codes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, user INTEGER NOT NULL REFERENCES users, name BLOB NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32), expires_at INTEGER NOT NULL,
        tries_left INTEGER NOT NULL CHECK (tries_left >= 0), used_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX activation_codes_by_name ON activation_codes (name) WHERE used_at IS NULL;
    CREATE INDEX activation_codes_by_user ON activation_codes (user);
    CREATE INDEX activation_codes_by_end ON activation_codes (expires_at);

    CREATE TABLE attempts (
        place TEXT PRIMARY KEY, failures INTEGER NOT NULL CHECK (failures >= 0), barred_until INTEGER,
        failed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX attempts_by_age ON attempts (failed_at);

    DROP INDEX reads_awaiting;
    ALTER TABLE reads DROP COLUMN awaits_pin;
    CREATE TABLE prompts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, agent INTEGER NOT NULL REFERENCES agents, reader TEXT NOT NULL,
        kind INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1)), asked_at INTEGER NOT NULL,
        user INTEGER REFERENCES users, read_key BLOB, session INTEGER REFERENCES sessions,
        proven INTEGER NOT NULL CHECK (proven IN (0, 1)), badge_hash BLOB,
        code INTEGER REFERENCES activation_codes, log_n INTEGER, salt BLOB, hash BLOB, UNIQUE (agent, reader)
    ) STRICT;
    CREATE INDEX prompts_by_code ON prompts (code) WHERE code IS NOT NULL;

    CREATE TABLE accounts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL, name TEXT NOT NULL, deleted_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX accounts_by_code ON accounts (code) WHERE deleted_at IS NULL;

    ALTER TABLE sessions ADD COLUMN proven INTEGER NOT NULL DEFAULT 0 CHECK (proven IN (0, 1));
    ALTER TABLE releases ADD COLUMN mono INTEGER NOT NULL DEFAULT 0 CHECK (mono IN (0, 1));
    ALTER TABLE releases ADD COLUMN sides INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE releases ADD COLUMN account INTEGER REFERENCES accounts;
    ALTER TABLE ledger ADD COLUMN account INTEGER REFERENCES accounts;
    """
