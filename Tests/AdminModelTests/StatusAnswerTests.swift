// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Foundation
import Testing

@Suite struct StatusAnswerTests {
    @Test func whatTheServerWritesIsWhatTheCommandReads() throws {
        var status = StatusAnswer()
        (status.version, status.jobs, status.warnings) = ("1", ["held": 4], ["little room"])
        var reader = ReaderAnswer()
        (reader.name, reader.state, reader.secure, reader.drops) = ("desk", "lost", false, ["too-short": 2])
        reader.lastRead = ReaderAnswer.LastRead(what: "wedge, 10 characters", secondsAgo: 2)
        status.readers = [reader]
        status.ports = [
            StatusAnswer.Port(
                service: "release", address: "::", port: 1351,
                listener: StatusAnswer.Port.Listener(process: "lanyard-server", pid: 42, user: "lanyard"))
        ]
        let copy = try JSONDecoder().decode(StatusAnswer.self, from: JSONEncoder().encode(status))
        #expect(copy == status)
    }
}
