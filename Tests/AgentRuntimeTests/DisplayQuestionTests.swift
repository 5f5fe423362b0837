// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc
import HostIO
import PrintModel
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

/// What a program may ask at the display socket.
@Suite struct DisplayQuestionTests {
    private let folder: TemporaryDirectory
    private let loop: Loop
    private let server: DisplayServer

    init() throws {
        folder = try TemporaryDirectory()
        loop = try Loop()
        server = try DisplayServer(path: folder.path + "/display.sock", on: loop)
    }

    @Test func aQuestionIsAnsweredToWhoAskedAlone() throws {
        var asked: [String] = []
        server.onQuestion = { question, peer in
            asked.append(question)
            return peer.user == getuid() && question == "readers" ? "{\"readers\":[],\"ignored\":[]}\n" : nil
        }
        let (one, other) = (
            try Peer.unix(folder.path + "/display.sock", on: loop),
            try Peer.unix(folder.path + "/display.sock", on: loop)
        )
        one.stream.write(Array("read".utf8))
        try loop.settle()
        one.stream.write(Array("ers\nhello\n".utf8))
        #expect(try loop.turn { one.lines.count == 3 })
        #expect(one.lines.suffix(2) == [#"{"readers":[],"ignored":[]}"#, #"{"error":"bad-command"}"#])
        #expect(asked == ["readers", "hello"])
        #expect(other.lines.count <= 1)
        server.close()
    }

    @Test func anEndlessQuestionIsNotKept() throws {
        var asked: [Int] = []
        server.onQuestion = { question, _ in
            asked.append(question.utf8.count)
            return nil
        }
        let peer = try Peer.unix(folder.path + "/display.sock", on: loop)
        peer.stream.write([UInt8](repeating: 0x41, count: 100_000) + [0x0A])
        #expect(try loop.turn { !asked.isEmpty })
        #expect(asked == [DisplayServer.questionLimit + 1])
        server.close()
    }

    @Test func theReportIsWellFormedAndHidesWhatWasRead() {
        var record = ReaderRecord()
        record.reads = 2
        record.drops = ["noise": 3, "bad-checksum": 1]
        record.signs.comesOnline("model \"X\"")
        let reader = ReaderReport.Reader(
            name: "front", kind: "id12", place: "/dev/ttyUSB0", isAutomatic: false, health: ReaderHealth(.attached),
            record: record, age: nil)
        let report = ReaderReport(
            readers: [reader],
            ignored: [.init(node: "/dev/input/event6", model: "Office", place: "usb-3", reason: "not-configured")])
        #expect(
            report.json == #"{"readers":[{"name":"front","kind":"id12","place":"/dev/ttyUSB0","automatic":false,"#
                + #""state":"attached","reads":2,"drops":{"bad-checksum":1,"noise":3},"about":"model \"X\""}],"#
                + #""ignored":[{"node":"/dev/input/event6","model":"Office","place":"usb-3","#
                + #""reason":"not-configured"}]}"#
        )
        #expect(
            report.text == """
                READER  KIND  PLACE         STATE     READS  LAST READ  DROPPED
                front   id12  /dev/ttyUSB0  attached  2      -          bad-checksum 1, noise 3
                front: model "X"

                IGNORED            MODEL   PLACE  WHY
                /dev/input/event6  Office  usb-3  not-configured

                """)
        #expect(report.answer(to: "readers-text")?.hasSuffix("\n.\n") == true && report.answer(to: "x") == nil)
    }
}
