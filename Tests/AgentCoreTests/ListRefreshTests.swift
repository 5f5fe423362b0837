// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire
import Testing

@testable import AgentCore

/// A list that somebody looks at while what they released comes out; and what is left out of a release.
@Suite struct ListRefreshTests {
    private static let all = (1...3).map { Bench.held(Int64($0)) }

    /// Somebody at the desk has released the first of three documents, which is on its way.
    private func releasing() -> Bench {
        var bench = Bench.atDesk(jobs: Self.all)
        _ = bench.ask(.pick([JobID(1)]))
        _ = bench.ask(.release)
        _ = bench.releases([1], to: 3)
        _ = bench.list([Bench.held(1, .onItsWay)] + Self.all.dropFirst(), to: 4)
        _ = bench.sync()
        return bench
    }

    /// It comes out; the agent's record of it is on disk and sent, under the number that is returned.
    private func comesOut(_ bench: inout Bench) -> UInt64? {
        _ = bench.printer(11, .connected)
        _ = bench.document(5)
        _ = bench.sync()
        _ = bench.printer(11, .drained)
        _ = bench.printer(11, .drained)
        _ = bench.printed(11, pages: 3)
        let sent = bench.sync().last { $0.hasPrefix("send event") }
        return sent.flatMap { UInt64($0.split(separator: " ")[2]) }
    }

    private func acknowledge(_ bench: inout Bench, _ through: UInt64) -> [String] {
        bench.receive(Frame(.acknowledgement(through: through))).filter { !$0.hasPrefix("journal") }
    }

    @Test func theListIsFetchedOnceTheServerKnows() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        // An earlier event is no news.
        #expect(acknowledge(&bench, sequence - 1) == [])
        #expect(acknowledge(&bench, sequence) == ["send jobList 6"])
        #expect(bench.views["left"]?.stage == .desk && bench.views["left"]?.documents.count == 3)
        let drawn = bench.drawn
        #expect(bench.list(Array(Self.all.dropFirst()), to: 6) == [])
        #expect(bench.views["left"]?.documents.map(\.id.value) == [2, 3])
        #expect(bench.drawn == drawn + 1)
    }

    @Test func thePersonGoesOnMeanwhile() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        _ = acknowledge(&bench, sequence)
        #expect(bench.ask(.pick([JobID(2)])) == [])
        #expect(bench.ask(.hold([JobID(3)])) == ["send hold 7"])
        #expect(bench.list(Array(Self.all.dropFirst()), to: 6) == [])
        #expect(bench.views["left"]?.documents.map(\.isPicked) == [true, false])
        #expect(bench.receive(.held(1), to: 7) == ["show left kept", "send jobList 8"])
        _ = bench.list(Array(Self.all.dropFirst()), to: 8)
        #expect(bench.views["left"]?.documents.map(\.isPicked) == [true, false])
    }

    @Test func aListThatThePersonAskedForIsTheNewerOne() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        _ = acknowledge(&bench, sequence)
        #expect(bench.ask(.list) == ["send jobList 7"])
        #expect(bench.list(Self.all, to: 6) == [])
        #expect(bench.views["left"]?.stage == .checking)
        _ = bench.list([Bench.held(3)], to: 7)
        #expect(bench.views["left"]?.documents.map(\.id.value) == [3])
    }

    /// While the server is asked something else, the list waits for that.
    @Test func itComesAfterWhatIsBeingAsked() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        #expect(bench.ask(.changePIN) == ["send changePIN 6"])
        #expect(acknowledge(&bench, sequence) == [])
        #expect(bench.refuse(.notPermitted, to: 6) == ["show left not-permitted", "send jobList 7"])
    }

    @Test func itPutsNoLogOutOff() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        _ = bench.pass(.seconds(15))
        _ = acknowledge(&bench, sequence)
        _ = bench.list(Array(Self.all.dropFirst()), to: 6)
        #expect(bench.pass(.seconds(5)).contains("send sessionEnd 7"))
    }

    @Test func severalPagesReplaceTheListTogether() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        _ = acknowledge(&bench, sequence)
        _ = bench.ask(.pick([JobID(3)]))
        #expect(bench.list([Bench.held(2)], next: 2, to: 6) == ["send jobList 7"])
        #expect(bench.views["left"]?.documents.count == 3)
        #expect(bench.list([Bench.held(3)], to: 7) == [])
        #expect(bench.views["left"]?.documents.map(\.isPicked) == [false, true])
    }

    /// The second press deletes the document that the first one was about, or none.
    @Test func keysStayWithTheirDocument() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        _ = bench.press(.function(1))
        _ = bench.press(.function(1))
        #expect(bench.press(.function(3)) == ["show left confirm-delete"])
        _ = acknowledge(&bench, sequence)
        _ = bench.list(Array(Self.all.dropFirst()), to: 6)
        #expect(bench.press(.function(3)) == ["send delete 7"])
        #expect(bench.last == .delete(JobSelection(session: SessionID(5), jobs: [JobID(2)])))
        _ = bench.receive(.deleted(1), to: 7)
        _ = bench.list([Bench.held(3)], to: 8)
        #expect(bench.press(.function(3)) == [])
    }

    @Test func nobodyAtTheDeskNeedsNoList() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        _ = bench.ask(.logOut)
        #expect(acknowledge(&bench, sequence) == [])
    }

    // MARK: No list for now

    @Test func aServerThatIsTooBusyIsAskedAgainLater() throws {
        var bench = releasing()
        let sequence = try #require(comesOut(&bench))
        #expect(acknowledge(&bench, sequence) == ["send jobList 6"])
        // Not at once, and nobody is told.
        #expect(bench.refuse(.busy, to: 6) == [])
        #expect(bench.ask(.hold([JobID(3)])) == ["send hold 7"])
        #expect(bench.refuse(.notPermitted, to: 7) == ["show left not-permitted", "send jobList 8"])
        #expect(bench.list(Array(Self.all.dropFirst()), to: 8) == [])
        #expect(bench.views["left"]?.documents.map(\.id.value) == [2, 3])
        #expect(bench.ask(.hold([JobID(3)])) == ["send hold 9"])
        #expect(bench.refuse(.notPermitted, to: 9) == ["show left not-permitted"])
    }

    private func box(canAsk: Bool) -> Dialogue.Surroundings {
        Dialogue.Surroundings(
            time: MonotonicTime(nanoseconds: 0), limits: AgentCore.Limits(), canAsk: canAsk, takesReads: true,
            isAgreed: true, hasScreen: true, opensList: true)
    }

    /// Somebody at the list, which is being fetched anew.
    private func refreshing() -> Dialogue {
        var dialogue = Dialogue.typing(at: "left", number: 1, in: box(canAsk: true))
        var session = DeskSession(
            SessionGrant(
                session: SessionID(5), user: "ada", jobs: 2, printer: Bench.printer, terms: Bench.terms))
        session.isListed = true
        dialogue.session = session
        #expect(dialogue.stay(in: box(canAsk: true)) == [])
        #expect(dialogue.goStale(in: box(canAsk: true)) == [Self.firstPage])
        return dialogue
    }

    private static let firstPage = Dialogue.Action.askAside(
        .jobList(JobListQuery(session: SessionID(5), after: nil)))

    /// The next page cannot be asked for: the whole list is asked for once there is room again.
    @Test func aListThatIsBrokenOffForWantOfRoomIsFetchedLater() {
        var dialogue = refreshing()
        let page = JobPage(jobs: [Bench.held(2)], next: JobID(2), currency: "EUR", scale: 2)
        #expect(dialogue.answeredAside(.jobs(page), in: box(canAsk: false)) == [])
        #expect(dialogue.stay(in: box(canAsk: false)) == [])
        #expect(dialogue.stay(in: box(canAsk: true)) == [Self.firstPage])
        #expect(dialogue.stay(in: box(canAsk: true)) == [])
    }

    @Test func aRefusalLeavesTheListToBeFetched() {
        for code in [Refusal.Code.busy, .noJobs] {
            var dialogue = refreshing()
            #expect(dialogue.answeredAside(.refused(Refusal(code)), in: box(canAsk: true)) == [])
            #expect(dialogue.stay(in: box(canAsk: true)) == [Self.firstPage])
        }
    }

    // MARK: Elsewhere

    private func elsewhere(_ ids: [Int64], _ count: Int) -> ReleaseMessage {
        let grants = ids.map {
            ReleaseGrant(
                release: ReleaseID($0 + 10), job: JobID($0), title: "t", user: "ada", format: "", size: 4, pages: nil,
                override: PrintOverride.none)
        }
        return .releases(grants, elsewhere: count)
    }

    @Test func whoseDocumentsAreAllElsewhereIsToldSo() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.grant(2, to: 1)
        #expect(
            bench.receive(elsewhere([], 2), to: 2) == ["send sessionEnd 3", "show left elsewhere", "journal noJobs"])
        bench = Bench.atDesk()
        _ = bench.ask(.releaseAll)
        #expect(bench.receive(elsewhere([], 2), to: 3) == ["show left elsewhere", "send jobList 4"])
    }

    @Test func whatIsElsewhereIsSaidWithWhatComesOut() {
        var bench = Bench.agreed()
        _ = bench.read("1")
        _ = bench.grant(3, to: 1)
        let actions = bench.core.link(receiving: elsewhere([1], 2), to: 2, at: bench.now)
        #expect(
            actions.contains(.show(reader: "left", .releasing(user: "ada", documents: 1, elsewhere: 2))))
    }
}

extension AgentCore {
    /// A copy's actions, as they are.
    fileprivate func link(
        receiving message: ReleaseMessage, to correlation: UInt32, at now: MonotonicTime
    ) -> [AgentCore.Action] {
        var copy = self
        let frame = Frame(.reply(message, hasMore: false), correlation: correlation)
        return copy.handle(.received(frame.encode()), at: now)
    }
}
