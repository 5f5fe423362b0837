// SPDX-License-Identifier: Apache-2.0

import AgentCore
import HostIO
import PrintModel
import Testing
import TestKit

@testable import AgentRuntime

/// Programs that ask in a person's name.
@Suite struct DisplayControlTests {
    private let folder: TemporaryDirectory
    private let loop: Loop
    private let server: DisplayServer

    init() throws {
        folder = try TemporaryDirectory()
        loop = try Loop()
        server = try DisplayServer(path: folder.path + "/display.sock", on: loop)
    }

    private func peer() throws -> Peer {
        let peer = try Peer.unix(folder.path + "/display.sock", on: loop)
        #expect(try loop.turn { peer.lines.count == 1 })
        return peer
    }

    private func say(_ text: String, _ peer: Peer) { peer.stream.write(Array((text + "\n").utf8)) }

    private static let idle = DeskView(reader: "front", stage: .idle)

    @Test func aScreenIsToldWhatOthersAreNot() throws {
        var counts: [Int] = []
        server.onScreens = { counts.append($0) }
        let (screen, other) = (try peer(), try peer())
        say(#"{"do":"control"}"#, screen)
        #expect(try loop.turn { counts == [1] })
        server.show(Self.idle)
        #expect(try loop.turn { screen.lines.count == 2 })
        #expect(screen.lines.last == Self.idle.json)
        let second = try peer()
        say(#"{"do":"control"}"#, second)
        // What stands is told to who comes later.
        #expect(try loop.turn { second.lines.count == 2 && counts == [1, 2] })
        #expect(other.lines.count == 1)
        screen.stream.close()
        second.stream.close()
        #expect(try loop.turn { counts == [1, 2, 1, 0] })
        server.close()
    }

    @Test func commandsNeedControlAndErrorsGoToWhoMadeThem() throws {
        var commands: [DeskCommand] = []
        server.onCommand = { screen, command, reader in
            commands.append(command)
            if reader == "nowhere" { server.refuse(screen, .notNow) }
        }
        let (screen, other) = (try peer(), try peer())
        say(#"{"do":"list"}"#, screen)
        #expect(try loop.turn { screen.lines.last == #"{"error":"no-control"}"# })
        say(#"{"do":"control"}"#, screen)
        say(#"{"do":"list"}"#, screen)
        say(#"{"do":"dance"}"#, screen)
        say(#"{"do":"logout","reader":"nowhere"}"#, screen)
        #expect(try loop.turn { screen.lines.count == 4 })
        #expect(screen.lines.suffix(2) == [#"{"error":"bad-command"}"#, #"{"error":"not-now"}"#])
        #expect(commands == [.list, .logOut])
        #expect(other.lines.count == 1)
        server.close()
    }

    @Test func whatIsNoCommandIsAnsweredToo() throws {
        server.onQuestion = { question, _ in question == "readers" ? "none\nend\n" : nil }
        let screen = try peer()
        say(#"{"do":"control"}"#, screen)
        for line in ["", "login ana", "\u{1}", String(repeating: "x", count: 300), "readers"] { say(line, screen) }
        #expect(try loop.turn { screen.lines.last == "end" })
        let bad = #"{"error":"bad-command"}"#
        #expect(screen.lines.dropFirst() == [bad, bad, #"{"error":"too-long"}"#, "none", "end"])
        server.close()
    }

    @Test func aLongCommandIsTakenAndALongerOneRefused() throws {
        var commands: [DeskCommand] = []
        server.onCommand = {
            commands.append($1); _ = ($0, $2)
        }
        let screen = try peer()
        say(#"{"do":"control"}"#, screen)
        let jobs = (1...256).map { "\(1_000_000_000 + $0)" }.joined(separator: ",")
        say(#"{"do":"pick","jobs":[\#(jobs)]}"#, screen)
        #expect(try loop.turn { commands.count == 1 })
        say("{" + String(repeating: " ", count: DisplayCommand.limit) + "}", screen)
        #expect(try loop.turn { screen.lines.last == #"{"error":"too-long"}"# })
        server.close()
    }

    @Test func aViewIsOneLineWithAllOfIt() {
        var view = DeskView(reader: "front", stage: .desk)
        view.user = "ada \"x\""
        view.documents = [
            DeskDocument(
                id: JobID(1), title: "Plan\n", state: "held", pages: 2, colorPages: 1, size: 9, price: "0.10 EUR",
                isPicked: true), DeskDocument(id: JobID(2), title: "b", state: "in-doubt"),
        ]
        (view.inDoubt, view.sides, view.choices) = (1, .longEdge, [.list, .changePIN])
        #expect(
            view.json == #"{"dialogue":{"reader":"front","stage":"desk","typed":0,"user":"ada \"x\"","documents":["#
                + "{\"id\":1,\"title\":\"Plan\u{FFFD}\",\"state\":\"held\",\"copies\":1,\"pages\":2,\"color-pages\":1,"
                + #""bytes":9,"price":"0.10 EUR","picked":true},"#
                + #"{"id":2,"title":"b","state":"in-doubt","copies":1,"bytes":0,"picked":false}],"more":false,"#
                + #""in-doubt":1,"mono":false,"sides":"long-edge","account":null,"account-needed":false,"#
                + #""accounts":[],"more-accounts":false,"may":["list","change-pin"]}}"#)
    }
}
