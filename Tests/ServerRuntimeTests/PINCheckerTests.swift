// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Primitives
import ServerCore
import Testing
import TestKit

@testable import ServerRuntime

@Suite struct PINCheckerTests {
    private let pin = SecretBytes(Array("4711".utf8))

    @Test func aPINIsRightOrWrongAndNobodysIsWrong() throws {
        let loop = try Loop()
        let checker = try PINChecker(on: loop, patience: .seconds(60))
        var hash: PINHash?
        checker.hash(pin) { hash = $0 }
        #expect(try loop.turn { hash != nil })
        var answers: [Bool?] = []
        checker.check(pin, against: hash) { answers.append($0) }
        #expect(try loop.turn { answers.count == 1 })
        checker.check(SecretBytes(Array("4712".utf8)), against: hash) { answers.append($0) }
        #expect(try loop.turn { answers.count == 2 })
        checker.check(pin, against: nil) { answers.append($0) }
        #expect(try loop.turn { answers.count == 3 })
        #expect(answers == [true, false, false])
    }

    @Test func whatHasWaitedTooLongIsNeitherRightNorWrong() throws {
        let loop = try Loop()
        let checker = try PINChecker(on: loop, patience: .zero)
        var answers: [Bool?] = []
        checker.check(pin, against: nil) { answers.append($0) }
        #expect(try loop.turn { answers.count == 1 })
        #expect(answers == [nil])
    }

    @Test func whoComesAtAFullQueueHearsSoAtOnce() throws {
        let loop = try Loop()
        let checker = try PINChecker(on: loop, patience: .zero)
        var busy = 0
        for _ in 0..<PINChecker.queueLimit { checker.check(pin, against: nil) { _ in } }
        checker.check(pin, against: nil) { busy += $0 == nil ? 1 : 0 }
        #expect(busy == 1)
    }
}
