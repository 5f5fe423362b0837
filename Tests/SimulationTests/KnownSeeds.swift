// SPDX-License-Identifier: Apache-2.0

import SimKit

/// The first seed that finds each planted bug, so that the suite need not look for it. A change of the simulation may
/// move them: `LANYARD_SEARCH=1` prints this table's lines anew.
enum KnownSeeds {
    static let all: [SimBug: UInt64] = [
        .acceptedBeforeCommit: 1, .acknowledgedBeforeCommit: 1, .billingCodeLost: 15, .correctionTurned: 8,
        .deletionIgnored: 6, .documentSentTwice: 10, .documentsSwapped: 1, .fencingForgotten: 1,
        .fullJournalIgnored: 4, .holdIgnored: 1, .journalNotSynced: 1, .journalRolledBack: 1,
        .lateChargedTwice:
            36, .leaseForgotten: 17, .lentTakenAsFree: 2, .lentWithoutBillingCode: 11, .listOfAnother: 1,
        .lockForgotten: 2, .oldPINNotAsked: 6, .outcomeNotJournaled: 1, .pagesForgotten: 10, .recallUnheard: 1,
        .retiredKeyServed: 2, .revokedKeyServed: 1, .revokedStaysConnected: 2, .rightKeptAfterRemoval: 1,
        .secondFactorForgotten: 2, .secondReadIgnored: 5, .secretLogged: 1, .sendingCommittedLate: 1,
        .timerForgotten: 1, .useNotJournaled: 6, .usedNotListed: 5,
    ]
}
