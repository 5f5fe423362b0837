// SPDX-License-Identifier: Apache-2.0

/// One packet of the Open Supervised Device Protocol (SIA OSDP v2.2, IEC 60839-11-5, 5.9):
///
///     53 address length(2, LE) control [security block] code data… [MAC(4)] CRC-16(LE) or checksum
///
/// The length counts from the 53 to the last check byte; replies have bit 7 of the address set. What it holds may be
/// a badge or a key, so printing one shows its head only.
package struct OSDPFrame: Hashable, Sendable {
    package enum Check: Hashable, Sendable {
        /// The two's complement of the sum of all bytes before it.
        case checksum
        /// Polynomial 1021, starting with 1D0F, not reflected.
        case crc

        var count: Int { self == .crc ? 2 : 1 }
    }

    package struct SecurityBlock: Hashable, Sendable {
        package let type: UInt8
        package let data: [UInt8]

        package init(type: UInt8, data: [UInt8] = []) {
            self.type = type
            self.data = data
        }

        /// SCS_15 to SCS_18 (annex D).
        var hasMAC: Bool { (0x15...0x18).contains(type) }
        var isEncrypted: Bool { type == 0x17 || type == 0x18 }
    }

    package static let mark: UInt8 = 0xFF
    package static let start: UInt8 = 0x53
    package static let lengthLimit = 1440
    package static let broadcast: UInt8 = 0x7F
    package static let macCount = 4
    static let headerCount = 5
    static let shortest = headerCount + 2

    private static let replyBit: UInt8 = 0x80
    private static let sequenceBits: UInt8 = 0x03
    private static let crcBit: UInt8 = 0x04
    private static let securityBit: UInt8 = 0x08

    /// 0…7F.
    package let address: UInt8
    package let isReply: Bool
    /// As it was on the line, with the bits that no one defines, because the MAC covers it.
    private let control: UInt8
    package let securityBlock: SecurityBlock?
    /// Of the command or the reply.
    package let code: UInt8
    package let data: [UInt8]
    /// Empty where the security block asks for none.
    package let mac: [UInt8]

    package init(
        _ head: Head, securityBlock: SecurityBlock? = nil, code: UInt8, data: [UInt8] = [], mac: [UInt8] = []
    ) {
        precondition(head.address <= 0x7F && head.sequence <= 3, "a head fits its bits")
        address = head.address
        isReply = head.isReply
        control =
            head.sequence | (head.check == .crc ? Self.crcBit : 0) | (securityBlock == nil ? 0 : Self.securityBit)
        self.securityBlock = securityBlock
        self.code = code
        self.data = data
        self.mac = mac
    }

    package struct Head: Hashable, Sendable {
        package let address: UInt8
        package let isReply: Bool
        /// 0 starts over; then 1, 2, 3, 1, …
        package let sequence: UInt8
        package let check: Check

        package init(address: UInt8, isReply: Bool = false, sequence: UInt8, check: Check = .crc) {
            self.address = address
            self.isReply = isReply
            self.sequence = sequence
            self.check = check
        }
    }

    package var head: Head { Head(address: address, isReply: isReply, sequence: sequence, check: check) }
    package var sequence: UInt8 { control & Self.sequenceBits }
    package var check: Check { control & Self.crcBit == 0 ? .checksum : .crc }

    // MARK: Encoding

    /// Without the mark byte that goes in front of it on the line.
    package var encoded: [UInt8] {
        var bytes = authenticated + mac
        switch check {
        case .checksum: bytes.append(Self.checksum(bytes[...]))
        case .crc:
            let crc = Self.crc(bytes[...])
            bytes += [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
        }
        return bytes
    }

    /// What the MAC covers: everything in front of it, with the length of the whole packet.
    package var authenticated: [UInt8] {
        let block = securityBlock.map { [UInt8($0.data.count + 2), $0.type] + $0.data } ?? []
        let macCount = securityBlock?.hasMAC == true ? Self.macCount : 0
        let length = Self.headerCount + block.count + 1 + data.count + macCount + check.count
        precondition(length <= Self.lengthLimit, "we send no long packets")
        let head = [
            Self.start, address | (isReply ? Self.replyBit : 0), UInt8(truncatingIfNeeded: length),
            UInt8(length >> 8), control,
        ]
        return head + block + [code] + data
    }

    func adding(mac: [UInt8]) -> OSDPFrame {
        OSDPFrame(head, securityBlock: securityBlock, code: code, data: data, mac: mac)
    }

    // MARK: Decoding

    /// - Parameter bytes: one packet without its mark, as long as its length field says.
    package init(decoding bytes: ArraySlice<UInt8>) throws(OSDPFault) {
        guard bytes.count >= Self.shortest else { throw .tooShort }
        guard bytes.count <= Self.lengthLimit else { throw .tooLong }
        let packet = Array(bytes)
        address = packet[1] & ~Self.replyBit
        isReply = packet[1] & Self.replyBit != 0
        control = packet[4]
        let check: Check = control & Self.crcBit == 0 ? .checksum : .crc
        try Self.verify(packet, check)
        var body = packet[Self.headerCount..<(packet.count - check.count)]
        securityBlock = control & Self.securityBit == 0 ? nil : try Self.takeSecurityBlock(from: &body)
        guard let code = body.popFirst() else { throw .tooShort }
        self.code = code
        let macCount = securityBlock?.hasMAC == true ? Self.macCount : 0
        guard body.count >= macCount else { throw .tooShort }
        data = Array(body.dropLast(macCount))
        mac = Array(body.suffix(macCount))
    }

    /// `nil` while the header is not whole.
    static func length(of bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= headerCount else { return nil }
        return Int(bytes[bytes.startIndex + 2]) | Int(bytes[bytes.startIndex + 3]) << 8
    }

    private static func verify(_ packet: [UInt8], _ check: Check) throws(OSDPFault) {
        switch check {
        case .checksum:
            guard checksum(packet.dropLast()) == packet.last else { throw .badChecksum }
        case .crc:
            let sent = UInt16(packet[packet.count - 2]) | UInt16(packet[packet.count - 1]) << 8
            guard crc(packet.dropLast(2)) == sent else { throw .badCRC }
        }
    }

    private static func takeSecurityBlock(from body: inout ArraySlice<UInt8>) throws(OSDPFault) -> SecurityBlock {
        guard let count = body.first.map(Int.init), count >= 2, count <= body.count else { throw .badSecurityBlock }
        let block = Array(body.prefix(count))
        body = body.dropFirst(count)
        return SecurityBlock(type: block[1], data: Array(block.dropFirst(2)))
    }

    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt8 { 0 &- bytes.reduce(0, &+) }

    package static func crc(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        bytes.reduce(0x1D0F) { crc, byte in
            (0..<8).reduce(crc ^ UInt16(byte) << 8) { crc, _ in
                crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021
            }
        }
    }
}

extension OSDPFrame: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        let name = isReply ? OSDPReply.name(of: code) : OSDPCommand.name(of: code)
        return "\(name), address \(address), sequence \(sequence), \(data.count) bytes"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
