// SPDX-License-Identifier: Apache-2.0

import Credentials
import SmartCards
import Testing

@Suite struct ContactlessBadgeTests {
    /// 3B 8F 80 01 80 4F 0C A0 00 00 03 06 SS NN NN 00 00 00 00 TCK
    static func atr(standard: UInt8, name: UInt8 = 1, check: UInt8) -> [UInt8] {
        [0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0, 0, 3, 6, standard, 0, name, 0, 0, 0, 0, check]
    }

    static let classic = ContactlessBadge(atr: atr(standard: 3, check: 0x6A))
    static let processor = ContactlessBadge(atr: [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80])

    @Test func theAnswersBytesAreTheBadgesBits() throws {
        let uid: [UInt8] = [0x04, 0xCE, 0xFE, 0xD9, 0xA1, 0x25, 0x80]
        let read = try Self.classic.read(uid + [0x90, 0x00]).get()
        let bits = try #require(BitString(value: 0x04_CEFE_D9A1_2580, count: 56))
        #expect(read == RawRead(technology: .iso14443a, bits: bits))
        #expect(try Self.processor.read([0x66, 0xCF, 0x4D, 0xC2, 0x90, 0x00]).get().technology == .iso14443a)
    }

    /// LudovicRousseau/PCSC issue 82: each proximity badge has this ATR.
    @Test func aProximityBadgeHasNoUID() {
        let badge = ContactlessBadge(atr: Self.atr(standard: 0x40, name: 0, check: 0x28))
        #expect(badge.isProximity)
        #expect(badge.read([1, 2, 3, 4, 0x90, 0x00]) == .failure(.noUID))
        #expect(!Self.classic.isProximity && !Self.processor.isProximity)
    }

    @Test func aPhonesNumberIsNoIdentity() {
        #expect(Self.processor.read([0x08, 0x12, 0x34, 0x56, 0x90, 0x00]) == .failure(.randomUID))
        // Seven bytes are never made up.
        #expect((try? Self.processor.read([0x08, 1, 2, 3, 4, 5, 6, 0x90, 0x00]).get()) != nil)
    }

    @Test(
        arguments: [
            (nil, .notAnswered), ([], .notAnswered), ([0x90], .notAnswered), ([0x63, 0x00], .notAnswered),
            ([0x6A, 0x81], .noUID), ([0x6A, 0x88], .noUID), ([0x90, 0x00], .noUID), ([1, 2, 3, 0x90, 0x00], .noUID),
            ([UInt8](repeating: 1, count: 13) + [0x90, 0x00], .noUID),
        ] as [([UInt8]?, ContactlessBadge.Unreadable)])
    func otherAnswersAreNoReads(answer: [UInt8]?, reason: ContactlessBadge.Unreadable) {
        #expect(Self.classic.read(answer) == .failure(reason))
    }

    @Test func theLengthIsCorrectedWhenTheReaderSaysSo() {
        #expect(ContactlessBadge.corrected(after: [0x6C, 0x07]) == [0xFF, 0xCA, 0x00, 0x00, 0x07])
        #expect(ContactlessBadge.corrected(after: [0x90, 0x00]) == nil)
        #expect(ContactlessBadge.corrected(after: [1, 0x6C, 0x07]) == nil)
    }

    @Test func anyATRWillDo() {
        let whole = Self.atr(standard: 3, check: 0x6A)
        for length in 0...whole.count {
            let badge = ContactlessBadge(atr: Array(whole.prefix(length)))
            #expect(badge.technology == .iso14443a)
        }
    }
}
