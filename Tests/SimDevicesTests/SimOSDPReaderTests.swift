// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimDevices
import Testing

/// The control panel and a simulated reader on one line.
@Suite struct SimOSDPReaderTests {
    static let identity = "vendor CA446C model 1.0 serial 168647 firmware 1.7.15"

    static func opened(_ line: OSDPLine) -> OSDPLine {
        var line = line
        line.open()
        line.run(for: .seconds(1))
        return line
    }

    @Test func aChannelIsMadeAndABadgeComesThroughIt() {
        var line = Self.opened(.secure())
        #expect(line.online == ["\(Self.identity), secure channel"])
        #expect(line.readers[0].isSecure && line.troubles.isEmpty)
        line.reader(0, .present(OSDPLine.badge(0x1234_5678)))
        line.reader(0, .type(Array("12*".utf8) + [0x0D, 0x41]))
        line.run(for: .milliseconds(200))
        #expect(line.reads == [OSDPLine.badge(0x1234_5678)])
        #expect(line.typed == [.digit(UInt8(ascii: "1")), .digit(UInt8(ascii: "2")), .clear, .enter])
        #expect(line.drops(.unknownKey) == 1)
        #expect(line.leaks.isEmpty && line.violations.isEmpty)
    }

    @Test func nothingButTheHandshakeIsAskedInClear() {
        let line = Self.opened(.secure())
        let clear = line.wire.filter { ($0.securityBlock?.type ?? 0) < 0x15 }.map(\.code)
        #expect(clear == [0x61, 0x45, 0x76, 0x76, 0x77, 0x78])
        #expect(line.wire.prefix(6).map(\.sequence) == [0, 0, 1, 1, 2, 2])
    }

    @Test func clearIsForThoseWhoAskForIt() {
        var traits = SimOSDPReader.Traits()
        traits.answersInClear = true
        var line = Self.opened(OSDPLine([OSDPReaderSetting(address: 0, security: .off)], readers: [traits]))
        #expect(line.online == ["\(Self.identity), insecure (secure=off)"])
        line.reader(0, .present(OSDPLine.badge(77)))
        line.run(for: .milliseconds(200))
        #expect(line.reads == [OSDPLine.badge(77)])
    }

    @Test func aReaderThatWantsAKeyIsNotReadInClear() {
        let line = Self.opened(
            OSDPLine([OSDPReaderSetting(address: 0, security: .off)], readers: [SimOSDPReader.Traits()]))
        #expect(line.troubles == [.keyNeeded] && line.online.isEmpty)
    }

    @Test func aReaderIsPolledEvery50Milliseconds() {
        var line = Self.opened(.secure())
        line.forget()
        line.run(for: .seconds(10))
        #expect((195...201).contains(line.questions), "\(line.questions)")
    }

    @Test func severalReadersShareTheLineFairly() {
        let keys: [UInt8] = [1, 2, 3, 4]
        let line = Self.opened(
            OSDPLine(
                keys.map { OSDPReaderSetting(address: $0, security: .key(OSDPLine.key)) },
                readers: keys.map { address in
                    var traits = SimOSDPReader.Traits()
                    traits.address = address
                    traits.key = OSDPLine.key.bytes
                    return traits
                }))
        var busy = line
        busy.forget()
        for (index, address) in keys.enumerated() { busy.reader(index, .present(OSDPLine.badge(UInt64(address)))) }
        busy.run(for: .seconds(10))
        #expect(busy.reads.count == 4 && busy.violations.isEmpty)
        for action in busy.actions {
            if case .deliver(let address, let read) = action { #expect(read == OSDPLine.badge(UInt64(address))) }
        }
        let counts = keys.map { address in busy.wire.count { $0.address == address && !$0.isReply } }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(counts)")
    }

    @Test func aDeadNeighbourDelaysButDoesNotSilence() {
        var traits = SimOSDPReader.Traits()
        traits.key = OSDPLine.key.bytes
        var line = OSDPLine(
            [0, 9].map { OSDPReaderSetting(address: $0, security: .key(OSDPLine.key)) }, readers: [traits])
        line.open()
        line.run(for: .seconds(20))
        #expect(line.troubles == [.noAnswer] && line.online.count == 1)
        line.reader(0, .present(OSDPLine.badge(5)))
        line.run(for: .milliseconds(500))
        #expect(line.reads == [OSDPLine.badge(5)])
    }

    @Test(
        arguments: [
            (.wrongCRC, .badCRC), (.wrongSequence, .wrongSequence), (.silent, nil), (.late(.milliseconds(350)), nil),
            (.busy, nil),
        ] as [(SimOSDPReader.Fault, OSDPFault?)])
    func aFaultyAnswerIsAskedForAgain(fault: SimOSDPReader.Fault, drop: OSDPFault?) {
        var line = Self.opened(.secure())
        line.reader(0, .present(OSDPLine.badge(1)))
        line.reader(0, .fail(fault))
        line.run(for: .seconds(1))
        line.reader(0, .present(OSDPLine.badge(2)))
        line.run(for: .seconds(1))
        #expect(line.reads == [OSDPLine.badge(1), OSDPLine.badge(2)])
        #expect(line.troubles.isEmpty && line.readers[0].isSecure)
        if let drop { #expect(line.drops(drop) > 0) }
    }

    @Test func aReaderThatLostItsSupplyComesBack() {
        var line = Self.opened(.secure())
        line.reader(0, .restart)
        line.reader(0, .present(OSDPLine.badge(3)))
        line.run(for: .seconds(1))
        #expect(line.readers[0].isSecure && line.reads == [OSDPLine.badge(3)])
        line.reader(0, .fail(.dropsChannel))
        line.run(for: .seconds(1))
        #expect(line.readers[0].isSecure && line.leaks.isEmpty)
    }

    @Test func anOpenedHousingIsReported() {
        var line = Self.opened(.secure())
        line.reader(0, .tamper(true))
        line.run(for: .seconds(1))
        #expect(line.troubles == [.tamper])
        line.reader(0, .tamper(false))
        line.run(for: .seconds(1))
        #expect(line.online.count == 2)
        // Also when it was open before we came.
        var opened = OSDPLine.secure()
        opened.reader(0, .tamper(true))
        opened.open()
        opened.run(for: .seconds(1))
        #expect(opened.troubles.contains(.tamper))
    }

    @Test func signalsAreShownInTheirTime() {
        var line = Self.opened(.secure())
        line.handle(.signal(address: 0, .denied))
        line.run(for: .seconds(2))
        let beeps = line.shown.compactMap { if case .buzzer(let buzzer) = $0 { Int(buzzer.on) } else { nil } }
        #expect(beeps == [4, 1, 4])
        #expect(line.shown.contains(.text(OSDPCommand.Text("Not allowed", seconds: 3))))
        line.forget()
        // A new signal takes the place of what is left of the old one.
        line.handle(.signal(address: 0, .serverAway))
        line.run(for: .milliseconds(20))
        line.handle(.signal(address: 0, .idle))
        line.run(for: .seconds(2))
        #expect(line.shown.last == .text(OSDPCommand.Text("Hold badge here", seconds: nil)))
        #expect(line.leaks.isEmpty)
    }

    @Test func aReaderThatComplainsOfNoiseIsAskedAgain() {
        var line = OSDPLine.secure { $0.answersBadCheck = true }
        line.noise.disturbed = 50
        line.open()
        line.run(for: .seconds(20))
        line.noise.disturbed = 0
        line.reader(0, .present(OSDPLine.badge(8)))
        line.run(for: .seconds(2))
        #expect(line.reads == [OSDPLine.badge(8)])
    }
}
