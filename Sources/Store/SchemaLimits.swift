// SPDX-License-Identifier: Apache-2.0

/// What an agent that is not as it should be is kept from: filling the audit, charging twice, keeping what it was lent.
let schemaLimits = """
    -- When a kind of line about an agent was written last, and how many have been left out since.
    CREATE TABLE audit_pauses (
        agent INTEGER NOT NULL REFERENCES agents, action TEXT NOT NULL, place TEXT NOT NULL, at INTEGER NOT NULL,
        by TEXT NOT NULL, left_out INTEGER NOT NULL DEFAULT 0 CHECK (left_out >= 0), PRIMARY KEY (agent, action, place)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX audit_pauses_by_age ON audit_pauses (at);

    ALTER TABLE custodies ADD COLUMN charged INTEGER NOT NULL DEFAULT 0 CHECK (charged IN (0, 1));
    UPDATE custodies SET charged = 1 WHERE fence IN (
        SELECT o.fence FROM offline_charges o JOIN custodies c ON c.fence = o.fence
        WHERE c.ended_at = o.recorded_at AND c.given_back = 0);
    ALTER TABLE custodies ADD COLUMN used_for INTEGER NOT NULL DEFAULT 0 CHECK (used_for >= 0);

    CREATE INDEX retired_keys_by_agent ON retired_keys (agent, retired_at);
    """
