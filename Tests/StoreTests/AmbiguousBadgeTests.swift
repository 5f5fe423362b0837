// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReleaseWire
import ServerCore
import Testing

@testable import Store

struct AmbiguousBadgeTests {
    /// EM4100 010063E9AE is printed 0006547886 and is 99:59822 to a 26-bit reader: two people may have typed one each.
    @Test func aReadOfTwoPeoplesBadgesIsRefusedAndReported() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        try site.accept()
        _ = site.admin(.addBadge(user: "ada", try Site.form("0006547886"), label: "printed"))
        _ = site.admin(.addBadge(user: "ben", try Site.form("99:59822"), label: "other reader"))
        let read = try ID12Frame.decode(Array("010063E9AE25".utf8))
        var presented = site.presented()
        presented.read = read
        #expect(try site.present(seat, presented) == .ambiguous(users: ["ada", "ben"], nil))
        let lines = try site.store.database.rows("SELECT subject FROM audit WHERE action = 'ambiguous-badge'") {
            $0.text(0)
        }
        #expect(lines == ["ada, ben at reader r1 of copier-1"])
    }

    @Test func thePolicyDecidesWhatCounts() throws {
        let policy = FormPolicy(kinds: [.number])
        let site = try Site.furnished(settings: StoreSettings { policy.forms(of: $0, from: $1) })
        let seat = try site.seat(1)
        try site.accept()
        _ = site.admin(.addBadge(user: "ada", try Site.form("0006547886"), label: "printed"))
        _ = site.admin(.addBadge(user: "ben", try Site.form("99:59822"), label: "other reader"))
        var presented = site.presented()
        presented.read = try ID12Frame.decode(Array("010063E9AE25".utf8))
        #expect(try site.session(seat, presented).user == "Ada L.")
    }

    /// One badge, of which the reader at copier-2 gives the bytes in the opposite order.
    @Test func aReaderMayHaveAConverterOfItsOwn() throws {
        let table = ConverterTable(
            site: try Converter("hex2dec"), readers: ["copier-2/r1": try Converter("reverse-bytes|hex2dec")])
        let policy = FormPolicy(kinds: [], converters: table)
        let site = try Site.furnished(settings: StoreSettings { policy.forms(of: $0, from: $1) })
        let seats = (try site.seat(1), try site.seat(2))
        try site.accept()
        _ = site.admin(.addBadge(user: "ada", try Site.form("66051"), label: "white"))
        func verdict(_ seat: AgentSeat, _ hex: String) throws -> ReadVerdict {
            var presented = site.presented()
            let bits = try #require(BitString(hex: hex.utf8))
            presented.read = RawRead(technology: .unknown, bits: bits)
            return try site.present(seat, presented)
        }
        let unknown = ReadVerdict.refused(Refusal(.unknownCredential))
        guard case .session = try verdict(seats.0, "010203"), case .session = try verdict(seats.1, "030201") else {
            throw Missing(what: "sessions")
        }
        #expect(try verdict(seats.0, "030201") == unknown)
        #expect(try verdict(seats.1, "010203") == unknown)
    }
}
