// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Primitives
import Store
import Testing

/// An agent whose journal filled up without its server gets its link back.
@Suite struct ReconcileTests {
    /// All of it within 30 s, on disks that take 5 ms to sync and a line of 5 ms each way, which is slow for a site.
    @Test func aFullJournalIsToldWithinThirtySeconds() throws {
        let reads = JournalState.entryLimit - 32
        let link = try BacklogLink(reads: reads, lent: 32)
        let (isFull, count) = (link.isFull, link.backlog)
        #expect(isFull && count == JournalState.entryLimit)
        let took = link.run(atMost: .seconds(60))
        let left = link.backlog
        #expect(left == 0 && took < .seconds(30), "it took \(took)")
        #expect(try link.recordedReads() == reads && link.ledgerLines() == 32)
        #expect(try link.store.brokenInvariants() == [])
        // The agent's journal was restored and comes under another name: nothing counts twice.
        let again = BacklogLink(after: link)
        _ = again.run(atMost: .seconds(60))
        let leftAgain = again.backlog
        #expect(leftAgain == 0)
        #expect(try link.recordedReads() == reads && link.ledgerLines() == 32)
    }
}
