// SPDX-License-Identifier: Apache-2.0

/// Approval, rights and change of keys. Whoever was enrolled before may connect as before.
let schemaKeys = """
    ALTER TABLE agents ADD COLUMN approved_at INTEGER;
    UPDATE agents SET approved_at = enrolled_at;
    ALTER TABLE agents ADD COLUMN may_release INTEGER NOT NULL DEFAULT 1 CHECK (may_release IN (0, 1));
    ALTER TABLE agents ADD COLUMN may_report INTEGER NOT NULL DEFAULT 0 CHECK (may_report IN (0, 1));
    ALTER TABLE agents ADD COLUMN next_key_hash BLOB CHECK (length(next_key_hash) = 32);
    CREATE UNIQUE INDEX agents_by_next_key ON agents (next_key_hash) WHERE next_key_hash IS NOT NULL;

    CREATE TABLE retired_keys (
        key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 32), agent INTEGER NOT NULL REFERENCES agents,
        retired_at INTEGER NOT NULL
    ) STRICT;

    ALTER TABLE enrolment_codes ADD COLUMN for_reports INTEGER NOT NULL DEFAULT 0 CHECK (for_reports IN (0, 1));
    """
