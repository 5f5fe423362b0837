// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Foundation
import Testing

@Suite struct AdminAnswersTests {
    private func copy<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    @Test func whatTheServerWritesIsWhatTheCommandReads() throws {
        var user = UserAnswer()
        (user.name, user.fullName, user.department, user.number) = ("ada", "Ada L.", "R&D", "4711")
        (user.locked, user.hasPIN, user.hasPassword, user.heldJobs) = (true, true, false, 3)
        user.badges = [BadgeAnswer(id: 7, label: "blue", addedAt: "2026-11-21T02:43:09Z")]
        #expect(try copy(user) == user)
        var job = JobAnswer()
        (job.id, job.owner, job.state, job.pages, job.bytes) = (9, "ada", "held", 3, 70_000)
        #expect(try copy(job) == job)
        var agent = AgentAnswer()
        (agent.name, agent.rights, agent.lentJobs) = ("box", ["release"], 2)
        #expect(try copy(agent) == agent)
    }

    @Test func whatALaterVersionAddsIsPassedOver() throws {
        let json = #"{"code":"P-1","name":"Bridge","colour":"red"}"#
        let account = try JSONDecoder().decode(AccountAnswer.self, from: Data(json.utf8))
        #expect(account == AccountAnswer(code: "P-1", name: "Bridge"))
    }

    @Test func whatAnEarlierVersionDoesNotSayIsNotKnown() throws {
        let json = #"{"name":"box","key":"ab","revoked":false,"connected":true}"#
        let agent = try JSONDecoder().decode(AgentAnswer.self, from: Data(json.utf8))
        #expect(agent.approved == nil && agent.rights == nil && agent.connected)
    }
}
