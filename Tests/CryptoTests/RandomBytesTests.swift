// SPDX-License-Identifier: Apache-2.0

import Crypto
import Testing

@Suite struct RandomBytesTests {
    @Test(arguments: [0, 1, 32, 1000])
    func thereAreAsManyAsAskedFor(count: Int) { #expect(randomBytes(count).count == count) }

    @Test func twoDrawsDiffer() { #expect(randomBytes(32) != randomBytes(32)) }
}
