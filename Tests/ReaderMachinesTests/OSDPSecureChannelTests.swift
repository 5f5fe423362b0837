// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import ReaderMachines
import Testing

@Suite struct OSDPSecureChannelTests {
    static let installationKey = SecretBytes(Array(0x30...0x3F))
    static let readerRandom: [UInt8] = Array(0xA0...0xA7)
    static let panelHead = OSDPFrame.Head(address: 0, sequence: 2)
    static let readerHead = OSDPFrame.Head(address: 0, isReply: true, sequence: 2)

    static func handshake() -> OSDPHandshake {
        OSDPHandshake(baseKey: installationKey, panelRandom: Array(0xB0...0xB7), using: .openSSL)
    }

    static func ends() -> (panel: OSDPSecureChannel, reader: OSDPSecureChannel) {
        let mac = handshake().initialMAC(readerRandom: readerRandom)
        return (
            OSDPSecureChannel(role: .panel, handshake: handshake(), initialMAC: mac, using: .openSSL),
            OSDPSecureChannel(role: .reader, handshake: handshake(), initialMAC: mac, using: .openSSL)
        )
    }

    /// SIA OSDP annex E.
    @Test func theHandshakeAgreesWithTheStandard() {
        let handshake = Self.handshake()
        #expect(handshake.encryptionKey.revealed == osdp("BF8DC2A8329ACB8C67C6D0CD9A451682"))
        #expect(handshake.macKey.revealed == osdp("5E86C676603BDEE2D8BEAFE178637332"))
        #expect(handshake.lastMACKey.revealed == osdp("6FDA86E857777E81132035758239172E"))
        let random = Self.readerRandom
        #expect(handshake.panelCryptogram(readerRandom: random) == osdp("26D3356E07762D262801FC8E6665A891"))
        #expect(handshake.readerCryptogram(readerRandom: random) == osdp("FDE5D2F428EC16312471EA3C02BD7796"))
        #expect(handshake.initialMAC(readerRandom: random) == osdp("B2A30057EB98BA2229EC1F875662B524"))
    }

    /// OSDP.Net's CommandOutgoingMessageTest.cs, where all session keys and the first MAC are zero. No base key gives
    /// such session keys, so a cipher that ignores its key stands for them.
    @Test(
        arguments: [
            (0x60, "", "53 00 0E 00 0E 02 15 60 4B 32 76 77 73 B6"),
            (0x64, "", "53 00 0E 00 0E 02 15 64 6F 63 24 6F D0 50"),
            (0x65, "", "53 00 0E 00 0E 02 15 65 46 0E 3D 4E 2A 6A"),
            (
                0x61, "00",
                "53 00 1E 00 0E 02 17 61 D1 4E B7 AD 98 2C C5 F9 AA 25 31 8A 7E AE D6 26 9A E9 95 73 19 83"
            ),
            (
                0x6E, "01 80 25 00 00",
                "53 00 1E 00 0E 02 17 6E AC A3 C2 FF E4 D9 E5 99 CD 77 1B 8E F3 D1 3F 23 FA AB 63 4E 08 95"
            ),
            (
                0x75, "01 10 00 01 02 03 04 05 06 07 00 01 02 03 04 05 06 07",
                """
                53 00 2E 00 0E 02 17 75 F0 DD EC 9A 0E D8 CE 4C 80 BA F5 D5 5C 18 43 6F 91 89 FD 66 C9 F2 23 DC 04 14 86
                D8 33 57 DF 98 6C 1D 4B C2 B2 F2
                """
            ),
            (
                0x80, "01 02 03 0A 0B 0C",
                "53 00 1E 00 0E 02 17 80 C8 67 0F CB 60 C0 25 BA 48 15 41 92 A4 2B B8 F3 B9 78 FF AC 1A 91"
            ),
        ] as [(UInt8, String, String)])
    func packetsAgreeWithAnotherImplementation(code: UInt8, data: String, packet: String) throws {
        let zero = SecretBytes([UInt8](repeating: 0, count: 16))
        let keyless = Cryptography(
            sha256: { _ in [] }, hmacSHA256: { _, _ in [] }, aes128: { AES128.encrypt($1, key: zero) },
            aes128Inverse: { AES128.decrypt($1, key: zero) })
        let handshake = OSDPHandshake(
            baseKey: zero, panelRandom: [UInt8](repeating: 0, count: 8), using: keyless)
        func end(_ role: OSDPSecureChannel.Role) -> OSDPSecureChannel {
            OSDPSecureChannel(role: role, handshake: handshake, initialMAC: zero.revealed, using: keyless)
        }
        var panel = end(.panel)
        let frame = panel.seal(Self.panelHead, code: code, data: osdp(data))
        #expect(frame.encoded == osdp(packet))
        var reader = end(.reader)
        #expect(try reader.open(OSDPFrame(decoding: osdp(packet)[...])) == osdp(data))
    }

    @Test(arguments: 0...50) func dataOfAnyLengthPassesBothWays(count: Int) throws {
        var (panel, reader) = Self.ends()
        let data = (0..<count).map { UInt8($0) }
        for _ in 0..<3 {
            let command = panel.seal(Self.panelHead, code: 0x80, data: data)
            #expect(count == 0 || command.data.count == (count / 16 + 1) * 16)
            #expect(try reader.open(command) == data)
            let reply = reader.seal(Self.readerHead, code: 0x90, data: data)
            #expect(try panel.open(reply) == data)
        }
    }

    @Test func everyWrongBitIsRefusedAndChangesNothing() throws {
        var (panel, reader) = Self.ends()
        _ = try reader.open(panel.seal(Self.panelHead, code: 0x60, data: []))
        let good = reader.seal(Self.readerHead, code: 0x50, data: [0, 1, 26, 0, 1, 2, 3, 4])
        let packet = good.encoded
        for bit in (8 * 7)..<(8 * (packet.count - 2)) {
            var wrong = packet
            wrong[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            let crc = OSDPFrame.crc(wrong.dropLast(2))
            wrong.replaceSubrange((wrong.count - 2)..., with: [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)])
            let frame = try OSDPFrame(decoding: wrong[...])
            #expect(throws: OSDPFault.badMAC, "bit \(bit)") { try panel.open(frame) }
        }
        #expect(try panel.open(good) == [0, 1, 26, 0, 1, 2, 3, 4])
    }

    /// Every question begins a new chain, so that no answer to an earlier one fits it. (The second answer to one
    /// question is refused by its sequence number.)
    @Test func aRecordedPacketIsRefused() throws {
        var (panel, reader) = Self.ends()
        var recorded: [OSDPFrame] = []
        for _ in 0..<4 {
            _ = try reader.open(panel.seal(Self.panelHead, code: 0x60, data: []))
            let reply = reader.seal(Self.readerHead, code: 0x50, data: [0, 1, 8, 0, 1])
            for old in recorded { #expect(throws: OSDPFault.badMAC) { try panel.open(old) } }
            _ = try panel.open(reply)
            recorded.append(reply)
        }
    }

    @Test func clearAndForeignBlocksAreRefused() {
        var (panel, _) = Self.ends()
        #expect(throws: OSDPFault.clearReply) { try panel.open(OSDPFrame(Self.readerHead, code: 0x50, data: [1])) }
        for type in [0x11, 0x12, 0x13, 0x14, 0x15, 0x17, 0x19] as [UInt8] {
            let frame = OSDPFrame(
                Self.readerHead, securityBlock: OSDPFrame.SecurityBlock(type: type), code: 0x40,
                mac: (0x15...0x18).contains(type) ? [0, 0, 0, 0] : [])
            #expect(throws: OSDPFault.badSecurityBlock) { try panel.open(frame) }
        }
    }
}
