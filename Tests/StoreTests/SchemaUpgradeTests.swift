// SPDX-License-Identifier: Apache-2.0

import ChargeRules
import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing
import TestKit

@testable import Store

/// A database of the version before charges could come late, with rows of each table and state.
struct SchemaUpgradeTests {
    private struct LentJob: Sendable, CustomTestStringConvertible {
        let job: Int64
        let testDescription: String
        var pages = 2
        /// Lines that the holder's charge adds.
        let lines: Int
        let state: JobState
    }

    private static let lentJobs = [
        LentJob(job: 1, testDescription: "lapsed, and a person said nothing", lines: 1, state: .printed),
        LentJob(job: 2, testDescription: "lapsed, and a person said two", pages: 3, lines: 1, state: .printed),
        LentJob(job: 3, testDescription: "lost, and a person said nothing", lines: 1, state: .printed),
        LentJob(job: 4, testDescription: "lapsed and given back", lines: 0, state: .held),
        LentJob(job: 5, testDescription: "lapsed", lines: 1, state: .printed),
        LentJob(job: 6, testDescription: "lost", lines: 1, state: .printed),
        LentJob(job: 11, testDescription: "lent", lines: 1, state: .printed),
        LentJob(job: 12, testDescription: "lent and canceled", lines: 1, state: .printed),
        LentJob(job: 16, testDescription: "charged with another key", lines: 0, state: .printed),
    ]

    private func upgraded(_ folder: TemporaryDirectory) throws -> Site {
        let path = folder.file("s.db")
        do {
            let database = try Database(path: path)
            try Schema.configure(database)
            try Schema.migrate(database, to: Array(Schema.migrations.prefix(5)))
            try database.runScript(Self.people + Self.jobs + Self.custodies + Self.releases + Self.others)
            try database.run("UPDATE agents SET key_hash = ?1", .blob(Site.key(1).bytes))
            try database.run(
                "INSERT INTO agent_streams (agent, stream, last_seq) VALUES (1, ?1, 0)",
                .blob([UInt8](repeating: 1, count: 16)))
            var previous = LedgerEntry.firstHash
            for (number, release) in [(1, 2), (2, 14), (3, 16)] as [(Int64, Int64)] {
                let entry = LedgerEntry(
                    release: ReleaseID(release), attempt: 1, user: UserID(1), department: 1, printer: PrinterID(1),
                    title: "old", charge: Charge(mono: 0, color: 0, unknown: 2, amount: Money(minor: 10)),
                    currency: "EUR", scale: 2, at: WallTime(milliseconds: 200))
                let hash = entry.hash(number: number, after: previous)
                try database.run(
                    """
                    INSERT INTO ledger (number, release, attempt, user, department, printer, title, mono, color,
                        unknown, amount, currency, scale, at, prev_hash, hash)
                    VALUES (?1, ?2, 1, 1, 1, 1, 'old', 0, 0, 2, 10, 'EUR', 2, 200, ?3, ?4)
                    """,
                    .integer(number), .integer(release), .blob(previous), .blob(hash))
                previous = hash
            }
        }
        let site = try Site(path: path)
        site.now = WallTime(milliseconds: 10_000)
        return site
    }

    private func charge(_ lent: LentJob) -> SequencedEvent {
        SequencedEvent(
            sequence: 1,
            message: .account(
                OfflineCharge(
                    key: [UInt8](repeating: 7, count: 16), fence: Fence(lent.job), job: JobID(lent.job),
                    user: UserID(1), outcome: .printed(pages: lent.pages), evidence: .pjlJobEnd,
                    at: WallTime(milliseconds: 140))))
    }

    @Test func theUpgradedDatabaseIsSound() throws {
        let site = try upgraded(try TemporaryDirectory())
        #expect(try site.store.brokenInvariants() == [])
        #expect(site.ledgerCount() == 3)
        _ = site.store.perform(.purge(at: site.now))
        #expect(try site.store.brokenInvariants() == [])
    }

    /// What the version before would have booked, this one books.
    @Test(arguments: lentJobs) private func noChargeOfALentJobIsLost(lent: LentJob) throws {
        let site = try upgraded(try TemporaryDirectory())
        let seat = try site.seat(1)
        #expect(site.record(seat, 1, [charge(lent)]) == .recorded(through: 1))
        #expect(site.ledgerCount() == 3 + lent.lines)
        #expect(site.state(of: JobID(lent.job)) == lent.state)
        #expect(try site.auditLines().contains { $0.contains("foreign-offline-charge") } == [4, 16].contains(lent.job))
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func jobsOfWhoIsGoneAreNotForTheNextOfThatName() throws {
        let site = try upgraded(try TemporaryDirectory())
        #expect(site.admin(.settleJob(JobID(8), pages: 0, by: "root", evenIfMore: true)) == .done)
        let states = [8, 9, 10, 13].map { site.state(of: JobID($0)) }
        #expect(states == [.canceled, .canceled, .held, .canceled])
        guard case .purged(let gone) = site.store.perform(.purge(at: site.now)) else { throw Missing(what: "a purge") }
        #expect(gone.map(\.place) == [.spool(name: "doomed"), .spool(name: "s9")])
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func whatWasOnlyOfferedIsForgotten() throws {
        let site = try upgraded(try TemporaryDirectory())
        #expect(try site.store.count("SELECT count(*) FROM custodies WHERE fence = 7") == 0)
        #expect(try site.store.count("SELECT count(*) FROM custodies WHERE fence = 15") == 1)
    }

    private static let people = """
        INSERT INTO departments VALUES (1, 'd');
        INSERT INTO users (id, name, full_name, department, deleted_at)
            VALUES (1, 'ada', '', 1, NULL), (3, 'eve', '', 1, 500), (4, 'eve', '', 1, NULL);
        INSERT INTO badges VALUES (1, 1, zeroblob(32), '', 0, NULL), (2, 3, zeroblob(32), '', 0, 500);
        INSERT INTO pins VALUES (1, 1, X'01', X'02');
        INSERT INTO passwords VALUES (1, 1, X'01', X'02');
        INSERT INTO agents (id, name, key_hash, enrolled_at, approved_at) VALUES (1, 'copier-1', zeroblob(32), 0, 0);
        INSERT INTO printers (id, name, agent, uri) VALUES (1, 'p', 1, 'socket://p');
        INSERT INTO forgotten_users (user) VALUES (1), (3), (1);
        INSERT INTO sessions (id, user, agent, epoch, reader, printer, opened_at, used_at, ended_at)
            VALUES (1, 1, 1, 0, '', 1, 100, 100, 100), (2, 3, 1, 0, '', 1, 100, 100, 100),
                (3, 1, 1, 0, 'r1', 1, 100, 100, NULL);
        """

    /// Of ada, but 8 to 10 of both that were called eve.
    private static let jobs = """
        INSERT INTO jobs (id, owner, title, host, queue, client_number, copies, received_at, held_at, state, size,
            sha256, analysed)
        SELECT value, iif(value BETWEEN 8 AND 10, 'eve', 'ada'), 'job ' || value, '', '', '', 1,
            CASE value WHEN 8 THEN 400 WHEN 9 THEN 400 WHEN 10 THEN 600 ELSE 90 END, 90,
            CASE WHEN value IN (2, 14, 16) THEN 'printed' WHEN value IN (5, 6, 8) THEN 'in_doubt'
                WHEN value = 17 THEN 'canceled' WHEN value = 18 THEN 'purged' WHEN value = 19 THEN 'sending'
                WHEN value = 20 THEN 'reserved' ELSE 'held' END,
            1, X'00', 1
        FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]');
        INSERT INTO documents (job, sealed, spool_name, wrapped_key)
            SELECT id, iif(id = 9, NULL, X'01'), iif(id = 9, 's9', NULL), X'02' FROM jobs
            WHERE state NOT IN ('printed', 'canceled', 'purged');
        INSERT INTO doomed_documents VALUES (1, 'doomed', 1, X'00');
        """

    /// The fence is the number of the job.
    private static let custodies = """
        INSERT INTO custodies (fence, job, agent, user, pages, state, canceled, offered_at, lease_until, ended_at)
        VALUES (1, 1, 1, 1, 2, 'lent', 0, 100, 120, 200), (2, 2, 1, 1, 2, 'lent', 0, 100, 120, 200),
            (3, 3, 1, 1, 2, 'lent', 0, 100, 120, 150), (4, 4, 1, 1, 2, 'lent', 0, 100, 120, 200),
            (5, 5, 1, 1, 2, 'lapsed', 0, 100, 120, NULL), (6, 6, 1, 1, 2, 'lapsed', 0, 100, 120, 150),
            (7, 7, 1, 1, 2, 'offered', 0, 100, NULL, 200), (11, 11, 1, 1, 2, 'lent', 0, 100, 99999, NULL),
            (12, 12, 1, 1, 2, 'lent', 1, 100, 99999, NULL), (13, 13, 1, 1, 2, 'lent', 1, 100, 120, 200),
            (15, 15, 1, 1, 2, 'offered', 0, 100, NULL, NULL), (16, 16, 1, 1, 2, 'lent', 0, 100, 120, 200);
        INSERT INTO offline_charges VALUES (zeroblob(16), 16, 200);
        """

    /// Evidence 2 is a person's word; reason 3 is that of a custody that was given back.
    private static let releases = """
        INSERT INTO releases (id, job, attempt, session, user, agent, printer, state, reserved_at, sending_at,
            settled_at, pages, evidence, reason)
        VALUES (1, 1, 1, 1, 1, 1, 1, 'failed', 150, 150, 200, NULL, 2, NULL),
            (2, 2, 1, 1, 1, 1, 1, 'confirmed', 150, 150, 200, 2, 2, NULL),
            (3, 3, 1, 1, 1, 1, 1, 'failed', 150, 150, 250, NULL, 2, NULL),
            (4, 4, 1, 1, 1, 1, 1, 'failed', 150, 150, 200, NULL, 0, 3),
            (5, 5, 1, 1, 1, 1, 1, 'in_doubt', 150, 150, 150, NULL, 0, NULL),
            (6, 6, 1, 1, 1, 1, 1, 'in_doubt', 150, 150, 150, NULL, 0, NULL),
            (8, 8, 1, 2, 3, 1, 1, 'in_doubt', 150, 150, 150, NULL, 0, NULL),
            (14, 14, 1, 1, 1, 1, 1, 'confirmed', 100, 100, 110, 2, 1, NULL),
            (16, 16, 1, 1, 1, 1, 1, 'confirmed', 140, 140, 200, 2, 1, NULL),
            (19, 19, 1, 3, 1, 1, 1, 'sending', 100, 100, NULL, NULL, NULL, NULL),
            (20, 20, 1, 3, 1, 1, 1, 'reserved', 100, NULL, NULL, NULL, NULL, NULL);
        """

    private static let others = """
        INSERT INTO enrolment_codes (sealed, expires_at, tries_left) VALUES (X'00', 999999, 5);
        INSERT INTO reads (agent, key, reader, presented_at, user, session, recorded_at)
            VALUES (1, X'01', 'r1', 100, 1, 1, 100);
        INSERT INTO audit (at, by, action, subject) VALUES (0, 'root', 'add-user', 'ada');
        INSERT INTO activation_codes (user, name, hash, expires_at, tries_left)
            VALUES (1, X'01', zeroblob(32), 999999, 5);
        INSERT INTO attempts VALUES ('agent:1', 1, NULL, 100), ('name:00', 1, NULL, 100);
        INSERT INTO prompts (agent, reader, kind, asked_at, user, session, proven) VALUES (1, 'r1', 1, 100, 1, 3, 0);
        INSERT INTO accounts (code, name) VALUES ('P-1', '');
        INSERT INTO reader_status VALUES (1, 'r1', 'wedge', 1, '', '', 0, 0, 0, '', 0, NULL, '');
        INSERT INTO reader_drops VALUES (1, 'r1', 'noise', 1);
        INSERT INTO badge_enrolments (agent, reader, user, label, by, armed_at) VALUES (1, 'r1', 1, '', 'root', 9999);
        INSERT INTO retired_keys VALUES (zeroblob(32), 1, 0);
        """
}
