// SPDX-License-Identifier: Apache-2.0

import Credentials
import SimRandom
import Testing

@Suite struct ProximityCodeTests {
    /// proxmark3 tools/pm3_tests.sh · traces/lf_ATA5577.txt · issues 1060, 1307 · flipperzero-firmware issue 1029 ·
    /// proxmark3 PR 1559 · lf hid clone help · issue 2975.
    @Test(
        arguments: [
            ("2006F623AE", 26, "2F623AE"), ("2006EC0C86", 26, "2EC0C86"), ("2401836113", 34, "001836113"),
            ("2E0EC00C87", 35, "60EC00C87"), ("584A2B940", 37, "0584A2B940"), ("061EE3085D", 37, "061EE3085D"),
            ("01F0760643C3", 40, "F0760643C3"), ("01400076000C86", 48, "400076000C86"),
            ("9E000000100007B0000007B", 56, "00007B0000007B"), ("0000000000002006F623AE", 26, "2F623AE"),
        ])
    func theHeaderIsTakenOff(raw: String, count: Int, frame: String) throws {
        let bits = try ProximityCode.header(raw.utf8)
        #expect(bits.count == count && bits.value == UInt128(frame, radix: 16))
    }

    /// A 37-bit frame has no header, so leading zeros belong to it.
    @Test func anythingBelowTheHeaderBitIs37Bits() throws {
        #expect(try ProximityCode.header("0".utf8).count == 37)
        #expect(try ProximityCode.header("1FFFFFFFFF".utf8).count == 37)
    }

    @Test(
        arguments: [
            ("", ProximityCode.Fault.notHex), ("20 06", .notHex), ("xyz", .notHex), ("2000000000", .noSentinel),
            ("2002F623AE", .noSentinel), ("1" + String(repeating: "0", count: 21) + "0", .tooLong),
            (String(repeating: "F", count: 33), .tooLong),
        ])
    func otherHeadersAreRefused(raw: String, fault: ProximityCode.Fault) {
        #expect(throws: fault) { try ProximityCode.header(raw.utf8) }
        #expect(!"\(fault)".isEmpty)
    }

    @Test func theExtendedHeaderIsOptional() throws {
        let frame = "000001F0760643C3"
        #expect(try ProximityCode.header("09E00000\(frame)".utf8) == ProximityCode.header(frame.utf8))
    }

    /// proxmark3 tools/pm3_tests.sh.
    @Test(arguments: [("06BD88EB80", 26, "2F623AE"), ("0000A4550148AB", 48, "00A4550148AB")])
    func fillerBitsAreTakenOff(raw: String, count: Int, frame: String) throws {
        let bits = try ProximityCode.pacs(raw.utf8)
        #expect(bits.count == count && bits.value == UInt128(frame, radix: 16))
    }

    @Test(
        arguments: [
            ("", ProximityCode.Fault.notHex), ("06B", .notHex), ("08FF", .filler), ("00", .filler), ("FFFF", .filler),
            (String(repeating: "00", count: 18), .tooLong),
        ])
    func otherFillersAreRefused(raw: String, fault: ProximityCode.Fault) {
        #expect(throws: fault) { try ProximityCode.pacs(raw.utf8) }
    }

    /// proxmark3 tools/pm3_tests.sh.
    @Test func theParityOfAWIDIsTakenOff() throws {
        let bits = try ProximityCode.awid("0128B12EB1811D7117E22111".utf8)
        #expect(bits.count == 50 && bits.value == 0x20FA201980F92)
    }

    @Test(arguments: 0..<96)
    func everySingleWrongBitOfAWIDIsCaught(bit: Int) throws {
        let wrong = UInt128("0128B12EB1811D7117E22111", radix: 16)! ^ 1 << UInt128(bit)
        let text = String(wrong + 1 << 96, radix: 16).suffix(24)
        #expect(throws: ProximityCode.Fault.self) { try ProximityCode.awid(text.utf8) }
    }

    @Test func everyCutIsRefusedOrAnotherRead() {
        let raw = "0128B12EB1811D7117E22111"
        for length in 0..<raw.count {
            #expect(throws: ProximityCode.Fault.self) { try ProximityCode.awid(raw.prefix(length).utf8) }
        }
    }

    @Test func mutatedInputNeverTraps() {
        var seed = SplitMix(seed: 5)
        for _ in 0..<5000 {
            var text = Array("09E000000000F0760643C3AA".utf8)
            for _ in 0..<seed.below(4) { text[seed.below(text.count)] = UInt8(seed.below(256)) }
            text.removeLast(seed.below(text.count))
            _ = try? ProximityCode.header(text)
            _ = try? ProximityCode.pacs(text)
            _ = try? ProximityCode.awid(text)
        }
    }
}
