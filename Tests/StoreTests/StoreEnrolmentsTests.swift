// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore
import Testing

@testable import Store

/// Badges that an administrator enrols at a reader.
struct StoreEnrolmentsTests {
    private let site: Site
    private let seat: AgentSeat
    private static let other = "2718281828"
    private static let again = ReadVerdict.challenge(Challenge(prompt: 0, kind: .presentAgain, triesLeft: 1))

    init() throws {
        site = try Site.furnished()
        seat = try site.seat(1, capabilities: [.dialogue])
    }

    private func arm(
        _ user: String = "ben", agent: String = "copier-1", reader: String? = "r1"
    ) throws -> EnrolmentFacts {
        let order = EnrolmentOrder(user: user, agent: agent, reader: reader, label: "blue")
        guard case .enrolment(let facts) = site.admin(.armEnrolment(order)) else { throw Missing(what: "an enrolment") }
        return facts
    }

    private func refusal(_ reply: AdminReply) -> AdminRefusal? {
        if case .refused(let refusal) = reply { refusal } else { nil }
    }

    private func refusal(user: String = "ben", agent: String = "copier-1", reader: String? = "r1") -> AdminRefusal? {
        refusal(site.admin(.armEnrolment(EnrolmentOrder(user: user, agent: agent, reader: reader, label: ""))))
    }

    private func facts(_ id: Int64) throws -> EnrolmentFacts {
        guard case .enrolment(let facts) = site.admin(.showEnrolment(id)) else { throw Missing(what: "an enrolment") }
        return facts
    }

    private func hold(_ badge: String = other, at reader: String = "r1") throws -> ReadVerdict {
        try site.present(seat, site.presented(badge, reader: reader))
    }

    @Test func aBadgeHeldTwiceBecomesTheUsers() throws {
        let armed = try arm()
        #expect(armed.state == .waiting && armed.reader == "r1" && armed.user == "ben")
        #expect(try hold() == Self.again)
        #expect(try facts(armed.id).state == .holdAgain)
        site.pass(.seconds(3))
        #expect(try hold() == .registered(user: "ben"))
        let done = try facts(armed.id)
        #expect(done.state == .enrolled && done.badge?.label == "blue" && done.holder == nil)
        // From now on it is a badge like any other.
        _ = try site.accept("ben")
        guard case .session = try hold() else { throw Missing(what: "a session") }
        #expect(
            try site.store.database.rows("SELECT action FROM audit ORDER BY id DESC LIMIT 2") { $0.text(0) }
                == ["enrol-badge", "arm-enrolment"])
        #expect(try site.store.brokenInvariants() == [])
    }

    @Test func twoReadsThatDifferEnrolNothing() throws {
        let armed = try arm()
        _ = try hold()
        #expect(try hold("2718281829") == .refused(Refusal(.differentBadge)))
        #expect(try facts(armed.id).state == .different)
        #expect(try hold() == .refused(Refusal(.unknownCredential)), "the reader waits no more")
        #expect(try leftovers() == 0)
    }

    @Test func aBadgeThatIsSomebodysIsRefusedAndOnlyTheAdministratorHearsWhose() throws {
        let armed = try arm()
        #expect(try hold(Site.badge) == .refused(Refusal(.notPermitted)))
        let done = try facts(armed.id)
        #expect(done.state == .taken && done.holder == "ada" && done.badge == nil)
        guard case .user(let ada) = site.admin(.showUser("ada")) else { throw Missing(what: "ada") }
        #expect(ada.badges.count == 1)
    }

    @Test func aSecondReadThatComesLateIsAFirstOne() throws {
        _ = try arm()
        #expect(try hold() == Self.again)
        site.pass(.milliseconds(10_001))
        #expect(try hold("3141592653") == Self.again)
        #expect(try hold("3141592653") == .registered(user: "ben"))
    }

    @Test func afterAMinuteTheReaderIsAReaderAgain() throws {
        let armed = try arm()
        site.pass(.milliseconds(59_999))
        #expect(try facts(armed.id).state == .waiting)
        site.pass(.milliseconds(1))
        #expect(try facts(armed.id).state == .expired)
        #expect(try hold() == .refused(Refusal(.unknownCredential)))
        // The next one may be armed.
        #expect(try arm().state == .waiting)
        #expect(try facts(armed.id).state == .expired)
    }

    @Test func anOldReadIsNoFirstOne() throws {
        let armed = try arm()
        let late = site.presented(Self.other, age: .seconds(6))
        #expect(try site.present(seat, late) == .refused(Refusal(.readExpired)))
        #expect(try facts(armed.id).state == .waiting)
    }

    @Test func theSameReadSentTwiceIsNotTwoReads() throws {
        let armed = try arm()
        let read = site.presented(Self.other)
        #expect(try site.present(seat, read) == Self.again)
        #expect(try site.present(seat, read) == .refused(Refusal(.readExpired)))
        #expect(try facts(armed.id).state == .holdAgain)
    }

    @Test func otherReadersGoOn() throws {
        _ = try arm()
        #expect(try hold(at: "r2") == .refused(Refusal(.unknownCredential)))
        let elsewhere = try site.seat(2, capabilities: [.dialogue])
        #expect(try site.present(elsewhere, site.presented(Self.other)) == .refused(Refusal(.unknownCredential)))
    }

    @Test func armedAtAnyReaderTheFirstOneDecides() throws {
        let armed = try arm(reader: nil)
        #expect(try hold(at: "r2") == Self.again)
        #expect(try hold(at: "r1") == .refused(Refusal(.unknownCredential)))
        #expect(try hold(at: "r2") == .registered(user: "ben"))
        #expect(try facts(armed.id).reader == nil)
    }

    @Test func whoeverArmsIsToldWhatIsWrong() throws {
        #expect(refusal(user: "nobody")?.detail == "there is no user nobody")
        #expect(refusal(agent: "nobody")?.code == .notFound)
        _ = try site.seat(2)
        let old = refusal(agent: "copier-2")
        #expect(old?.code == .conflict && old?.detail.contains("update it") == true)
        let front = ReaderStatus(name: "front", kind: "id12", state: .attached)
        _ = site.store.perform(.noteReaders(seat, [front], at: site.now))
        #expect(refusal(reader: "r1")?.detail == "agent copier-1 has no reader r1: it has front")
        #expect(refusal(reader: "front") == nil)
    }

    @Test(
        arguments: [("r1", "r1", true), ("r1", nil, true), (nil, "r1", true), (nil, nil, true), ("r1", "r2", false)]
            as [(String?, String?, Bool)])
    func aReaderWaitsForOneBadge(first: String?, second: String?, isTaken: Bool) throws {
        _ = try arm(reader: first)
        #expect((refusal(reader: second)?.code == .conflict) == isTaken)
    }

    @Test func onlySoManyReadersWaitAtOnce() throws {
        for number in 0..<EnrolmentRule.armedLimit { _ = try arm(reader: "r\(number)") }
        #expect(refusal(reader: "one more")?.detail.contains("64 readers") == true)
    }

    @Test func givingUpFreesTheReaderAndForgetsTheRead() throws {
        let armed = try arm()
        _ = try hold()
        guard case .enrolment(let gone) = site.admin(.cancelEnrolment(armed.id)) else { throw Missing(what: "it") }
        #expect(gone.state == .cancelled)
        #expect(try leftovers() == 0)
        #expect(try hold() == .refused(Refusal(.unknownCredential)))
        // What is over stays what it became.
        let next = try arm()
        _ = try hold()
        _ = try hold()
        _ = site.admin(.cancelEnrolment(next.id))
        #expect(try facts(next.id).state == .enrolled)
        #expect(refusal(site.admin(.cancelEnrolment(99)))?.code == .notFound)
        #expect(refusal(site.admin(.showEnrolment(99)))?.code == .notFound)
    }

    @Test func aDeletedUserGetsNoBadge() throws {
        let armed = try arm()
        _ = site.admin(.deleteUser("ben"))
        #expect(try facts(armed.id).state == .cancelled)
        #expect(try hold() == .refused(Refusal(.unknownCredential)))
    }

    @Test func anAgentThatComesBackOlderEndsIt() throws {
        let armed = try arm()
        let again = try site.seat(1)
        #expect(try facts(armed.id).state == .cancelled)
        #expect(try site.present(again, site.presented(Self.other)) == .refused(Refusal(.unknownCredential)))
    }

    private func leftovers() throws -> Int {
        try site.store.database.row("SELECT count(*) FROM badge_enrolments WHERE first_hash IS NOT NULL") {
            $0.int(0)
        } ?? -1
    }
}
