// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import Testing

struct LoginRuleTests {
    private static let now = WallTime(milliseconds: 1_000_000)
    private static let barred = PINAttempts(failures: 5, barredUntil: WallTime(milliseconds: 1_060_000))
    private static let worn = PINAttempts(failures: 100, barredUntil: nil)

    /// Attempts, locked by an administrator, the right secret, the place's bar, and what follows.
    @Test(
        arguments: [
            (.none, false, true, nil, .welcome), (.none, false, false, nil, .wrong),
            (.none, true, true, nil, .locked(retryAfter: nil)), (.none, true, false, nil, .wrong),
            (barred, false, true, nil, .locked(retryAfter: .seconds(60))),
            (barred, false, false, nil, .locked(retryAfter: .seconds(60))),
            (barred, true, true, nil, .locked(retryAfter: .seconds(60))),
            (worn, false, true, nil, .locked(retryAfter: nil)),
            (.none, false, true, .seconds(9), .locked(retryAfter: .seconds(9))),
            (.none, false, false, .seconds(9), .locked(retryAfter: .seconds(9))),
        ] as [(PINAttempts, Bool, Bool, Duration?, LoginRule.Decision)])
    func aLockShowsOnlyWithTheRightSecretAndAWaitAlways(
        attempts: PINAttempts, locked: Bool, matched: Bool, placeBar: Duration?, decision: LoginRule.Decision
    ) {
        #expect(
            LoginRule.decide(attempts, isLocked: locked, matched: matched, placeBar: placeBar, at: Self.now)
                == decision)
    }

    @Test(arguments: [
        (SelfRegistration.off, false, false), (.activation, true, false), (.login, false, true), (.both, true, true),
    ])
    func aSiteSaysHowBadgesAreRegistered(policy: SelfRegistration, code: Bool, login: Bool) {
        #expect(policy.takesCode == code)
        #expect(policy.takesLogin == login)
    }

    @Test(
        arguments: [
            ("12345678", "1234"), ("00000000", "0000"), ("1234567", nil), ("123456789", nil), ("1234567a", nil),
            ("", nil),
        ] as [(String, String?)])
    func theFirstHalfOfACodeNamesIt(typed: String, name: String?) {
        #expect(ActivationRule.name(Array(typed.utf8)) == name.map { Array($0.utf8) })
    }
}
