// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct PasswordHashTests {
    static let cheap = ScryptParameters(costExponent: 4, blockSize: 1, parallelism: 1)

    struct Vector: Sendable {
        let password: String
        let salt: String
        let parameters: ScryptParameters
        let hash: String
    }

    /// RFC 7914 section 12: the first 32 bytes of its 64, which do not depend on how many are asked for.
    static let vectors = [
        Vector(
            password: "", salt: "", parameters: cheap,
            hash: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"),
        Vector(
            password: "password", salt: "NaCl",
            parameters: ScryptParameters(costExponent: 10, blockSize: 8, parallelism: 16),
            hash: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"),
        Vector(
            password: "pleaseletmein", salt: "SodiumChloride",
            parameters: ScryptParameters(costExponent: 14, blockSize: 8, parallelism: 1),
            hash: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"),
    ]

    @Test(arguments: vectors)
    func agreesWithThePublishedVectors(vector: Vector) {
        let hash = PasswordHash.derive(
            from: SecretBytes(Array(vector.password.utf8)), salt: Array(vector.salt.utf8), parameters: vector.parameters
        )
        #expect(hash == hex(vector.hash))
    }

    @Test func onlyTheSamePasswordMatches() throws {
        let hash = PasswordHash(of: SecretBytes(Array("4711".utf8)))
        let stored = try #require(PasswordHash(encoded: hash.encoded))
        #expect(stored.matches(SecretBytes(Array("4711".utf8))))
        #expect(!stored.matches(SecretBytes(Array("4712".utf8))))
        #expect(!stored.isOutdated)
    }

    @Test func equalPasswordsHaveDifferentHashes() {
        let password = SecretBytes(Array("4711".utf8))
        let hashes = (0..<2).map { _ in PasswordHash(of: password, parameters: Self.cheap) }
        #expect(hashes[0].encoded != hashes[1].encoded)
        #expect(hashes[0].matches(password) && hashes[1].matches(password))
    }

    @Test func theCostsAreStoredWithTheHash() throws {
        let password = SecretBytes(Array("4711".utf8))
        let stored = try #require(PasswordHash(encoded: PasswordHash(of: password, parameters: Self.cheap).encoded))
        #expect(stored.matches(password) && stored.isOutdated)
    }

    @Test func brokenEncodingsAreRefused() {
        let good = PasswordHash(of: SecretBytes([]), parameters: Self.cheap).encoded
        #expect(PasswordHash(encoded: Array(good.dropLast())) == nil)
        #expect(PasswordHash(encoded: good + [0]) == nil)
        for (index, value) in [(0, 0), (0, 21), (0, 255), (1, 0), (2, 0)] as [(Int, UInt8)] {
            var bad = good
            bad[index] = value
            #expect(PasswordHash(encoded: bad) == nil, "byte \(index) = \(value)")
        }
    }

    /// 64 MiB at the limit, one step more beyond it.
    @Test func memoryIsBounded() {
        #expect(ScryptParameters(costExponent: 15, blockSize: 15, parallelism: 1).areUsable)
        #expect(!ScryptParameters(costExponent: 15, blockSize: 16, parallelism: 1).areUsable)
        #expect(!ScryptParameters(costExponent: 16, blockSize: 1, parallelism: 1).areUsable)
        #expect(ScryptParameters.current.areUsable)
    }

    @Test func printingHidesTheHash() {
        let hash = PasswordHash(of: SecretBytes([]), parameters: Self.cheap)
        #expect("\(hash)" == "hidden password hash")
        #expect(String(reflecting: hash) == "hidden password hash")
    }
}
