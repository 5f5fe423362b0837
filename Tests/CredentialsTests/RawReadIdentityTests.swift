// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import Testing

/// What a box that is cut off from its server may take for the same badge.
struct RawReadIdentityTests {
    private static let policies: [FormPolicy] = {
        let chain = try? Converter("reverse-bytes|hex2dec")
        return [
            .standard, FormPolicy(kinds: FormPolicy.Kind.allCases), FormPolicy(kinds: [.number]),
            FormPolicy(kinds: FormPolicy.Kind.allCases, converters: ConverterTable(site: chain)),
        ]
    }()

    /// Every technology with bits of every length, and with texts of every grammar.
    private static let reads: [RawRead] = {
        let bits = (1...128).compactMap { count in
            BitString(value: 0x1_0063_E9AE_0102_0304 & (UInt128.max >> UInt128(128 - count)), count: count)
        }
        let texts = ["0006547886", "99,59822", "010063E9AE", "%B1234^A?", ";12345678=1?", "badge 7", "0x0102030405"]
        return Technology.allCases.flatMap { technology in
            bits.map { RawRead(technology: technology, bits: $0) }
                + texts.compactMap { RawRead(technology: technology, text: Array($0.utf8)) }
        }
    }()

    @Test func whatLooksTheSameIsTheSameBadgeUnderEveryPolicy() {
        for (_, alike) in Dictionary(grouping: Self.reads, by: \.identity) {
            for policy in Self.policies {
                let forms = Set(alike.map { policy.forms(of: $0) })
                #expect(forms.count == 1, "\(alike)")
            }
        }
    }

    @Test func theKindOfReaderDoesNotMatterWhereTheServerPassesItOver() throws {
        let wiegand = try #require(BitString(value: 0x123_4567, count: 26))
        let frames = [Technology.unknown, .proximity, .wedge].map { RawRead(technology: $0, bits: wiegand).identity }
        #expect(Set(frames).count == 1)
        let digits = [Technology.unknown, .em4100, .wedge].compactMap {
            RawRead(technology: $0, text: Array("0006547886".utf8))?.identity
        }
        #expect(digits.count == 3 && Set(digits).count == 1)
    }

    /// The number of a chip is printed in another order than that of a fob.
    @Test func itMattersWhereItChangesTheNumber() throws {
        let bits = try #require(BitString(value: 0x0100_63E9_AE, count: 40))
        let chip = try #require(BitString(value: 0x0463_E9AE, count: 32))
        #expect(
            RawRead(technology: .em4100, bits: bits).identity != RawRead(technology: .unknown, bits: bits).identity)
        #expect(
            RawRead(technology: .iso14443a, bits: chip).identity != RawRead(technology: .unknown, bits: chip).identity)
    }

    @Test func bitsTextAndLengthTellReadsApart() throws {
        let short = try #require(BitString(value: 5, count: 26))
        let long = try #require(BitString(value: 5, count: 27))
        let other = try #require(BitString(value: 4, count: 26))
        let text = try #require(RawRead(technology: .unknown, text: [5]) ?? RawRead(technology: .unknown, text: [0x35]))
        let identities = [short, long, other].map { RawRead(technology: .unknown, bits: $0).identity }
        #expect(Set(identities + [text.identity]).count == 4)
    }
}
