// SPDX-License-Identifier: Apache-2.0

import Ops
import PrintModel
import Primitives
import ServerCore
import Testing

@Suite struct ReaderCommandsTests {
    private static func reader(
        _ name: String, of agent: String, _ state: ReaderStatus.State, obstacle: String = ""
    ) -> AgentReader {
        var status = ReaderStatus(name: name, kind: "id12", state: state)
        status.obstacle = obstacle
        return AgentReader(agent: agent, status: status)
    }

    private static var readers: [AgentReader] {
        var door = reader("door", of: "box", .attached)
        door.status.kind = "osdp"
        door.status.security = .secure
        door.status.isTampered = true
        door.status.reads = 12
        door.status.drops = [.init(reason: "noise", count: 1)]
        door.status.lastRead = .init(what: "proximity, 26 bits", age: .seconds(200))
        return [
            door, reader("front", of: "box", .blocked, obstacle: "/dev/ttyUSB0 is in use. End the other program."),
            reader("pad", of: "box", .waiting), reader("left", of: "cellar", .attached),
        ]
    }

    private func desk() -> Desk {
        let desk = Desk()
        desk.connectedAgents = ["box"]
        desk.reply = { request in
            switch request {
            case .listAgents: .agents([OutputTests.agent])
            case .listReaders: .readers(Self.readers)
            default: .state(StateCounts(jobs: [:], users: 0, agents: 0, ledgerEntries: 0))
            }
        }
        return desk
    }

    @Test func readersAreATableWithWhatIsInTheWayBelow() {
        let desk = desk()
        #expect(desk.run("readers") == .fine)
        #expect(
            desk.output == """
                AGENT   READER  DRIVER  STATE            SECURE  TAMPER  LAST READ                      READS  DROPPED
                box     door    osdp    attached         yes     yes     3 min ago, proximity, 26 bits     12  noise 1
                box     front   id12    blocked          -       no      -                                  0  -
                box     pad     id12    waiting          -       no      -                                  0  -
                cellar  left    id12    away (attached)  -       no      -                                  0  -

                front of box: /dev/ttyUSB0 is in use. End the other program.

                """)
    }

    @Test func aReaderThatTakesNoPINIsToldWithTheEnd() {
        var reader = AgentReader(agent: "box", status: ReaderStatus(name: "pad", kind: "text", state: .attached))
        reader.barredUntil = WallTime(milliseconds: 1_795_228_989_500)
        var lost = AgentReader(agent: "box", status: ReaderStatus(name: "usb", kind: "wedge", state: .lost))
        lost.status.obstacle = "unplugged"
        let desk = Desk()
        desk.connectedAgents = ["box"]
        desk.reply = { request in
            switch request {
            case .listAgents: .agents([])
            case .listReaders: .readers([reader, lost])
            default: .state(StateCounts(jobs: [:], users: 0, agents: 1, ledgerEntries: 0))
            }
        }
        let words = "takes no PIN until 02:43:09 UTC, after too many wrong ones; `lanyard agent unlock box` ends that"
        #expect(desk.run("readers") == .fine)
        #expect(desk.output.contains("attached, locked") && desk.output.contains("\npad of box: \(words)\n"))
        #expect(desk.run("status") == .fine)
        #expect(desk.output.contains("attached, locked  \(words)\n"))
        #expect(desk.output.contains("lost              It was unplugged: plug it in again.\n"))
    }

    @Test func noReadersAreSaidToBeNone() {
        let desk = Desk()
        desk.reply = { _ in .readers([]) }
        desk.run("readers")
        #expect(desk.output == "No agent has told of a reader.\n")
        desk.run("readers", "--json")
        #expect(desk.output == "{\"readers\":[]}\n")
    }

    @Test func statusNamesReadersInTroubleAndWhatToDo() {
        let desk = desk()
        #expect(desk.run("status") == .fine)
        let expected = """
            READER IN TROUBLE  AGENT  STATE               WHAT TO DO
            door               box    attached, tampered  Has somebody opened or moved it?
            front              box    blocked             /dev/ttyUSB0 is in use. End the other program.

            """
        #expect(desk.output.contains(expected), "\(desk.output)")
        #expect(!desk.output.contains("cellar"))
    }
}
