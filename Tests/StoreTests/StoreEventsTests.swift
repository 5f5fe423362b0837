// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store
import Testing

struct StoreEventsTests {
    private func outcome(_ sequence: UInt64, key: [UInt8] = [1], _ result: ReadResult = .released) -> SequencedEvent {
        let record = ReadRecord(key: key, reader: "r1", result: result, at: WallTime(milliseconds: 5))
        return SequencedEvent(sequence: sequence, message: .readOutcome(record))
    }

    @Test func eventsAreAppliedOnceAndInOrder() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        #expect(site.record(seat, 1, []) == .recorded(through: 0))
        #expect(site.record(seat, 1, [outcome(1), outcome(2)]) == .recorded(through: 2))
        #expect(site.record(seat, 1, [outcome(1), outcome(2), outcome(3)]) == .recorded(through: 3))
        #expect(site.record(seat, 1, [outcome(2)]) == .recorded(through: 3))
    }

    @Test func aGapIsRefusedAndLeavesNothing() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let gap = StoreReply.refused(Refusal(.unknownStream))
        #expect(site.record(seat, 1, [outcome(2)]) == gap)
        #expect(site.record(seat, 1, [outcome(1), outcome(3)]) == gap)
        #expect(site.record(seat, 1, [outcome(1), outcome(2)]) == .recorded(through: 2))
    }

    @Test func aNewStreamBeginsAtOne() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        #expect(site.record(seat, 9, [outcome(2)]) == .refused(Refusal(.unknownStream)))
        #expect(site.record(seat, 9, [outcome(1)]) == .recorded(through: 1))
        #expect(site.record(seat, 1, [outcome(1)]) == .recorded(through: 1))
    }

    @Test func anEventOfALaterVersionCountsByItsNumber() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let unknown = SequencedEvent(sequence: 1, message: nil)
        #expect(site.record(seat, 1, [unknown]) == .recorded(through: 1))
        #expect(site.record(seat, 1, [outcome(2)]) == .recorded(through: 2))
        #expect(site.record(seat, 1, [unknown, outcome(3)]) == .recorded(through: 3))
    }

    @Test func onlyDurableMessagesAreEvents() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let events = [outcome(1), SequencedEvent(sequence: 2, message: .enrolled(name: "x"))]
        #expect(site.record(seat, 1, events) == .refused(Refusal(.unexpected)))
        #expect(site.record(seat, 1, [outcome(1)]) == .recorded(through: 1))
    }

    @Test func anOutcomeOfAReadTheServerNeverSawIsRecorded() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let read = site.presented()
        _ = try site.present(seat, read)
        let events = [
            outcome(1, key: read.key, .noJobs), outcome(2, key: read.key, .released), outcome(3, key: [7], .unreadable),
        ]
        #expect(site.record(seat, 1, events) == .recorded(through: 3))
    }

    @Test func aRepeatedProgressChargesOnce() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let (job, release) = try site.printOne(seat, .printed(pages: 3))
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 3), 1)])
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 9), 2)])
        _ = site.record(seat, 1, [site.progress(release, .unconfirmed, 3)])
        #expect(site.state(of: job) == .printed && site.ledgerCount() == 1)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func aDoubtIsResolvedByLaterEvidenceOnly() throws {
        let site = try Site.furnished()
        let seat = try site.seat(1)
        let (job, release) = try site.printOne(seat, .unconfirmed)
        #expect(site.state(of: job) == .inDoubt && site.ledgerCount() == 0)
        _ = site.record(seat, 1, [site.progress(release, .neverStarted(.printerRefused), 2)])
        #expect(site.state(of: job) == .inDoubt)
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 2), 3)])
        #expect(site.state(of: job) == .printed && site.ledgerCount() == 1)
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func anotherAgentsReleaseIsNotItsBusiness() throws {
        let site = try Site.furnished()
        let (seat, other) = (try site.seat(1), try site.seat(2))
        let job = try site.accept()
        let release = try #require(try site.release(seat).first).release
        _ = site.open(seat, release)
        let events = [site.progress(release, .printed(pages: 1), 1), site.progress(ReleaseID(99), .unconfirmed, 2)]
        #expect(site.record(other, 2, events) == .recorded(through: 2))
        #expect(site.state(of: job) == .sending)
    }

    @Test func newsThatCannotBeBelievedOrPricedIsADoubt() throws {
        var settings = Site.settings
        settings.tariff = Tariff(
            currency: "EUR", scale: 2, mono: .zero, color: .zero, unknown: Money(minor: .max / 2))
        let site = try Site.furnished(settings: settings)
        let seat = try site.seat(1)
        let (dear, release) = try site.printOne(seat, .printed(pages: 3))
        #expect(site.state(of: dear) == .inDoubt)
        _ = site.record(seat, 1, [site.progress(release, .printed(pages: 3), 2)])
        #expect(site.state(of: dear) == .inDoubt)
        let (absurd, _) = try site.printOne(seat, .printed(pages: .max), sequence: 3)
        #expect(site.state(of: absurd) == .inDoubt)
        guard case .refused(let refusal) = site.admin(.settleJob(dear, pages: 3, by: "root", evenIfMore: true)) else {
            throw Missing(what: "a refusal")
        }
        #expect(refusal.code == .invalid)
        #expect(site.admin(.settleJob(dear, pages: 2, by: "root", evenIfMore: true)) == .done)
        #expect(try site.store.brokenInvariants() == [])
    }
}
