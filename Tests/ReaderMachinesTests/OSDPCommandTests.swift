// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import Testing

@Suite struct OSDPCommandTests {
    static let all: [OSDPCommand] = [
        .poll, .identify, .capabilities, .localStatus,
        .lamp(OSDPCommand.Lamp(color: .green, time: 30)),
        .lamp(OSDPCommand.Lamp(color: .amber, lit: 3, dark: 3, time: nil)),
        .buzzer(OSDPCommand.Buzzer(on: 2, off: 2, count: 1)),
        .text(OSDPCommand.Text("Enter PIN", seconds: 5)), .text(OSDPCommand.Text("", seconds: nil)),
        .setCommunication(address: 0, speed: 9600),
        .setKey(SecretBytes(Array(0...15))), .challenge(Array(1...8)), .prove(Array(1...16)),
    ]

    @Test(arguments: all) func aReaderUnderstandsWhatThePanelSays(command: OSDPCommand) {
        #expect(OSDPCommand(code: command.code, data: command.data) == command)
    }

    @Test(arguments: all) func aCutCommandIsNotUnderstoodAsAnother(command: OSDPCommand) {
        for count in 0..<command.data.count {
            let cut = OSDPCommand(code: command.code, data: Array(command.data[..<count]))
            // ID and CAP may come without their byte.
            #expect(cut == nil || cut == command)
        }
    }

    /// SIA OSDP annex E; OSDP.Net PacketDecodingTest.cs and CommandOutgoingMessageTest.cs.
    @Test(
        arguments: [
            (.setCommunication(address: 0, speed: 9600), 0x7F, 0, "53 7F 0D 00 04 6E 00 80 25 00 00 6E 38"),
            (.identify, 0, 0, "53 00 09 00 04 61 00 C0 66"),
            (.poll, 101, 0, "53 65 08 00 04 60 60 90"),
            (.buzzer(OSDPCommand.Buzzer(on: 2, off: 2, count: 1)), 0, 2, "53 00 0D 00 06 6A 00 02 02 02 01 59 92"),
            (.capabilities, 0, 2, "53 00 09 00 06 62 00 F3 5D"),
            (.localStatus, 0, 2, "53 00 08 00 06 64 0D 8C"),
            (
                .setKey(SecretBytes(Array(0...7) + Array(0...7))), 0, 2,
                "53 00 1A 00 06 75 01 10 00 01 02 03 04 05 06 07 00 01 02 03 04 05 06 07 CF A3"
            ),
        ] as [(OSDPCommand, UInt8, UInt8, String)])
    func publishedCommandsComeOut(command: OSDPCommand, address: UInt8, sequence: UInt8, packet: String) {
        let frame = OSDPFrame(
            OSDPFrame.Head(address: address, sequence: sequence), code: command.code, data: command.data)
        #expect(frame.encoded == osdp(packet))
        #expect(!OSDPCommand.name(of: command.code).hasPrefix("command"))
    }

    @Test func unknownCommandsHaveANumberForAName() {
        #expect(OSDPCommand.name(of: 0xAB) == "command AB")
        #expect(OSDPCommand(code: 0xAB, data: []) == nil)
    }

    @Test func aKeyIsNotPrinted() {
        #expect("\(OSDPCommand.setKey(SecretBytes([1, 2, 3])))".contains("hidden"))
    }
}
