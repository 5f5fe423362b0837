// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire

/// The change to a next key, from the moment when it lies in the state folder.
///
/// ```
/// made ──announced over the present key──▶ announced ──connected with the next key──▶ adopted
///   │ refused for good                          │ 201 or 207 to a hello: the other key
///   └──▶ dropped                                └──▶ …
/// ```
/// Whatever dies in between: both keys are in the folder until the server has welcomed the next one.
struct KeyChange: Sendable {
    let rotation: KeyRotation
    /// The connection's key, or that of the next attempt.
    var isNextInUse = false
    var isAnnounced = false
    /// The announcement that is open.
    var correlation: UInt32?
}

extension AgentCore {
    /// There is a next key, in this process or since an earlier one.
    mutating func beginKeyChange(_ rotation: KeyRotation, at now: MonotonicTime) -> [Action] {
        if keys?.rotation.key == rotation.key { return [] }
        keys = KeyChange(rotation: rotation)
        return announceKey(at: now)
    }

    /// Once a connection is open.
    mutating func keysAfterWelcome(at now: MonotonicTime) -> [Action] {
        guard let change = keys else { return [] }
        guard change.isNextInUse else { return announceKey(at: now) }
        keys = nil
        return [.adoptKey, .note(.keyChanged)]
    }

    private mutating func announceKey(at now: MonotonicTime) -> [Action] {
        guard let change = keys, !change.isAnnounced, !change.isNextInUse, change.correlation == nil, link.isOpen,
            let session = link.session, session.canRequest, session.agreed.contains(.rotation)
        else { return [] }
        let (correlation, actions) = request(.rotateKey(change.rotation), at: now)
        keys?.correlation = correlation
        return actions
    }

    /// The answer to the announcement; `nil` when this is not one.
    mutating func keyAnswered(_ correlation: UInt32, _ message: ReleaseMessage) -> [Action]? {
        guard let open = keys?.correlation, open == correlation else { return nil }
        keys?.correlation = nil
        switch message {
        case .keyAnnounced: keys?.isAnnounced = true
        case .refused(let refusal) where [.keyRejected, .unexpected].contains(refusal.code):
            keys = nil
            return [.dropKey, .note(.keyRefused(refusal.code))]
        default: break  // Announced again over the next connection.
        }
        return []
    }

    /// The connection is changed when nobody waits for anything on it.
    mutating func useNextKey() -> [Action] {
        guard let change = keys, change.isAnnounced, !change.isNextInUse, link.isOpen, questions.isEmpty,
            dialogues.isEmpty, queue.current == nil
        else { return [] }
        keys?.isNextInUse = true
        link.session = nil
        link.isOpen = false
        return [.useKey(isNext: true), .hangUp]
    }

    /// A hello was refused: perhaps the server knows us by the other key.
    mutating func keysAfterRefusal(_ reason: LinkClosed?) -> [Action] {
        guard let change = keys, case .refused(let refusal) = reason,
            [.unknownAgent, .keyRejected].contains(refusal.code)
        else {
            keys?.correlation = nil
            return []
        }
        keys?.correlation = nil
        keys?.isNextInUse = !change.isNextInUse
        // A server that does not know the next key must be told of it again.
        keys?.isAnnounced = false
        return [.useKey(isNext: !change.isNextInUse)]
    }
}
