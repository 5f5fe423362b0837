// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import ReleaseWire
import Testing

/// `AgentCore+Charges`: servers that do not know what came out without them.
@Suite struct ChargesTests {
    private static let key = [UInt8](repeating: 4, count: 16)

    private static func charge(_ fence: Int64 = 7, key: [UInt8] = key) -> OfflineCharge {
        OfflineCharge(
            key: key, fence: Fence(fence), job: JobID(fence), user: UserID(1), outcome: .printed(pages: 2),
            evidence: .pjlJobEnd, at: WallTime(milliseconds: 0))
    }

    private static func read(_ sequence: UInt64) -> JournalEntry {
        .event(
            sequence: sequence,
            .readOutcome(
                ReadRecord(
                    key: [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: 16), reader: "left",
                    result: .serverAway,
                    at: WallTime(milliseconds: 0))))
    }

    /// A read, a charge, a read.
    private static let entries: [JournalEntry] = [read(1), .event(sequence: 2, .account(charge())), read(3)]

    /// The box no longer releases by itself, if it ever did.
    private func connected(_ entries: [JournalEntry], committed: UInt64 = 0, _ capabilities: Set<Capability> = [])
        -> (Bench, [String])
    {
        var bench = Bench(entries)
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        _ = bench.sync()
        let told = bench.welcome(committed: committed, capabilities: capabilities)
        return (bench, told)
    }

    private func acknowledge(_ bench: inout Bench, _ through: UInt64) -> [String] {
        bench.receive(Frame(.acknowledgement(through: through)))
    }

    @Test func theEventsBehindAChargeDoNotWaitForIt() {
        var (bench, told) = connected(Self.entries)
        // Before the server gets the number it is on disk that the charge is still to be told.
        #expect(told.contains("send event 1 0"))
        // And before that, that the file is one that the version before does not know.
        #expect(told.firstIndex(of: "compact").map { $0 + 1 } == told.firstIndex(of: "journal deferred"))
        #expect(!told.contains { $0.contains("event 2") || $0.contains("event 3") })
        #expect(bench.notes.contains(.chargesWait(1)))
        #expect(bench.sync() == ["send withheld 2 0", "send event 3 0"])
        #expect(acknowledge(&bench, 3) == ["journal acknowledged 3"])
        let state = bench.core.journalState
        #expect(state.pending.isEmpty && state.offline.deferred == [Self.charge()])
    }

    @Test func theChargeIsToldToAServerThatKnowsIt() throws {
        var (bench, _) = connected(Self.entries)
        _ = bench.sync()
        _ = acknowledge(&bench, 3)
        _ = bench.sync()
        // Over a restart, and the compaction of the journal.
        let recovered = try Journal.recover(from: bench.core.journalState.compacted()).state
        #expect(recovered == bench.core.journalState)
        var next = Bench(recovered: recovered)
        _ = next.feed(.start)
        _ = next.feed(.linkUp)
        let told = next.welcome(committed: 3, capabilities: [.offline])
        #expect(told.contains("journal account 7 printed(pages: 2)") && next.notes.contains(.chargesGo(1)))
        #expect(next.sync() == ["send event 4 0"])
        // Nothing in the file is new to the version before any more.
        #expect(acknowledge(&next, 4) == ["journal acknowledged 4", "compact"])
        #expect(next.core.journalState.offline.deferred.isEmpty)
    }

    @Test func itIsSaidOnce() {
        var (bench, _) = connected(Self.entries)
        _ = bench.sync()
        _ = acknowledge(&bench, 3)
        for _ in 0..<3 {
            bench.notes = []
            _ = bench.linkDown()
            _ = bench.feed(.linkUp)
            _ = bench.welcome(committed: 3)
            #expect(!bench.notes.contains(.chargesWait(1)))
        }
    }

    /// The server was changed while the number without its charge was on its way.
    @Test func aNumberThatWasNotCommittedIsToldWithItsCharge() {
        var (bench, _) = connected(Self.entries)
        _ = bench.sync()
        _ = bench.linkDown()
        _ = bench.feed(.linkUp)
        let told = bench.welcome(capabilities: [.offline])
        #expect(told.contains("send event 1 0") && told.contains("send event 2 0"))
        // The same charge under the later number, too: its key counts once.
        #expect(bench.sync() == ["send event 4 0"])
        _ = acknowledge(&bench, 4)
        #expect(bench.core.journalState.offline.deferred.isEmpty)
    }

    @Test func aServerThatIsTooOldAgainGetsTheNumberOnly() {
        var (bench, _) = connected(Self.entries)
        _ = bench.sync()
        _ = bench.linkDown()
        _ = bench.feed(.linkUp)
        _ = bench.welcome(capabilities: [.offline])
        _ = bench.sync()
        _ = bench.linkDown()
        _ = bench.feed(.linkUp)
        let told = bench.welcome(committed: 1)
        // The file says so already.
        #expect(told.contains("journal deferred") && !told.contains("compact"))
        #expect(bench.sync() == ["send withheld 2 0", "send event 3 0", "send withheld 4 0"])
        _ = acknowledge(&bench, 4)
        #expect(bench.core.journalState.offline.deferred == [Self.charge()])
    }

    @Test func aNewStreamTakesChargesAlongOnce() {
        var (bench, _) = connected(Self.entries)
        let state = bench.core.journalState.continued(under: [UInt8](repeating: 9, count: 16))
        #expect(state.pending.map(\.sequence) == [1, 2])
        #expect(state.offline.deferred == [Self.charge()])
        _ = bench.sync()
    }

    /// The last read that fits is answered; the next one is told so, and the log.
    @Test func aBoxWhoseJournalIsFullSaysSo() {
        var state = JournalState()
        state.apply(.identity(stream: Bench.stream))
        for number in 1..<UInt64(JournalState.entryLimit) { state.apply(Self.read(number)) }
        // Charges that wait count, too.
        var waiting = state
        waiting.apply(.offline(.deferred(Self.charge())))
        let (isFull, isFullWithIt) = (state.isFull, waiting.isFull)
        #expect(!isFull && isFullWithIt)
        var bench = Bench(recovered: state)
        _ = bench.feed(.start)
        #expect(bench.read("1").last == "journal serverAway")
        #expect(bench.notes.contains(.journalFull) == false)
        _ = bench.pass(.seconds(3))
        #expect(bench.read("2") == ["show left out-of-order"])
        #expect(bench.notes.contains(.journalFull))
    }
}
