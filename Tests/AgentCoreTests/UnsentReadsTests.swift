// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import PrintModel
import Primitives
import Testing

/// Reads that no server is asked about have their outcome, too.
@Suite struct UnsentReadsTests {
    @Test func aBadgeThatIsHeldOnIsRecordedOnce() {
        var bench = Bench.open()
        _ = bench.read("1")
        #expect(bench.read("1") == ["journal duplicate"])
        #expect(bench.notes.last == .readDuplicate(reader: "left"))
        for _ in 0..<60 {
            _ = bench.pass(.milliseconds(500))
            #expect(bench.read("1") == [])
        }
        #expect(bench.notes.last == .readUnrecorded(reader: "left"))
        // Taken away and held again, it is another one, and so is what repeats that.
        _ = bench.pass(.seconds(2))
        #expect(bench.read("1").contains("journal presented"))
        #expect(bench.read("1") == ["journal duplicate"])
    }

    @Test func itIsToldToTheServer() {
        var bench = Bench.open()
        _ = bench.read("1")
        _ = bench.read("1")
        #expect(bench.sync() == ["send event 1 0"])
        _ = bench.unreadable()
        #expect(bench.sync() == ["send event 2 0"])
    }

    @Test func whatCannotBeReadIsShownAndRecorded() {
        var bench = Bench.open()
        #expect(bench.unreadable() == ["show left read-error", "journal unreadable"])
        #expect(bench.core.journalState.pending.count == 1)
    }

    @Test func aReaderThatFailsAllTheTimeDoesNotFillTheJournal() {
        var bench = Bench.open()
        for _ in 1...6 { #expect(bench.unreadable() == ["show left read-error", "journal unreadable"]) }
        #expect(bench.unreadable() == ["show left read-error"])
        #expect(bench.notes.last == .readUnrecorded(reader: "left"))
        #expect(bench.unreadable(at: "right") == ["show right read-error", "journal unreadable"])
        _ = bench.pass(.milliseconds(59_999))
        #expect(bench.unreadable() == ["show left read-error"])
        _ = bench.pass(.milliseconds(1))
        #expect(bench.unreadable() == ["show left read-error", "journal unreadable"])
    }

    /// The server is away for weeks and a reader is broken: there is room for people all the same.
    @Test func whileManyEventsWaitTheyAreOnlyShown() {
        var bench = Bench.open(Self.waiting(JournalState.unsentLimit - 1))
        #expect(bench.unreadable() == ["show left read-error", "journal unreadable"])
        #expect(bench.unreadable() == ["show left read-error"])
        #expect(bench.read("1").contains("journal presented"))
        #expect(bench.read("1") == [])
    }

    @Test func whileTheBoxStopsTheyAreOnlyShown() {
        var bench = Bench.open()
        _ = bench.release([11])
        _ = bench.feed(.stop)
        #expect(bench.unreadable() == ["show left read-error"])
        #expect(bench.read("77") == ["show left out-of-order"])
        #expect(bench.read("77") == [])
    }

    private static func waiting(_ count: Int) -> [JournalEntry] {
        (1...count).map { number in
            .event(
                sequence: UInt64(number),
                .readOutcome(
                    ReadRecord(
                        key: [UInt8](repeating: 7, count: 16), reader: "left", result: .serverAway,
                        at: WallTime(milliseconds: 0))))
        }
    }
}
