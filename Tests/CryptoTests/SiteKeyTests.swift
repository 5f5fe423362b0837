// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import Testing

@Suite struct SiteKeyTests {
    @Test func itIsMadeOnceAndFoundAgain() throws {
        try inFolder { folder throws in
            let key = try SiteKey.loadOrCreate(at: folder + "/site.key")
            #expect(try SiteKey.loadOrCreate(at: folder + "/site.key") == key)
            #expect(try SiteKey.load(at: folder + "/site.key") == key)
            #expect(try SiteKey.loadOrCreate(at: folder + "/other.key") != key)
            #expect(try SiteKey.load(at: folder + "/none.key") == nil)
        }
    }

    @Test(arguments: [0, 31, 33])
    func aFileOfAnotherLengthIsRefused(count: Int) throws {
        try inFolder { folder throws in
            let path = folder + "/site.key"
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            _ = write(descriptor, pattern(count), count)
            close(descriptor)
            #expect(throws: KeyFileFault(path: path, reason: .wrongLength(count, wanted: 32))) {
                _ = try SiteKey.loadOrCreate(at: path)
            }
        }
    }

    @Test func printingHidesTheKey() throws {
        #expect("\(try #require(SiteKey(pattern(32))))".contains("hidden"))
    }
}
