// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Primitives
import ServerCore

/// scrypt on threads of its own: it takes a tenth of a second and 32 MiB each.
final class PINChecker {
    static let threads = 2
    /// Checks that wait; whoever comes later is told that the server is busy, and it counts as no try.
    static let queueLimit = 64
    /// A check that has waited longer is not begun any more: the person is told that the server is busy while they
    /// still stand there. A check itself takes less than the rest of two seconds.
    static let patience = Duration.milliseconds(1500)

    private struct Request: Sendable {
        let work: Work
        let since = ContinuousClock.now
    }

    private enum Work: Sendable {
        case check(SecretBytes, PINHash?)
        case hash(SecretBytes)
    }

    private enum Reply: Sendable {
        case matched(Bool)
        case hashed(PINHash)
        case tooLate
    }

    private let worker: Worker<Request, Reply>

    init(on loop: Loop, patience: Duration = PINChecker.patience) throws(SystemFault) {
        worker = try Worker(
            name: "scrypt", on: loop, limits: .parallel(threads: Self.threads, requests: Self.queueLimit),
            makeState: { PasswordHash(of: SecretBytes(randomBytes(8))) },
            handle: { dummy, requests in
                requests.map { ContinuousClock.now - $0.since > patience ? .tooLate : Self.answer($0.work, dummy) }
            })
    }

    /// Without a hash a dummy is checked, so that the time tells nothing. `nil` when too many checks wait, or this one
    /// has waited too long.
    func check(_ pin: SecretBytes, against hash: PINHash?, then done: @escaping (Bool?) -> Void) {
        let isTaken = worker.submit(Request(work: .check(pin, hash))) { reply in
            switch reply {
            case .matched(let matched): done(matched)
            case .tooLate: done(nil)
            case .hashed: preconditionFailure("a check is answered by its result")
            }
        }
        if !isTaken { done(nil) }
    }

    func hash(_ pin: SecretBytes, then done: @escaping (PINHash?) -> Void) {
        let isTaken = worker.submit(Request(work: .hash(pin))) { reply in
            switch reply {
            case .hashed(let hash): done(hash)
            case .tooLate: done(nil)
            case .matched: preconditionFailure("a PIN is answered by its hash")
            }
        }
        if !isTaken { done(nil) }
    }

    /// Waits for the checks under way and answers them.
    func stop() { worker.stop() }

    private static func answer(_ work: Work, _ dummy: PasswordHash) -> Reply {
        switch work {
        case .check(let pin, nil):
            _ = dummy.matches(pin)
            return .matched(false)
        case .check(let pin, let stored?):
            let encoded = [UInt8(clamping: stored.logN)] + Self.shape + stored.salt + stored.hash.revealed
            guard let hash = PasswordHash(encoded: encoded) else { return .matched(false) }
            return .matched(hash.matches(pin))
        case .hash(let pin):
            let parts = PasswordHash(of: pin).parts
            return .hashed(PINHash(logN: parts.logN, salt: parts.salt, hash: parts.hash))
        }
    }

    /// scrypt's block size and parallelism, which all our hashes share.
    private static let shape: [UInt8] = [
        ScryptParameters.current.blockSize, ScryptParameters.current.parallelism,
    ]
}
