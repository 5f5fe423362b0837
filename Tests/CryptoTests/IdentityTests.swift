// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import Primitives
import Testing

@Suite struct IdentityTests {
    @Test func itIsMadeOnceAndFoundAgain() throws {
        try inFolder { folder throws in
            let path = folder + "/identity.pem"
            let made = try Identity.loadOrCreate(at: path)
            #expect(try Identity.loadOrCreate(at: path).keyHash == made.keyHash)
            #expect(try Identity.load(at: folder + "/none.pem") == nil)
            var facts = stat()
            #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
        }
    }

    @Test func twoIdentitiesDiffer() {
        #expect(Identity.generate().keyHash != Identity.generate().keyHash)
    }

    /// Every cut of the file, and keys of other kinds.
    @Test func aBrokenFileIsRefused() throws {
        try inFolder { folder throws in
            let path = folder + "/identity.pem"
            _ = try Identity.loadOrCreate(at: path)
            var facts = stat()
            stat(path, &facts)
            for count in stride(from: Int(facts.st_size) - 2, through: 0, by: -7) {
                truncate(path, count)
                let fault = KeyFileFault(
                    path: path, reason: .badContent("no P-256 key with its certificate in PEM"))
                #expect(throws: fault, "\(count) bytes") { _ = try Identity.loadOrCreate(at: path) }
            }
        }
    }

    @Test func anOpenFileIsRefused() throws {
        try inFolder { folder throws in
            let path = folder + "/identity.pem"
            _ = try Identity.loadOrCreate(at: path)
            chmod(path, 0o644)
            #expect(throws: KeyFileFault(path: path, reason: .notPrivate(mode: 0o644))) {
                _ = try Identity.load(at: path)
            }
        }
    }
}
