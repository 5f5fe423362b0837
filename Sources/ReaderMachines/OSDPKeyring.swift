// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The keys that may open a channel with one reader, and the order in which they are tried.
struct OSDPKeyring: Sendable {
    enum Kind: Sendable {
        case own
        /// Sent to the reader, which did not show yet whether it took it.
        case pending
        /// The one in the standard, while an administrator installs the reader.
        case installation
    }

    struct Candidate: Sendable {
        let kind: Kind
        let key: SecretBytes

        /// What the security block of the handshake says: 0 is the installation key.
        var type: UInt8 { kind == .installation ? 0 : 1 }
    }

    private var own: OSDPBaseKey?
    private var pending: OSDPBaseKey?
    private var installationEnd: MonotonicTime?
    private var turn = 0

    init(own: OSDPBaseKey?) { self.own = own }

    var isInstalling: Bool { installationEnd != nil }

    var current: Candidate? {
        let candidates = candidates
        return candidates.isEmpty ? nil : candidates[turn % candidates.count]
    }

    private var candidates: [Candidate] {
        (pending.map { [Candidate(kind: .pending, key: $0.bytes)] } ?? [])
            + (own.map { [Candidate(kind: .own, key: $0.bytes)] } ?? [])
            + (isInstalling ? [Candidate(kind: .installation, key: OSDPBaseKey.installation)] : [])
    }

    mutating func beginInstallation(until end: MonotonicTime) {
        installationEnd = end
        turn = 0
    }

    mutating func endInstallation() {
        installationEnd = nil
        turn = 0
    }

    /// Whether an installation has just run out of time.
    mutating func expire(at now: MonotonicTime) -> Bool {
        guard let end = installationEnd, now >= end else { return false }
        endInstallation()
        return true
    }

    /// From now on the reader may have this key instead of the one it had.
    mutating func sent(_ key: OSDPBaseKey) {
        pending = key
        turn = 0
    }

    /// Whether all keys have been tried.
    mutating func failed() -> Bool {
        turn += 1
        guard turn >= candidates.count else { return false }
        turn = 0
        return true
    }

    /// - Returns: a new key that the reader has proved to have.
    mutating func accepted(_ kind: Kind) -> OSDPBaseKey? {
        turn = 0
        switch kind {
        case .installation: return nil
        case .own:
            pending = nil
            return nil
        case .pending:
            own = pending
            pending = nil
            installationEnd = nil
            return own
        }
    }
}
