// SPDX-License-Identifier: Apache-2.0

/// Bugs that are planted on the outside of the product's code, to prove that the simulator finds them.
package enum SimBug: CaseIterable, Sendable {
    /// The store acknowledges events before they are committed.
    case acknowledgedBeforeCommit
    /// The print client hears that its job is stored before it is.
    case acceptedBeforeCommit
    /// The document is handed out before `sending` is committed.
    case sendingCommittedLate
    /// A request of an older connection counts as one of the newest.
    case fencingForgotten
    /// The journal reports a sync that has not happened.
    case journalNotSynced
    /// The outcomes of reads never reach the journal's file.
    case outcomeNotJournaled
    /// After a crash an old copy of the journal comes back.
    case journalRolledBack
    /// A printer's connection that breaks is opened again and all is sent once more.
    case documentSentTwice
    /// Two documents that are stored at the same time are mixed up.
    case documentsSwapped
    /// The agent is never woken at its deadlines.
    case timerForgotten
    /// The agent does not say that it has released what it was lent.
    case usedNotListed
    /// That a lent job is used never reaches the journal's file.
    case useNotJournaled
    /// The agent believes that its lease lasts for ever.
    case leaseForgotten
    /// The agent believes that nothing it is lent has pages.
    case pagesForgotten

    /// A release loses its billing code on the way to the store.
    case billingCodeLost
    /// What came out of a lent copy after somebody had decided is booked twice.
    case lateChargedTwice
    /// What puts a line right has the wrong sign.
    case correctionTurned
    /// The server goes on lending where a billing code is required.
    case lentWithoutBillingCode
    /// A connection after the first one asks for no PIN.
    case secondFactorForgotten
    /// The second read of a badge that is registered counts as the first one.
    case secondReadIgnored
    /// A person hears that documents are kept for longer, and they are not.
    case holdIgnored
    /// A person hears that documents are deleted, and they are not.
    case deletionIgnored
    /// What is wanted back is named in the answer to its holder as if it were still lent.
    case recallUnheard
    /// The server's restart forgives wrong secrets.
    case lockForgotten
    /// The server looks a revoked agent up before it was revoked.
    case revokedKeyServed
    /// A revoked agent stays connected.
    case revokedStaysConnected
    /// A key that its agent has changed still opens a connection.
    case retiredKeyServed
    /// A right that was taken away is still there.
    case rightKeptAfterRemoval
    /// Lent documents of somebody who goes to another copier are taken as free.
    case lentTakenAsFree
    /// A full disk under the journal is passed over.
    case fullJournalIgnored
    /// A change of the PIN does not ask for the old one.
    case oldPINNotAsked
    /// A list has one document of somebody else.
    case listOfAnother
    /// The agent's log has what was typed.
    case secretLogged
}

extension SimBug {
    /// A site at which it matters: what never comes up is not looked for.
    package var faults: SimFaults {
        var faults = SimFaults.rough
        switch self {
        case .usedNotListed, .useNotJournaled, .leaseForgotten, .pagesForgotten, .recallUnheard, .lentTakenAsFree:
            (faults.lends, faults.partition, faults.oldPeers, faults.administrators) = (true, 12_000, 0, 0)
        case .lateChargedTwice, .correctionTurned:
            (faults.lends, faults.partition, faults.oldPeers, faults.administrators) = (true, 12_000, 0, 2000)
        case .holdIgnored: faults.expiry = 1
        case .lockForgotten: (faults.wrongPIN, faults.serverCrash) = (0.7, 12_000)
        case .revokedKeyServed, .revokedStaysConnected:
            (faults.administrators, faults.slowDisk, faults.fullDisk, faults.busyStore) = (1000, 0, 0, 0)
        default: break
        }
        return faults
    }
}
