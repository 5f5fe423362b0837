// SPDX-License-Identifier: Apache-2.0

package import Primitives

package enum EnrolmentCodeFault: Error, Hashable, Sendable {
    /// Letters and digits typed, not counting hyphens and spaces.
    case wrongLength(Int)
    /// Where, counting all that was typed from 1.
    case badCharacter(position: Int)
}

extension EnrolmentCodeFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongLength(let count):
            "an enrolment code has \(EnrolmentCode.characterCount) letters and digits, this has \(count)"
        case .badCharacter(let position): "character \(position) does not occur in enrolment codes"
        }
    }
}

/// What an administrator reads off the server and types at a new agent: 50 random bits that only these two know, then
/// the first 80 bits of the server's key hash, so that the agent knows whom to send its proof to. 26 characters of
/// Crockford's base 32 (no I, L, O, U: easier to read aloud and to type than RFC 4648).
package struct EnrolmentCode: Hashable, Sendable {
    package static let characterCount = 26
    /// Until it must be typed.
    package static let life = Duration.seconds(600)
    private static let codeCharacters = 10
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The 50-bit code as 8 big-endian bytes: the proof's key.
    package let secret: SecretBytes
    /// 10 bytes.
    package let serverKeyPrefix: [UInt8]

    package init(server: KeyHash) { self.init(code: randomBytes(8), prefix: server.bytes) }

    package init(secret: SecretBytes, server: KeyHash) { self.init(code: secret.revealed, prefix: server.bytes) }

    /// Reads what was typed: lower case, hyphens and spaces are fine, O counts as 0, I and L as 1.
    package init(typed: String) throws(EnrolmentCodeFault) {
        var digits: [UInt8] = []
        for (index, character) in typed.enumerated() where character != "-" && !character.isWhitespace {
            guard let digit = Self.digit(character) else { throw .badCharacter(position: index + 1) }
            digits.append(digit)
        }
        guard digits.count == Self.characterCount else { throw .wrongLength(digits.count) }
        let code = digits.prefix(Self.codeCharacters).reduce(0 as UInt64) { $0 << 5 | UInt64($1) }
        let prefix = digits.dropFirst(Self.codeCharacters).reduce(0 as UInt128) { $0 << 5 | UInt128($1) }
        self.init(code: code.bigEndianBytes, prefix: Array(prefix.bigEndianBytes.suffix(Pin.prefixCount)))
    }

    private init(code: [UInt8], prefix: [UInt8]) {
        precondition(code.count == 8 && prefix.count >= Pin.prefixCount, "code or key hash of a wrong length")
        let value = code.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } & (1 << 50 - 1)
        secret = SecretBytes(value.bigEndianBytes)
        serverKeyPrefix = Array(prefix.prefix(Pin.prefixCount))
    }

    /// For the one person who types it: `XXXXX-XXXXX-XXXX-XXXX-XXXX-XXXX`.
    package var revealed: String {
        let first = Self.text(secret.revealed, count: Self.codeCharacters)
        let second = Self.text(serverKeyPrefix, count: Self.characterCount - Self.codeCharacters)
        return (Self.groups(first, of: 5) + Self.groups(second, of: 4)).joined(separator: "-")
    }

    package var pin: Pin { .prefix(serverKeyPrefix) }

    package func proof(agent: KeyHash, server: KeyHash) -> [UInt8] {
        Self.proof(secret: secret, agent: agent, server: server)
    }

    /// HMAC-SHA-256 of both key hashes under the code: shows that the agent was told the code, and binds it to the two
    /// keys of this connection, so that nobody in between can use it. 32 bytes.
    package static func proof(secret: SecretBytes, agent: KeyHash, server: KeyHash) -> [UInt8] {
        HMACSHA256.code(agent.bytes + server.bytes, key: secret)
    }

    private static func digit(_ character: Character) -> UInt8? {
        switch character {
        case "O", "o": return 0
        case "I", "i", "L", "l": return 1
        default:
            guard let byte = character.asciiValue else { return nil }
            let upper = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
            return alphabet.firstIndex(of: upper).map(UInt8.init)
        }
    }

    private static func text(_ bytes: [UInt8], count: Int) -> [UInt8] {
        let number = bytes.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        return (0..<count).reversed().map { alphabet[Int(number >> UInt128(5 * $0) & 31)] }
    }

    private static func groups(_ text: [UInt8], of size: Int) -> [String] {
        stride(from: 0, to: text.count, by: size).map { start in
            String(decoding: text[start..<min(start + size, text.count)], as: UTF8.self)
        }
    }
}

extension EnrolmentCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "hidden enrolment code" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
