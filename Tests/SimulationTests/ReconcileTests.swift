// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import ReleaseWire
import Store
import Testing

/// An agent whose journal filled up without its server gets its link back.
@Suite struct ReconcileTests {
    /// All of it within 30 s, on disks that take 5 ms to sync and a line of 5 ms each way, which is slow for a site.
    @Test func aFullJournalIsToldWithinThirtySeconds() throws {
        let link = try BacklogLink(reads: JournalState.entryLimit - 32, lent: 32)
        #expect(link.agent.journalState.isFull)
        let took = link.run(atMost: .seconds(60))
        #expect(link.agent.journalState.pending.isEmpty)
        #expect(took < .seconds(30), "it took \(took)")
        #expect(try link.recordedReads() == JournalState.entryLimit - 32)
        #expect(try link.ledgerLines() == 32)
        #expect(try link.store.brokenInvariants() == [])
        // Nothing is in it twice after the agent's journal was restored and comes under another name.
        let again = BacklogLink(after: link)
        _ = again.run(atMost: .seconds(60))
        #expect(again.agent.journalState.pending.isEmpty)
        #expect(try link.recordedReads() == JournalState.entryLimit - 32)
        #expect(try link.ledgerLines() == 32)
    }
}
