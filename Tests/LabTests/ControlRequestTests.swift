// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Ops
import Testing

@Suite struct ControlRequestTests {
    static func all() throws -> [ControlRequest] {
        [
            .present(badge: "0006547886", reader: nil), .present(badge: "0x0100000001", reader: "desk"),
            .key("4711"), .desk(["do": "login", "user": "ana"]), .plug("front"), .unplug("desk"), .printerFacts,
            .printer(try PrinterFault(words: ["drop-after", "1000"])),
        ]
    }

    @Test func everyRequestComesBackFromItsLine() throws {
        for request in try Self.all() {
            let line = request.json.line
            #expect(!line.contains("\n"))
            #expect(try ControlRequest(try #require(JSONValue(line.utf8))) == request)
        }
    }

    @Test(arguments: [
        ("{}", "no command"), (#"{"command":"dance"}"#, "dance"), (#"{"command":"present"}"#, "badge"),
        (#"{"command":"present","badge":""}"#, "badge"), (#"{"command":"key"}"#, "keys"),
        (#"{"command":"desk"}"#, "line"), (#"{"command":"desk","line":"x"}"#, "line"),
        (#"{"command":"plug"}"#, "reader"), (#"{"command":"printer","fault":"sulk"}"#, "sulk"), ("[]", "no command"),
    ])
    func aBrokenRequestIsRefusedWithItsReason(line: String, reason: String) throws {
        let json = try #require(JSONValue(line.utf8))
        let fault = #expect(throws: LabFault.self) { try ControlRequest(json) }
        #expect(fault?.description.contains(reason) == true)
        #expect(fault?.exit == .usage)
    }

    @Test func repliesComeBackFromTheirLines() throws {
        let replies: [ControlReply] = [
            .done, .done(["outcome": "released"]), .refused(LabFault("no answer at front", exit: .unavailable)),
        ]
        for reply in replies {
            #expect(ControlReply(try #require(JSONValue(reply.json.line.utf8))) == reply)
        }
    }

    @Test func aRefusalIsThrownWhereFactsAreWanted() throws {
        #expect(try ControlReply.done(["a": 1]).facts() == ["a": 1])
        #expect(throws: LabFault("no", exit: .badData)) {
            try ControlReply.refused(LabFault("no", exit: .badData)).facts()
        }
    }
}
