// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import Testing

@Suite struct PinTests {
    @Test func anExactPinAcceptsItsKeyOnly() throws {
        let hash = try #require(KeyHash(pattern(32)))
        for bit in 0..<256 {
            var other = hash.bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!Pin.exact(hash).accepts(try #require(KeyHash(other))))
        }
        #expect(Pin.exact(hash).accepts(hash))
    }

    @Test func aPrefixPinLooksAtTenBytes() throws {
        let hash = try #require(KeyHash(pattern(32)))
        let pin = Pin.prefix(Array(hash.bytes.prefix(10)))
        for bit in 0..<256 {
            var other = hash.bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(pin.accepts(try #require(KeyHash(other))) == (bit >= 80), "bit \(bit)")
        }
    }

    @Test(arguments: [0, 9, 11])
    func aPrefixOfAnotherLengthAcceptsNothing(count: Int) throws {
        let hash = try #require(KeyHash(pattern(32)))
        #expect(!Pin.prefix(Array(hash.bytes.prefix(count))).accepts(hash))
    }
}
