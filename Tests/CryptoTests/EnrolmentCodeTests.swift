// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct EnrolmentCodeTests {
    static let server = KeyHash(pattern(32))!
    static let agent = KeyHash(pattern(32, seed: 2))!
    static let code = EnrolmentCode(secret: SecretBytes([0, 0, 0, 0, 0, 0, 0, 31]), server: server)

    @Test func theTextIsThisOne() throws {
        let zeros = try #require(KeyHash(Array(repeating: 0xFF, count: 32)))
        let code = EnrolmentCode(secret: SecretBytes([0, 2, 0, 0, 0, 0, 0, 1]), server: zeros)
        #expect(code.revealed == "G0000-00001-ZZZZ-ZZZZ-ZZZZ-ZZZZ")
    }

    @Test func whatIsShownCanBeTyped() throws {
        for _ in 0..<100 {
            let code = EnrolmentCode(server: Self.server)
            #expect(try EnrolmentCode(typed: code.revealed) == code)
            #expect(code.pin == .prefix(Array(Self.server.bytes.prefix(10))))
            #expect(code.revealed.filter { $0 != "-" }.count == EnrolmentCode.characterCount)
        }
    }

    @Test func twoCodesDiffer() {
        #expect(EnrolmentCode(server: Self.server) != EnrolmentCode(server: Self.server))
    }

    @Test func typingIsForgiving() throws {
        let shown = "10011-00110-0123-4567-89AB-CDEF"
        let code = try EnrolmentCode(typed: shown)
        #expect(try EnrolmentCode(typed: "iOoLl ooiIo 0l23 4567 89ab cdef\r\n") == code)
        #expect(try EnrolmentCode(typed: "1001100110\t0123456789ABCDEF") == code)
        #expect(code.revealed == shown)
    }

    @Test(arguments: [0, 1, 25, 27, 200])
    func anotherLengthIsNamed(count: Int) {
        #expect(throws: EnrolmentCodeFault.wrongLength(count)) {
            _ = try EnrolmentCode(typed: String(repeating: "A", count: count))
        }
    }

    @Test(arguments: ["U", "u", "!", "é", "Ａ", "🖨", "_"])
    func aStrangeCharacterIsNamedByItsPlace(character: String) {
        #expect(throws: EnrolmentCodeFault.badCharacter(position: 4)) {
            _ = try EnrolmentCode(typed: "AB-" + character + String(repeating: "A", count: 23))
        }
    }

    /// HMAC-SHA-256 under 000000000000001f, worked out with Python's hmac module.
    @Test func theProofIsThatOfTheSpecification() {
        let proof = EnrolmentCode.proof(secret: Self.code.secret, agent: Self.agent, server: Self.server)
        #expect(proof == hex("eee1737f9356cfcc3f448031f5f6354b3a9d0a4e2f838355405733d999337b34"))
        #expect(Self.code.proof(agent: Self.agent, server: Self.server) == proof)
    }

    @Test func theProofBindsBothKeysAndTheCode() {
        let proof = Self.code.proof(agent: Self.agent, server: Self.server)
        let other = EnrolmentCode(secret: SecretBytes([0, 0, 0, 0, 0, 0, 0, 30]), server: Self.server)
        #expect(proof != Self.code.proof(agent: Self.server, server: Self.agent))
        #expect(proof != other.proof(agent: Self.agent, server: Self.server))
        #expect(proof.count == 32)
    }

    @Test func printingHidesTheCode() {
        let texts = ["\(Self.code)", String(reflecting: Self.code), "\([Self.code])"]
        #expect(texts.allSatisfy { !$0.contains("0000Z") && $0.contains("hidden enrolment code") })
        var dumped = ""
        dump(Self.code, to: &dumped)
        #expect(!dumped.contains("31"))
    }
}
