// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import Testing

/// `OfflineEntry` and what entries amount to.
struct OfflineRecordsTests {
    private static let boot = [UInt8](repeating: 3, count: 16)
    private static let policy = OfflinePolicy(mode: .cached, pages: 50, lease: .seconds(60), interval: .seconds(15))
    private static let printer = OfflinePrinter(id: PrinterID(2), name: "first", uri: "socket://10.0.0.9:9100")

    private static func facts(_ fence: Int64, user: Int64 = 1, text: String = "a") -> CustodyFacts {
        CustodyFacts(
            fence: Fence(fence), job: JobID(fence + 100), user: UserID(user), label: text, title: text, format: "pdf",
            size: 9, sha256: [UInt8](repeating: 1, count: 32), pages: 3)
    }

    private static func user(_ number: Int, label: String = "Ada") -> RememberedUser {
        RememberedUser(
            verifier: Array(repeating: 0, count: 24) + UInt64(number).bigEndianBytes, user: UserID(Int64(number)),
            label: label, needsSecondFactor: number % 2 == 0, at: Histories.at)
    }

    private static func account(_ fence: Int64, _ outcome: Outcome, sequence: UInt64) -> JournalEntry {
        .event(
            sequence: sequence,
            .account(
                OfflineCharge(
                    key: Histories.key(9), fence: Fence(fence), job: JobID(fence + 100), user: UserID(1),
                    outcome: outcome, evidence: .pjlJobEnd, at: Histories.at)))
    }

    private static let lease = Lease(boot: boot, until: MonotonicTime(nanoseconds: 500))

    private static let history: [JournalEntry] = [
        .identity(stream: Histories.stream), .offline(.policy(policy)), .offline(.printer(printer)),
        .offline(.learned(user(1))), .offline(.learned(user(2))), .offline(.forgot([UserID(2)], through: 7)),
        .offline(.taken(facts(1))), .offline(.taken(facts(2))), .offline(.taken(facts(3))),
        .offline(.leased(lease, lent: [Fence(1), Fence(2)])), .offline(.used(Fence(1), key: Histories.key(9))),
        account(1, .printed(pages: 4), sequence: 1), .offline(.used(Fence(2), key: Histories.key(8))),
        .offline(.over(Fence(3))),
    ]

    @Test func theStateSaysWhatIsHeldAndOwed() {
        let offline = Histories.state(Self.history).offline
        #expect(offline.policy == Self.policy && offline.printer == Self.printer)
        #expect(offline.remembered == [Self.user(1)] && offline.forgotten == 7)
        #expect(offline.remembered(Self.user(1).verifier)?.user == UserID(1))
        #expect(offline.remembered(Self.user(2).verifier) == nil)
        #expect(offline.custodies.map(\.facts.fence) == [Fence(1), Fence(2)])
        #expect(offline.custodies.allSatisfy { $0.isLent })
        #expect(offline.owed(by: UserID(1)) == 4 + 3)
        #expect(offline.owed(by: UserID(2)) == 0)
    }

    /// A printer that counts too few would take the limit away.
    @Test(arguments: [
        (Outcome.printed(pages: 0), 3), (.printed(pages: 2), 3), (.printed(pages: 3), 3), (.printed(pages: 4), 4),
        (.unconfirmed, 3), (.neverStarted(.serverLost), 0),
    ])
    func noLessIsOwedThanWasSetAside(outcome: Outcome, pages: Int) {
        var state = Histories.state(Self.history)
        state.apply(Self.account(2, outcome, sequence: 2))
        #expect(state.offline.owed(by: UserID(1)) == 4 + pages)
    }

    @Test func anAcknowledgedChargeEndsItsCustody() {
        var state = Histories.state(Self.history)
        state.apply(.acknowledged(through: 1))
        #expect(state.offline.custodies.map(\.facts.fence) == [Fence(2)])
        #expect(state.offline.owed(by: UserID(1)) == 3)
    }

    @Test func itSurvivesRestartCompactionAndANewStream() throws {
        let state = Histories.state(Self.history)
        #expect(try Journal.recover(from: Histories.bytes(Self.history)).state == state)
        let compacted = try Journal.recover(from: state.compacted()).state
        #expect(compacted == state)
        #expect(state.continued(under: Histories.key(5)).offline == state.offline)
        #expect(try Journal.recover(from: JournalState().compacted()).state.offline == OfflineRecords())
    }

    private static func deferred(_ fence: Int64, _ outcome: Outcome) -> JournalEntry {
        guard case .event(_, .account(var charge)) = account(fence, outcome, sequence: 1) else {
            preconditionFailure("an account is a charge")
        }
        charge.account = AccountID(5)
        return .offline(.deferred(charge))
    }

    @Test func aChargeThatWaitsOutsideTheStreamOutlivesItsNumber() throws {
        var state = Histories.state(Self.history)
        state.apply(Self.deferred(1, .printed(pages: 4)))
        #expect(try Journal.recover(from: state.compacted()).state == state)
        state.apply(.acknowledged(through: 1))
        #expect(state.pending.isEmpty && state.offline.deferred.count == 1)
        // Its owner still owes it, and the server still hears that it was used.
        #expect(state.offline.custodies.map(\.facts.fence) == [Fence(1), Fence(2)])
        #expect(state.offline.owed(by: UserID(1)) == 4 + 3)
        #expect(try Journal.recover(from: state.compacted()).state == state)
        #expect(state.continued(under: Histories.key(5)).offline == state.offline)
        state.apply(Self.account(1, .printed(pages: 4), sequence: 2))
        #expect(state.offline.deferred.isEmpty)
        state.apply(.acknowledged(through: 2))
        #expect(state.offline.custodies.map(\.facts.fence) == [Fence(2)])
    }

    /// The version before knows only the first header, and the entry not at all.
    @Test func aFileInWhichChargesMayWaitSaysSo() throws {
        var state = Histories.state(Self.history)
        #expect(state.compacted().starts(with: Journal.header))
        let before = state.compacted(isDeferring: true)
        #expect(before.starts(with: Journal.deferringHeader) && before.dropFirst(8) == state.compacted().dropFirst(8))
        // The process ended before the entry was there.
        let early = try Journal.recover(from: before)
        #expect(early.state == state && early.isOfOtherVersion)
        let entry = Self.deferred(1, .printed(pages: 4))
        state.apply(entry)
        let whole = try Journal.recover(from: before + entry.record)
        #expect(whole.state == state && !whole.isOfOtherVersion)
        #expect(state.compacted().starts(with: Journal.deferringHeader))
        // Written under the first header: read all the same, to be written anew.
        let plain = try Journal.recover(from: Journal.header + before.dropFirst(8) + entry.record)
        #expect(plain.state == state && plain.isOfOtherVersion)
        state.apply(Self.account(1, .printed(pages: 4), sequence: 2))
        #expect(state.compacted().starts(with: Journal.header))
    }

    @Test func aBillingCodeIsKeptWithTheUse() throws {
        var state = Histories.state(Self.history)
        state.apply(.offline(.used(Fence(2), key: Histories.key(8), account: AccountID(5))))
        #expect(state.offline.custody(Fence(2))?.account == AccountID(5))
        #expect(try Journal.recover(from: state.compacted()).state == state)
    }

    @Test func aLeaseHoldsInItsBootOnly() {
        #expect(Self.lease.holds(in: Self.boot, at: MonotonicTime(nanoseconds: 499)))
        #expect(!Self.lease.holds(in: Self.boot, at: MonotonicTime(nanoseconds: 500)))
        #expect(!Self.lease.holds(in: [UInt8](repeating: 4, count: 16), at: MonotonicTime(nanoseconds: 1)))
    }

    @Test func whoeverWasNotSeenForLongestIsForgottenFirst() {
        var state = Histories.state([.identity(stream: Histories.stream)])
        for number in 0..<OfflineRecords.rememberedLimit { state.apply(.offline(.learned(Self.user(number)))) }
        state.apply(.offline(.learned(Self.user(0, label: "again"))))
        state.apply(.offline(.learned(Self.user(OfflineRecords.rememberedLimit))))
        #expect(state.offline.remembered.count == OfflineRecords.rememberedLimit)
        #expect(state.offline.remembered(Self.user(0).verifier)?.label == "again")
        #expect(state.offline.remembered(Self.user(1).verifier) == nil)
        state.apply(.offline(.forgotAll))
        #expect(state.offline.remembered.isEmpty)
    }

    @Test func theLongestEntriesFitARecord() {
        let long = String(repeating: "水", count: 999)
        let printer = OfflinePrinter(id: PrinterID(1), name: long, uri: String(repeating: "x", count: 1023))
        let numbers = (0..<OfflineEntry.listLimit).map { Int64.max - Int64($0) }
        let entries: [OfflineEntry] = [
            .printer(printer), .taken(Self.facts(.max - 100, text: long)), .learned(Self.user(1, label: long)),
            .forgot(numbers.map { UserID($0) }, through: UInt64(Int64.max)),
            .leased(Self.lease, lent: numbers.map { Fence($0) }),
        ]
        for entry in entries { #expect(JournalEntry.offline(entry).record.count <= 8 + JournalEntry.payloadLimit) }
    }

    @Test func everyCutOfAJournalIsUnderstood() throws {
        let bytes = Histories.bytes(Self.history)
        for length in bytes.indices { _ = try Journal.recover(from: Array(bytes[..<length])) }
    }
}
