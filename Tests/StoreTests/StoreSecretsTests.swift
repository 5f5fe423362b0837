// SPDX-License-Identifier: Apache-2.0

import Crypto
import PrintModel
import Primitives
import ServerCore
import Store
import Testing
import TestKit

struct StoreSecretsTests {
    private static let pin = "90817263"
    private static let canary = "The quick brown canary sings at noon."

    private func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
        guard let first = needle.first else { return false }
        return bytes.indices.contains { start in
            bytes[start] == first && bytes[start...].starts(with: needle)
        }
    }

    /// The forms in which a number might leak: digits, reversed, binary, hex of it, hex of its digits.
    private func forms(_ digits: String) -> [[UInt8]] {
        let number = UInt64(digits) ?? 0
        let hexOfDigits = digits.utf8.map { String($0, radix: 16) }.joined()
        let bigEndian = Array(number.bigEndianBytes.drop { $0 == 0 })
        return [
            Array(digits.utf8), Array(digits.utf8.reversed()), bigEndian, bigEndian.reversed(),
            Array(String(number, radix: 16).utf8), Array(String(number, radix: 16, uppercase: true).utf8),
            Array(hexOfDigits.utf8),
        ]
    }

    @Test func neitherBadgesNorPINsNorDocumentsAreInTheFiles() throws {
        let folder = try TemporaryDirectory()
        let spool = try TemporaryDirectory()
        let site = try Site.furnished(path: folder.file("s.db"))
        let documents = try DocumentStore(folder: spool.path, site: Site.keys.site)
        let seat = try site.seat(1)
        let hash = PasswordHash(
            of: SecretBytes(Array(Self.pin.utf8)), parameters: .init(costExponent: 4, blockSize: 8, parallelism: 1))
        let encoded = hash.encoded
        _ = site.admin(
            .setPIN(
                user: "ben", PINHash(logN: 4, salt: Array(encoded[3..<19]), hash: SecretBytes(Array(encoded[19...])))))
        for length in [1, 5000] {
            let token = DocumentToken(link: LinkID(1), index: length)
            let text = Array(repeating: Array(Self.canary.utf8), count: length).flatMap { $0 }
            try documents.begin(token)
            try documents.append(token, text)
            var job = site.incoming()
            job.document = try documents.finish(token)
            _ = site.store.perform(.acceptJob(job))
        }
        for badge in [Site.badge, "2718281828"] { _ = try site.present(seat, site.presented(badge)) }
        guard case .enrolmentCode(let code, _) = site.admin(.makeEnrolmentCode) else { throw Missing(what: "a code") }
        let typed = try EnrolmentCode(typed: String(decoding: code.revealed, as: UTF8.self))
        let needles =
            forms(Site.badge) + forms("2718281828") + [
                Array(Self.pin.utf8), Array(Self.canary.utf8), code.revealed, Array(typed.secret.revealed[2...]),
            ]
        #expect(spool.names.count == 1)
        for (folder, name) in folder.names.map({ (folder, $0) }) + spool.names.map({ (spool, $0) }) {
            let bytes = try folder.bytes(name)
            for needle in needles { #expect(!contains(bytes, needle), "\(name)") }
        }
        #expect(try contains(folder.bytes("s.db-wal"), Array("Physics".utf8)), "the search finds what is there")
    }

    @Test func aPurgedDocumentsKeyIsGoneFromTheDatabase() throws {
        let folder = try TemporaryDirectory()
        let key = (0..<60).map { UInt8($0) ^ 0xC3 }
        do {
            let site = try Site(path: folder.file("s.db"))
            var job = site.incoming()
            job.document.wrappedKey = key
            _ = site.store.perform(.acceptJob(job))
        }
        #expect(try contains(folder.bytes("s.db"), key))
        do {
            let site = try Site(path: folder.file("s.db"))
            site.pass(.seconds(100_000))
            _ = site.store.perform(.purge(at: site.now))
        }
        #expect(try folder.names == ["s.db"] && !contains(folder.bytes("s.db"), key))
    }

    @Test func anotherSiteKeyFindsNoBadge() throws {
        let folder = try TemporaryDirectory()
        do { _ = try Site.furnished(path: folder.file("s.db")) }
        var keys = Site.keys
        keys.site = SiteKey(Array(repeating: 0x18, count: 32))!
        let store = try StoreCore(path: folder.file("s.db"), keys: keys, settings: Site.settings)
        let now = WallTime(milliseconds: 0)
        let reply = store.administer(.addBadge(user: "ben", try Site.form(Site.badge), label: ""), at: now, by: "root")
        guard case .badge = reply else { throw Missing(what: "a badge") }
    }
}
