// SPDX-License-Identifier: Apache-2.0

/// Brings a database to the form that this program knows: forward only, all steps in one transaction.
enum Schema {
    /// "LNYD": tells our files from other programs' databases.
    static let applicationID: Int64 = 0x4C4E_5944

    /// Number n brings a database from version n to n + 1. What was released is never changed again.
    static let migrations = [
        schemaOne, schemaDialogue, schemaCustody, schemaReaders, schemaKeys, schemaCharges, schemaLimits,
    ]

    static func configure(_ database: Database) throws(StoreFault) {
        // The page that is freed is overwritten: a purged document's key must not linger in the file.
        for pragma in ["secure_delete = ON", "foreign_keys = ON", "trusted_schema = OFF", "temp_store = MEMORY"] {
            _ = try database.row("PRAGMA \(pragma)") { _ in }
        }
        _ = try database.row("PRAGMA journal_mode = WAL") { _ in }
        _ = try database.row("PRAGMA synchronous = FULL") { _ in }
        _ = try database.row("PRAGMA journal_size_limit = 67108864") { _ in }
    }

    static func migrate(_ database: Database, to migrations: [String] = migrations) throws(StoreFault) {
        let version = try check(database, known: migrations.count)
        guard version < migrations.count else { return }
        try database.run("BEGIN IMMEDIATE")
        do throws(StoreFault) {
            for script in migrations[version...] { try database.runScript(script) }
            try database.runScript(
                "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(migrations.count)")
            try database.run("COMMIT")
        } catch {
            try? database.run("ROLLBACK")
            throw error
        }
    }

    /// The database's version, 0 for an empty file.
    private static func check(_ database: Database, known: Int) throws(StoreFault) -> Int {
        let application = try database.row("PRAGMA application_id") { $0.int64(0) } ?? 0
        let version = try database.row("PRAGMA user_version") { $0.int(0) } ?? 0
        let tables = try database.row("SELECT count(*) FROM sqlite_schema") { $0.int(0) } ?? 0
        guard application == applicationID || (tables == 0 && version == 0 && application == 0) else {
            throw StoreFault(.foreignFile, step: "check the schema", detail: "this is not a Lanyard database")
        }
        guard version <= known else {
            throw StoreFault(
                .newerSchema, step: "check the schema",
                detail: "the database has schema \(version) and this program knows \(known): start the newer program")
        }
        return version
    }
}
