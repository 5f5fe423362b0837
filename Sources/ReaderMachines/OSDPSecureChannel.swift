// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What both ends work out of the base key and the two random numbers before a secure channel exists (SIA OSDP v2.2,
/// annex D.4).
package struct OSDPHandshake: Sendable {
    package static let randomCount = 8

    /// S-ENC, S-MAC1, S-MAC2.
    package let encryptionKey: SecretBytes
    package let macKey: SecretBytes
    package let lastMACKey: SecretBytes
    private let panelRandom: [UInt8]
    private let cryptography: Cryptography

    package init(baseKey: SecretBytes, panelRandom: [UInt8], using cryptography: Cryptography) {
        precondition(panelRandom.count == Self.randomCount, "the panel's number has 8 bytes")
        func derive(_ label: [UInt8]) -> SecretBytes {
            SecretBytes(cryptography.aes128(baseKey, label + panelRandom.prefix(6) + [UInt8](repeating: 0, count: 8)))
        }
        encryptionKey = derive([0x01, 0x82])
        macKey = derive([0x01, 0x01])
        lastMACKey = derive([0x01, 0x02])
        self.panelRandom = panelRandom
        self.cryptography = cryptography
    }

    /// By which the reader shows that it has the key.
    package func readerCryptogram(readerRandom: [UInt8]) -> [UInt8] {
        cryptography.aes128(encryptionKey, panelRandom + readerRandom)
    }

    package func panelCryptogram(readerRandom: [UInt8]) -> [UInt8] {
        cryptography.aes128(encryptionKey, readerRandom + panelRandom)
    }

    /// R-MAC-I, the first link of the chain.
    package func initialMAC(readerRandom: [UInt8]) -> [UInt8] {
        cryptography.aes128(lastMACKey, cryptography.aes128(macKey, panelCryptogram(readerRandom: readerRandom)))
    }
}

/// One end of an established secure channel (annex D.5). Each packet's MAC begins with the MAC of the packet before it
/// from the other side, so that no packet can be left out, repeated or moved.
package struct OSDPSecureChannel: Sendable {
    package enum Role: Sendable { case panel, reader }

    private static let blockCount = 16
    private static let endOfData: UInt8 = 0x80

    private let role: Role
    private let handshake: OSDPHandshake
    private let cryptography: Cryptography
    /// The last MACs in full; the line carries 4 bytes of each.
    private var own: [UInt8]
    private var other: [UInt8]

    package init(role: Role, handshake: OSDPHandshake, initialMAC: [UInt8], using cryptography: Cryptography) {
        precondition(initialMAC.count == Self.blockCount, "the first MAC has 16 bytes")
        self.role = role
        self.handshake = handshake
        self.cryptography = cryptography
        own = initialMAC
        other = initialMAC
    }

    /// Data is always encrypted; what has none is only authenticated (SCS_15 and SCS_17 from the panel, SCS_16 and
    /// SCS_18 from the reader).
    package mutating func seal(_ head: OSDPFrame.Head, code: UInt8, data: [UInt8]) -> OSDPFrame {
        let type: UInt8 = (data.isEmpty ? 0x15 : 0x17) + (role == .panel ? 0 : 1)
        let frame = OSDPFrame(
            head, securityBlock: OSDPFrame.SecurityBlock(type: type), code: code,
            data: data.isEmpty ? [] : encrypt(data))
        own = mac(over: frame.authenticated, from: other)
        return frame.adding(mac: Array(own.prefix(OSDPFrame.macCount)))
    }

    /// The data of a packet from the other side. One with a wrong MAC leaves the chain as it was.
    package mutating func open(_ frame: OSDPFrame) throws(OSDPFault) -> [UInt8] {
        guard let block = frame.securityBlock else { throw .clearReply }
        let types: [UInt8] = role == .panel ? [0x16, 0x18] : [0x15, 0x17]
        guard types.contains(block.type) else { throw .badSecurityBlock }
        let mac = mac(over: frame.authenticated, from: own)
        guard constantTimeEqual(Array(mac.prefix(OSDPFrame.macCount)), frame.mac) else { throw .badMAC }
        other = mac
        return block.isEncrypted ? try decrypt(frame.data) : frame.data
    }

    // MARK: Chaining

    private func mac(over message: [UInt8], from initial: [UInt8]) -> [UInt8] {
        let isWhole = message.count.isMultiple(of: Self.blockCount)
        let blocks = Self.blocks(of: isWhole ? message : Self.padded(message))
        var chain = initial
        for (index, block) in blocks.enumerated() {
            let key = index == blocks.count - 1 ? handshake.lastMACKey : handshake.macKey
            chain = cryptography.aes128(key, Self.xor(block, chain))
        }
        return chain
    }

    private func encrypt(_ data: [UInt8]) -> [UInt8] {
        var chain = other.map { ~$0 }
        return Self.blocks(of: Self.padded(data)).flatMap { block in
            chain = cryptography.aes128(handshake.encryptionKey, Self.xor(block, chain))
            return chain
        }
    }

    private func decrypt(_ data: [UInt8]) throws(OSDPFault) -> [UInt8] {
        guard !data.isEmpty, data.count.isMultiple(of: Self.blockCount) else { throw .badPadding }
        var chain = own.map { ~$0 }
        let plain = Self.blocks(of: data).flatMap { block in
            defer { chain = Array(block) }
            return Self.xor(cryptography.aes128Inverse(handshake.encryptionKey, Array(block))[...], chain)
        }
        guard let end = plain.lastIndex(where: { $0 != 0 }), plain[end] == Self.endOfData else { throw .badPadding }
        return Array(plain[..<end])
    }

    private static func padded(_ message: [UInt8]) -> [UInt8] {
        let padding = blockCount - (message.count + 1) % blockCount
        return message + [endOfData] + [UInt8](repeating: 0, count: padding % blockCount)
    }

    private static func blocks(of message: [UInt8]) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: message.count, by: blockCount).map { message[$0..<($0 + blockCount)] }
    }

    private static func xor(_ lhs: ArraySlice<UInt8>, _ rhs: [UInt8]) -> [UInt8] { zip(lhs, rhs).map { $0 ^ $1 } }
}
