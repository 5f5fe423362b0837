// SPDX-License-Identifier: Apache-2.0

import Credentials
import SimRandom
import Testing

/// For most formats no vector was published: Indala27, IndalaASC27, Tecom27, 2804W, Indala29, ATSW30, ADT31, HCP32,
/// Kastle32, KFS32, WIE32, D10202, Optus34, Smartpass34, BQT34, C15001, S12906, S12906b, Siemens36, AWID36, S10401,
/// H10320, HGen37, BQT38, ISCS38, Pyramid39, BC40, H800002, Avigilon56. They are held to symmetry only: what an encoder
/// made from the same table writes, the decoder must read. All others are held to it as well.
@Suite struct FormatSymmetryTests {
    @Test(arguments: WiegandFormat.table.map(\.name))
    func whatIsEncodedIsDecoded(name: String) throws {
        let format = try #require(WiegandFormat.table.first { $0.name == name })
        var seed = SplitMix(seed: 7)
        for _ in 0..<50 {
            let sample = FormatEncoder.sample(of: format, &seed)
            let candidate = try #require(format.candidate(for: sample.bits))
            #expect(candidate.facilityCode == sample.facilityCode && candidate.cardNumber == sample.cardNumber)
            #expect(candidate.issueLevel.map(UInt64.init) == sample.issueLevel)
            #expect(candidate.oem.map(UInt64.init) == sample.oem)
            #expect(candidate.parity == (format.hasParity ? .good : .none) && !candidate.swappedLines)
            #expect(sample.bits.candidates.contains(candidate))
        }
    }

    /// Each bit that some check covers is noticed when it is wrong, and never fatal unless it is a mark.
    @Test(arguments: ["H10301", "C1000-35", "H10304", "H10306", "HID36-OEM2", "P10001", "C1000-48", "AWID50"])
    func everySingleWrongBitIsSeen(name: String) throws {
        let format = try #require(WiegandFormat.table.first { $0.name == name })
        var seed = SplitMix(seed: 11)
        let bits = FormatEncoder.sample(of: format, &seed).bits
        for position in 0..<bits.count {
            let wrong = try #require(
                BitString(value: bits.value ^ 1 << UInt128(bits.count - 1 - position), count: bits.count))
            guard let candidate = format.candidate(for: wrong) else {
                #expect(name == "P10001" && position < 4, "only a wrong mark makes it another format's")
                continue
            }
            // A bit in all groups at once looks like swapped lines where a complement turns all groups over.
            #expect(candidate.parity == .bad || candidate.swappedLines, "\(name) bit \(position)")
        }
    }

    @Test(arguments: ["H10301", "H10304", "H10306", "P10001", "D10202"])
    func aComplementIsNamedAsSwappedLines(name: String) throws {
        let format = try #require(WiegandFormat.table.first { $0.name == name })
        var seed = SplitMix(seed: 13)
        for _ in 0..<20 {
            let sample = FormatEncoder.sample(of: format, &seed)
            let candidate = try #require(format.candidate(for: sample.bits.complement))
            #expect(candidate.swappedLines && candidate.parity == .good)
            #expect(candidate.facilityCode == sample.facilityCode && candidate.cardNumber == sample.cardNumber)
            #expect(format.candidate(for: sample.bits.complement, isWired: false)?.swappedLines != true)
        }
    }

    /// A badge that was read without wires between cannot have them swapped.
    @Test func aNibbleAboveNineIsNoDigit() throws {
        let bcd = try #require(WiegandFormat.table.first { $0.name == "H10320" })
        let bits = try #require(BitString(value: 0xA << 33 as UInt128, count: 37))
        #expect(bcd.candidate(for: bits) == nil)
    }

    /// Real numbers 286571 and more carry the offset (unleashed-firmware PR 1149).
    @Test func theOffsetOfCasiRuscoBeginsWithTheHighestBit() throws {
        let casi = try #require(WiegandFormat.table.first { $0.name == "C10106" })
        let plain = try #require(BitString(value: 262_143, count: 40))
        #expect(casi.candidate(for: plain)?.cardNumber == 262_143)
        let shifted = try #require(BitString(value: 286_571 + 66_606, count: 40))
        #expect(casi.candidate(for: shifted)?.cardNumber == 286_571)
    }

    @Test func anyBitsOfAnyLengthAreDecodedWithoutATrap() throws {
        var seed = SplitMix(seed: 17)
        for count in 1...BitString.limit {
            for _ in 0..<50 {
                let value = UInt128(seed.next()) << 64 | UInt128(seed.next())
                let bits = try #require(BitString(value: value >> UInt128(BitString.limit - count), count: count))
                for candidate in bits.candidates {
                    #expect(WiegandFormat.table.contains { $0.name == candidate.format && $0.bitCount == count })
                }
            }
        }
    }
}
