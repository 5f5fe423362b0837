// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Who may make a badge that nobody has their own.
package enum SelfRegistration: String, CaseIterable, Sendable {
    case off
    /// With a code from the administrator.
    case activation
    /// By number and PIN, or name and password.
    case login
    case both

    package var takesCode: Bool { self == .activation || self == .both }
    package var takesLogin: Bool { self == .login || self == .both }
}

/// Somebody typed who they are. A user who does not exist, one without such a secret and a wrong secret are one
/// answer, so that nobody learns who exists; that is why a lock shows after the secret only, and waits are kept for
/// names that nobody has.
package enum LoginRule {
    package enum Decision: Hashable, Sendable {
        /// Counts nowhere.
        case locked(retryAfter: Duration?)
        case wrong
        case welcome
    }

    /// - Parameters:
    ///   - attempts: of the user, or of the number or name that nobody has.
    ///   - isLocked: by an administrator.
    ///   - placeBar: how long no secret is taken at this place.
    package static func decide(
        _ attempts: PINAttempts, isLocked: Bool, matched: Bool, placeBar: Duration?, at now: WallTime
    ) -> Decision {
        if LockRule.needsAdministrator(attempts) { return .locked(retryAfter: nil) }
        if let wait = LockRule.bar(attempts, at: now) ?? placeBar { return .locked(retryAfter: wait) }
        guard matched else { return .wrong }
        return isLocked ? .locked(retryAfter: nil) : .welcome
    }
}

/// A code that makes one badge its user's. Its first half names it and its second half proves it, so that a wrong one
/// counts against the code that was meant and against no other.
package enum ActivationRule {
    package static let nameLength = 4
    package static let length = 8
    package static let life = Duration.seconds(7 * 24 * 3600)
    package static let tries = 5

    /// The name of what was typed; `nil` when it is no code.
    package static func name(_ typed: [UInt8]) -> [UInt8]? {
        guard typed.count == length, typed.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Array(typed.prefix(nameLength))
    }
}
