// SPDX-License-Identifier: Apache-2.0

import ReaderMachines
import Testing

@Suite struct OSDPFrameTests {
    @Test(arguments: OSDPVectors.packets) func aPublishedPacketIsReadAndWrittenAsItIs(packet: [UInt8]) throws {
        #expect(try OSDPFrame(decoding: packet[...]).encoded == packet)
    }

    @Test func thePartsAreWhereTheyBelong() throws {
        let poll = try OSDPFrame(decoding: osdp("53 65 08 00 04 60 60 90")[...])
        #expect(poll == OSDPFrame(OSDPFrame.Head(address: 101, sequence: 0), code: 0x60))
        let acknowledged = try OSDPFrame(decoding: osdp("53 E5 07 00 01 40 80")[...])
        let head = OSDPFrame.Head(address: 101, isReply: true, sequence: 1, check: .checksum)
        #expect(acknowledged == OSDPFrame(head, code: 0x40))
        let proof = try OSDPFrame(decoding: OSDPVectors.packets[14][...])
        #expect(proof.securityBlock == OSDPFrame.SecurityBlock(type: 0x14, data: [1]))
        #expect(proof.data == Array(0xA0...0xAF) && proof.mac.isEmpty && proof.sequence == 1)
        let secure = try OSDPFrame(decoding: OSDPVectors.packets[13][...])
        #expect(secure.mac == [0x4B, 0x32, 0x76, 0x77] && secure.data.isEmpty && secure.code == 0x60)
    }

    @Test(arguments: OSDPVectors.packets) func aCutPacketIsRefused(packet: [UInt8]) {
        for count in 0..<packet.count {
            #expect(throws: OSDPFault.self) { try OSDPFrame(decoding: packet[..<count]) }
        }
    }

    /// A CRC finds every single wrong bit and a checksum too. The one bit that says which of them it is can turn a
    /// packet into one of the other kind; the control panel refuses answers of the kind it did not ask for.
    @Test(arguments: OSDPVectors.packets) func everyWrongBitIsFound(packet: [UInt8]) throws {
        let check = try OSDPFrame(decoding: packet[...]).check
        for bit in 0..<(8 * packet.count) where !(16..<32).contains(bit) {
            var wrong = packet
            wrong[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            let decoded = try? OSDPFrame(decoding: wrong[...])
            // The first byte is not looked at by a decoder that was told where a packet starts, but it counts.
            #expect(decoded == nil || decoded?.check != check, "bit \(bit)")
        }
    }

    @Test func faultsHaveNames() {
        func fault(_ text: String) -> OSDPFault? {
            do throws(OSDPFault) {
                _ = try OSDPFrame(decoding: osdp(text)[...])
                return nil
            } catch {
                return error
            }
        }
        func checksummed(_ text: String) -> String {
            text + String(OSDPFrame.checksum(osdp(text)[...]), radix: 16).leftPadded
        }
        #expect(fault("53 65 07 00 04 60") == .tooShort)
        #expect(fault("53 65 08 00 04 60 60 91") == .badCRC)
        #expect(fault("53 E5 07 00 01 40 81") == .badChecksum)
        // A CRC and nothing before it.
        let empty = osdp("53 65 07 00 04")
        let crc = OSDPFrame.crc(empty[...])
        #expect(throws: OSDPFault.tooShort) {
            try OSDPFrame(decoding: (empty + [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)])[...])
        }
        // Blocks that are too short, longer than the packet, and without the MAC they promise.
        #expect(fault(checksummed("53 00 09 00 08 01 15 60")) == .badSecurityBlock)
        #expect(fault(checksummed("53 00 09 00 08 09 15 60")) == .badSecurityBlock)
        #expect(fault(checksummed("53 00 0B 00 08 02 15 60 01 02")) == .tooShort)
        #expect(fault(checksummed("53 00 08 00 08 02 11")) == .tooShort)
        let long = [UInt8](repeating: 0x53, count: OSDPFrame.lengthLimit + 1)
        #expect(throws: OSDPFault.tooLong) { try OSDPFrame(decoding: long[...]) }
    }

    @Test func printingHidesTheData() throws {
        let frame = OSDPFrame(OSDPFrame.Head(address: 5, isReply: true, sequence: 2), code: 0x50, data: [1, 2, 3])
        #expect("\(frame)" == "RAW, address 5, sequence 2, 3 bytes")
        #expect(!String(reflecting: frame).contains("["))
    }
}

extension String {
    fileprivate var leftPadded: String { count == 1 ? " 0\(self)" : " \(self)" }
}
