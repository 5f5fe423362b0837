// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Testing
import TestKit

@testable import Store

struct SchemaTests {
    private func kind(_ body: () throws(StoreFault) -> Void) -> StoreFault.Kind? {
        do throws(StoreFault) {
            try body()
            return nil
        } catch {
            return error.kind
        }
    }

    private func opening(_ path: String) -> StoreFault.Kind? {
        kind { () throws(StoreFault) in
            _ = try StoreCore(path: path, keys: Site.keys, settings: Site.settings)
        }
    }

    @Test func anEmptyFileBecomesADatabaseOnlyItsOwnerMayRead() throws {
        let folder = try TemporaryDirectory()
        try folder.write([], to: "s.db")
        let store = try StoreCore(path: folder.file("s.db"), keys: Site.keys, settings: Site.settings)
        #expect(store.administer(.listUsers, at: WallTime(milliseconds: 0), by: "root") == .users([]))
        #expect(try store.database.row("PRAGMA user_version") { $0.int(0) } == Schema.migrations.count)
        #expect(try store.database.row("PRAGMA journal_mode") { $0.text(0) } == "wal")
        #expect(try store.database.row("PRAGMA synchronous") { $0.int(0) } == 2)
        #expect(try store.database.row("PRAGMA foreign_keys") { $0.int(0) } == 1)
        #expect(try store.database.row("PRAGMA secure_delete") { $0.int(0) } == 1)
        #expect(folder.names == ["s.db", "s.db-shm", "s.db-wal"])
        for name in folder.names { #expect(folder.mode(name) == 0o600) }
    }

    @Test func whatWasCommittedIsThereAfterReopening() throws {
        let folder = try TemporaryDirectory()
        var job: JobID?
        do {
            let site = try Site.furnished(path: folder.file("s.db"))
            _ = try site.printOne(try site.seat(1), .printed(pages: 2))
            job = try site.accept()
        }
        let site = try Site(path: folder.file("s.db"))
        #expect(site.ledgerCount() == 1)
        #expect(site.state(of: try #require(job)) == .held)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func aNewerDatabaseIsLeftAlone() throws {
        let folder = try TemporaryDirectory()
        do {
            let site = try Site(path: folder.file("s.db"))
            try site.store.database.runScript("PRAGMA user_version = \(Schema.migrations.count + 1)")
        }
        #expect(opening(folder.file("s.db")) == .newerSchema)
        let database = try Database(path: folder.file("s.db"))
        #expect(try database.row("PRAGMA user_version") { $0.int(0) } == Schema.migrations.count + 1)
    }

    @Test func anotherProgramsFileIsLeftAlone() throws {
        let folder = try TemporaryDirectory()
        do {
            let database = try Database(path: folder.file("other.db"))
            try database.runScript("CREATE TABLE t (x); PRAGMA user_version = 1")
        }
        #expect(opening(folder.file("other.db")) == .foreignFile)
        try folder.write(Array(repeating: 0x41, count: 5000), to: "text.db")
        #expect(opening(folder.file("text.db")) == .corrupt)
        #expect(try folder.bytes("text.db") == Array(repeating: 0x41, count: 5000))
        #expect(opening(folder.file("missing/s.db")) == .cannotOpen)
    }

    @Test func agentsOfTheFirstSchemaMayConnectAsBefore() throws {
        let folder = try TemporaryDirectory()
        do {
            let database = try Database(path: folder.file("s.db"))
            try Schema.configure(database)
            try Schema.migrate(database, to: [schemaOne])
            try database.run(
                "INSERT INTO agents (name, key_hash, enrolled_at) VALUES ('old', ?1, 5)", .blob(Site.key(1).bytes))
        }
        let site = try Site(path: folder.file("s.db"))
        guard case .agents(let agents) = site.admin(.listAgents) else { throw Missing(what: "agents") }
        #expect(agents.map(\.isApproved) == [true] && agents.map(\.rights) == [[.release]])
        _ = try site.seat(1)
    }

    @Test func aMigrationThatFailsLeavesTheOldSchema() throws {
        let folder = try TemporaryDirectory()
        let database = try Database(path: folder.file("s.db"))
        try Schema.configure(database)
        try Schema.migrate(database)
        let broken = Schema.migrations + ["CREATE TABLE extra (x) STRICT; INSERT INTO nowhere VALUES (1)"]
        #expect(throws: StoreFault.self) { try Schema.migrate(database, to: broken) }
        #expect(try database.row("PRAGMA user_version") { $0.int(0) } == Schema.migrations.count)
        let fine = Schema.migrations + ["CREATE TABLE extra (x INTEGER) STRICT"]
        try Schema.migrate(database, to: fine)
        try Schema.migrate(database, to: fine)
        #expect(try database.row("PRAGMA user_version") { $0.int(0) } == Schema.migrations.count + 1)
        #expect(kind { () throws(StoreFault) in try Schema.migrate(database) } == .newerSchema)
    }

    /// A ledger of the first version, as that version hashed it, and one of its reads that awaited a PIN.
    @Test func aDatabaseOfTheFirstVersionKeepsItsLedger() throws {
        let folder = try TemporaryDirectory()
        let database = try Database(path: folder.file("s.db"))
        try Schema.configure(database)
        try Schema.migrate(database, to: [schemaOne])
        let entry = LedgerEntry(
            release: ReleaseID(1), attempt: 1, user: UserID(1), department: 1, printer: PrinterID(1), title: "old",
            charge: Charge(mono: 1, color: 2, unknown: 3, amount: Money(minor: 4)), currency: "EUR", scale: 2,
            at: WallTime(milliseconds: 5))
        let hash = entry.hash(number: 1, after: LedgerEntry.firstHash)
        // What the first version computed of these values.
        #expect(Hexadecimal.text(hash) == Self.firstLineHash)
        try database.runScript(Self.oldRows)
        try database.run("UPDATE ledger_line SET hash = ?1", .blob(hash))
        try database.run("UPDATE agents SET key_hash = ?1", .blob(Site.key(1).bytes))
        try database.runScript("INSERT INTO ledger SELECT * FROM ledger_line; DROP TABLE ledger_line")
        let site = try Site(path: folder.file("s.db"))
        #expect(try site.store.brokenInvariants() == [])
        guard case .user(let ada) = site.admin(.showUser("ada")) else { throw Missing(what: "ada") }
        #expect(ada.number == nil && !ada.hasPassword)
        _ = site.admin(.addBadge(user: "ada", try Site.form(Site.badge), label: ""))
        _ = try site.printOne(try site.seat(1), .printed(pages: 1))
        #expect(site.ledgerCount() == 2)
        #expect(try site.store.firstBrokenLedgerLine() == nil)
    }

    private static let firstLineHash = "d305361caccc9ae9ca4526313e8f1cd024396105c5ade5a31757a5f45e4d2beb"

    private static let oldRows = """
        INSERT INTO departments VALUES (1, 'd');
        INSERT INTO users (id, name, full_name, department) VALUES (1, 'ada', '', 1);
        INSERT INTO badges VALUES (1, 1, zeroblob(32), '', 0, NULL);
        INSERT INTO agents (id, name, key_hash, enrolled_at) VALUES (1, 'copier-1', zeroblob(32), 0);
        INSERT INTO printers (id, name, agent, uri) VALUES (1, 'p', 1, 'socket://p');
        INSERT INTO jobs (id, owner, title, host, queue, client_number, copies, received_at, held_at, state, size,
            sha256) VALUES (1, 'ada', 'old', '', '', '', 1, 0, 0, 'printed', 1, X'00');
        INSERT INTO sessions (id, user, agent, epoch, reader, printer, opened_at, used_at, ended_at)
            VALUES (1, 1, 1, 0, 'r1', 1, 0, 0, 0);
        INSERT INTO releases (id, job, attempt, session, user, agent, printer, state, reserved_at, pages)
            VALUES (1, 1, 1, 1, 1, 1, 1, 'confirmed', 0, 6);
        INSERT INTO reads (agent, key, reader, presented_at, user, awaits_pin, recorded_at)
            VALUES (1, X'01', 'r1', 0, 1, 1, 0);
        CREATE TABLE ledger_line AS SELECT * FROM ledger;
        INSERT INTO ledger_line VALUES (1, 1, 1, 1, 1, 1, 'old', 1, 2, 3, 4, 'EUR', 2, 5, zeroblob(32), zeroblob(32));
        """

    @Test func theLedgerCannotBeChanged() throws {
        let site = try Site.furnished()
        _ = try site.printOne(try site.seat(1), .printed(pages: 2))
        for sql in ["UPDATE ledger SET amount = 0", "DELETE FROM ledger"] {
            #expect(kind { () throws(StoreFault) in try site.store.database.run(sql) } == .constraint)
        }
        #expect(site.ledgerCount() == 1)
    }

    @Test(arguments: [
        "amount = 1", "title = 'x'", "user = 2", "prev_hash = zeroblob(32)", "hash = zeroblob(32)", "number = 9",
    ])
    func aChangedLedgerIsFound(change: String) throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        for number: UInt64 in 1...3 { _ = try site.printOne(seat, .printed(pages: 2), sequence: number) }
        #expect(try site.store.firstBrokenLedgerLine() == nil)
        try site.store.database.runScript(
            "DROP TRIGGER ledger_is_never_changed; UPDATE ledger SET \(change) WHERE number = 2")
        #expect(try site.store.firstBrokenLedgerLine() != nil)
    }

    @Test func aShortenedLedgerIsFoundUnlessItsEndIsMissing() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        for number: UInt64 in 1...3 { _ = try site.printOne(seat, .printed(pages: 2), sequence: number) }
        try site.store.database.runScript("DROP TRIGGER ledger_is_never_shortened; DELETE FROM ledger WHERE number = 1")
        #expect(try site.store.firstBrokenLedgerLine() == 2)
        // The end is held by the releases: each confirmed one must have its line.
        try site.store.database.runScript("DELETE FROM ledger WHERE number = 3")
        #expect(try site.store.brokenInvariants().contains("a confirmed release has one ledger line"))
    }

    @Test func theHotPathScansNoTable() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        var seen: Set<String> = []
        site.store.faultHook = { sql in
            seen.insert(sql)
            return nil
        }
        _ = try site.printOne(seat, .printed(pages: 2))
        _ = try site.printOne(seat, .unconfirmed, sequence: 2)
        _ = try site.present(seat, site.presented("2718281828"))
        try visitDesk(site)
        _ = site.hello(1, next: 3)
        _ = site.store.perform(.findUnanalysed(limit: 10))
        _ = site.store.perform(.purge(at: site.now.advanced(by: .seconds(100_000))))
        site.store.faultHook = nil
        // These tables hold a handful of rows.
        let small = ["enrolment_codes", "doomed_documents"]
        for sql in seen.sorted() where !["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"].contains(where: sql.hasPrefix) {
            let scans = try site.store.database.plan(of: sql).filter { line in
                line.hasPrefix("SCAN") && !line.contains("USING") && !line.contains("CONSTANT ROW")
                    && !small.contains { line.contains($0) }
            }
            #expect(scans.isEmpty, "\(sql)")
        }
        #expect(seen.count > 40)
    }

    /// Everything that people do at a reader that shows lists and has keys.
    private func visitDesk(_ site: Site) throws {
        let seat = try site.able(2)
        _ = site.admin(.setNumber(user: "ada", "4711"))
        _ = site.admin(.setPIN(user: "ada", Site.pin))
        let job = try site.accept()
        _ = try site.answer(seat, try site.challenge(seat, .pin), .matched(false))
        _ = try site.log(seat, site.login("99"), matched: false)
        let session = try site.session(try site.log(seat, site.login("4711"), matched: true)).session
        let chosen = JobSelection(session: session, jobs: [job])
        for request in [
            .listJobs(seat, JobListQuery(session: session, after: nil), at: site.now),
            .listAccounts(seat, AccountQuery(session: session, prefix: "P"), at: site.now),
            .holdJobs(seat, chosen, at: site.now), .deleteJobs(seat, chosen, at: site.now),
            .changePIN(seat, session: session, at: site.now),
        ] as [StoreRequest] {
            _ = site.store.perform(request)
        }
    }

    @Test func aReadIsAnsweredWithAHandfulOfStatements() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        for _ in 0..<10 { try site.accept() }
        var count = 0
        site.store.faultHook = { _ in
            count += 1
            return nil
        }
        let session = try site.session(seat).session
        #expect(count <= 18)
        count = 0
        _ = site.store.perform(.release(seat, session: session, at: site.now))
        #expect(count <= 12 + 2 * 10)
    }
}
