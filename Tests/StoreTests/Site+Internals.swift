// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

@testable import Store

extension Site {
    /// Twenty pages more than now, and no further.
    func limitPages() throws {
        let pages = try store.database.row("PRAGMA page_count") { $0.int(0) } ?? 0
        _ = try store.database.row("PRAGMA max_page_count = \(pages + 20)") { _ in }
    }
}

extension Site {
    /// Who did what to what, oldest first.
    func auditLines() throws -> [String] {
        try store.database.rows("SELECT by, action, subject FROM audit ORDER BY id") {
            "\($0.text(0)) \($0.text(1)) \($0.text(2))"
        }
    }
}

extension Site {
    /// When the last release of this job sent its first byte.
    func beginning(of job: JobID) throws -> WallTime? {
        try store.database.row("SELECT max(sending_at) FROM releases WHERE job = ?1", .id(job)) { $0.time(0) }
    }
}

extension Site {
    func failPINs(of user: String, _ count: Int) throws {
        try store.database.run("UPDATE users SET failures = ?2 WHERE name = ?1", .text(user), .integer(count))
    }

    func failedPINs(of user: String) throws -> Int? {
        try store.database.row("SELECT failures FROM users WHERE name = ?1", .text(user)) { $0.int(0) }
    }
}

/// As a version before this one may have written it.
extension Site {
    func rename(agent: String, to name: String) throws {
        try store.database.run("UPDATE agents SET name = ?2 WHERE name = ?1", .text(agent), .text(name))
    }

    func rename(user: String, to name: String) throws {
        try store.database.run("UPDATE users SET name = ?2 WHERE name = ?1", .text(user), .text(name))
    }
}
