// SPDX-License-Identifier: Apache-2.0

import Ops
import Primitives
import ServerCore
import Testing

@Suite struct EnrolmentCommandsTests {
    private static let order = EnrolmentOrder(user: "ada", agent: "box", reader: "desk", label: "blue")

    private static func facts(_ state: EnrolmentFacts.State, holder: String? = nil) -> AdminReply {
        var facts = EnrolmentFacts(
            id: 7, user: "ada", agent: "box", reader: "desk", state: state, expires: OutputTests.time)
        if state == .enrolled { facts.badge = BadgeFacts(id: 12, label: "blue", addedAt: OutputTests.time) }
        facts.holder = holder
        return .enrolment(facts)
    }

    /// A server at which the enrolment goes through these states, one a question, and stays in the last.
    private func desk(_ states: [EnrolmentFacts.State], holder: String? = nil) -> Desk {
        let desk = Desk()
        desk.connectedAgents = ["box"]
        var left = states[...]
        desk.reply = { request in
            if case .cancelEnrolment = request { return Self.facts(.cancelled) }
            let state = left.count > 1 ? left.removeFirst() : left.first ?? .expired
            return Self.facts(state, holder: holder)
        }
        return desk
    }

    private func run(_ desk: Desk, _ more: String...) -> Exit {
        desk.run(arguments: ["badge", "enrol", "ada", "--agent", "box", "--reader", "desk", "--label", "blue"] + more)
    }

    @Test func itWaitsAndSaysWhatToDoNext() {
        let desk = desk([.waiting, .waiting, .holdAgain, .holdAgain, .enrolled])
        #expect(run(desk) == .fine)
        #expect(desk.output == "Badge 12 enrolled for ada.\n")
        #expect(
            desk.complaints == [
                "Hold the badge to reader desk of box within a minute; Ctrl-C gives up.",
                "Hold the same badge once more.",
            ])
        #expect(desk.asked == [.armEnrolment(Self.order)] + Array(repeating: .showEnrolment(7), count: 4))
    }

    @Test func jsonIsTheLastDocument() {
        let desk = desk([.waiting, .enrolled])
        #expect(run(desk, "--json") == .fine)
        #expect(desk.output.hasPrefix("{\"enrolment\":{") && desk.output.contains("\"state\":\"enrolled\""))
    }

    @Test(
        arguments: [
            (.taken, "this badge is ben's already"), (.different, "not read like the first"),
            (.unfit, "names nobody"), (.expired, "twice in time"), (.cancelled, "given up"),
        ] as [(EnrolmentFacts.State, String)])
    func whatWentWrongIsSaid(state: EnrolmentFacts.State, hint: String) {
        let desk = desk([.waiting, state], holder: "ben")
        #expect(run(desk) == .badData)
        #expect(desk.output.isEmpty && desk.complaints.last?.contains(hint) == true, "\(desk.complaints)")
        #expect(desk.complaints.last?.contains("Nothing was enrolled.") == true)
    }

    @Test func whoeverGivesUpDisarmsTheReader() {
        let desk = desk([.waiting])
        desk.patience = 4
        #expect(run(desk) == .badData)
        #expect(desk.asked.last == .cancelEnrolment(7))
        #expect(desk.asked.count == 4)
    }

    /// The badge was held again just before Ctrl-C.
    @Test func whatWasEnrolledMeanwhileIsTold() {
        let desk = desk([.waiting])
        desk.patience = 2
        desk.reply = { request in
            if case .cancelEnrolment = request { Self.facts(.enrolled) } else { Self.facts(.waiting) }
        }
        #expect(run(desk) == .fine && desk.output == "Badge 12 enrolled for ada.\n")
    }

    @Test func whoeverGivesUpAtOnceArmsNothing() {
        let desk = desk([.waiting])
        desk.patience = 1
        #expect(run(desk) == .badData)
        #expect(desk.asked.isEmpty)
    }

    @Test func theAgentMustBeNamedAndConnected() {
        let desk = Desk()
        #expect(desk.run("badge", "enrol", "ada") == .usage)
        desk.reply = { _ in .readers([]) }
        #expect(desk.run("badge", "enrol", "ada", "--agent", "box") == .badData)
        #expect(desk.complaints.last?.contains("agent box is not connected") == true)
    }
}
