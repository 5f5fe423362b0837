// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import Primitives
import ReaderMachines
import Testing

/// Times, numbers and turns, with the answers written by hand. Whole conversations are tested with the simulated
/// reader.
@Suite struct OSDPControlPanelTests {
    /// A panel with its clock.
    struct Bench {
        var panel: OSDPControlPanel
        var now = MonotonicTime(nanoseconds: 1_000_000_000)

        init(
            _ settings: [OSDPReaderSetting] = [OSDPReaderSetting(address: 1, security: .off)],
            cryptography: Cryptography = .openSSL
        ) {
            var limits = OSDPControlPanel.Limits()
            // Fast enough to leave the length of a question out of the sums.
            limits.speed = 1_000_000_000_000
            panel = OSDPControlPanel(readers: settings, cryptography: cryptography, limits: limits)
        }

        mutating func handle(_ event: OSDPControlPanel.Event) -> [OSDPControlPanel.Action] {
            panel.handle(event, at: now)
        }

        /// Jumps to the deadline.
        mutating func next() -> [OSDPControlPanel.Action] {
            now = max(now, panel.deadline ?? now)
            return panel.tick(at: now)
        }

        mutating func answer(
            _ reply: OSDPReply, sequence: UInt8, address: UInt8 = 1, check: OSDPFrame.Check = .crc
        ) -> [OSDPControlPanel.Action] {
            let head = OSDPFrame.Head(address: address, isReply: true, sequence: sequence, check: check)
            return handle(.bytes(OSDPFrame(head, code: reply.code, data: reply.data).encoded))
        }

        /// In a security block; a MAC of zeros where it needs one.
        mutating func answer(
            _ reply: OSDPReply, sequence: UInt8, in type: UInt8, _ data: [UInt8] = []
        ) -> [OSDPControlPanel.Action] {
            let head = OSDPFrame.Head(address: 1, isReply: true, sequence: sequence)
            let block = OSDPFrame.SecurityBlock(type: type, data: data)
            let mac = [UInt8](repeating: 0, count: type >= 0x15 ? 4 : 0)
            let frame = OSDPFrame(head, securityBlock: block, code: reply.code, data: reply.data, mac: mac)
            return handle(.bytes(frame.encoded))
        }

        /// A reader in clear that has been asked for its identity, its capabilities and its state; the first poll is
        /// on the line, with the number 3.
        static func polling() -> Bench {
            var bench = Bench()
            _ = bench.handle(.opened)
            _ = bench.answer(.identity(OSDPControlPanelTests.identity), sequence: 0)
            _ = bench.next()
            _ = bench.answer(.capabilities(OSDPControlPanelTests.capabilities), sequence: 1)
            _ = bench.next()
            _ = bench.answer(.localStatus(tamper: false, powerFailure: false), sequence: 2)
            #expect(bench.next() == OSDPControlPanelTests.asked(.poll, 3))
            return bench
        }
    }

    static let identity = OSDPIdentity(
        vendor: [1, 2, 3], model: 4, version: 5, serial: 6, firmware: [7, 8, 9])
    static let capabilities = [OSDPCapability(function: OSDPCapability.lamp, compliance: 1, count: 1)]
    static let badge = RawRead(technology: .unknown, bits: BitString(value: 5, count: 26)!)

    static func asked(_ command: OSDPCommand, _ sequence: UInt8, address: UInt8 = 1) -> [OSDPControlPanel.Action] {
        let head = OSDPFrame.Head(address: address, sequence: sequence)
        return [.send([OSDPFrame.mark] + OSDPFrame(head, code: command.code, data: command.data).encoded)]
    }

    static func dropped(_ fault: OSDPFault, address: UInt8? = 1) -> [OSDPControlPanel.Action] {
        [.drop(address: address, fault)]
    }

    @Test func theFirstQuestionsAreNumberedFromZero() {
        var bench = Bench()
        #expect(bench.panel.deadline == nil)
        #expect(bench.handle(.opened) == Self.asked(.identify, 0))
        #expect(bench.answer(.identity(Self.identity), sequence: 0) == [])
        #expect(bench.next() == Self.asked(.capabilities, 1))
        #expect(bench.answer(.capabilities(Self.capabilities), sequence: 1) == [])
        #expect(bench.next() == Self.asked(.localStatus, 2))
        let text = "vendor 010203 model 4.5 serial 6 firmware 7.8.9, insecure (secure=off)"
        #expect(
            bench.answer(.localStatus(tamper: false, powerFailure: false), sequence: 2)
                == [.online(address: 1, text)])
        #expect(bench.next() == Self.asked(.poll, 3))
        #expect(bench.answer(.acknowledged, sequence: 3) == [])
        for sequence in [1, 2, 3, 1, 2, 3] as [UInt8] {
            #expect(bench.next() == Self.asked(.poll, sequence))
            #expect(bench.answer(.acknowledged, sequence: sequence) == [])
        }
    }

    @Test func aSilentReaderIsAskedAgainWithTheSameNumber() {
        var bench = Bench.polling()
        let asked = bench.now
        var times: [Duration] = []
        for _ in 0..<6 {
            // The time-out and, when it is not followed by a question at once, the question.
            var actions = bench.next()
            if actions.isEmpty { actions = bench.next() }
            #expect(actions == Self.asked(.poll, 3))
            times.append(bench.now.elapsed(since: asked))
        }
        #expect(times == [200, 400, 600, 1600, 2600, 3600].map { .milliseconds($0) })
        #expect(bench.answer(.card(reader: 0, Self.badge), sequence: 3) == [.deliver(address: 1, Self.badge)])
        #expect(bench.next() == Self.asked(.poll, 1))
    }

    @Test func afterEightSecondsAReaderIsGivenUpAndAskedFromTheBeginning() {
        var bench = Bench.polling()
        let heard = bench.now
        var actions: [OSDPControlPanel.Action] = []
        var waits: [Duration] = []
        while !actions.contains(.trouble(address: 1, .noAnswer)) { actions = bench.next() }
        #expect(bench.now.elapsed(since: heard) >= .seconds(8))
        #expect(bench.now.elapsed(since: heard) < .seconds(9))
        for _ in 0..<5 {
            let before = bench.now
            #expect(bench.next() == Self.asked(.identify, 0))
            waits.append(bench.now.elapsed(since: before))
            #expect(bench.next() == [], "the trouble is told once")
        }
        #expect(waits == [1, 2, 4, 5, 5].map { .seconds($0) })
        _ = bench.next()
        _ = bench.answer(.identity(Self.identity), sequence: 0)
        _ = bench.next()
        _ = bench.answer(.capabilities([]), sequence: 1)
        _ = bench.next()
        #expect(bench.answer(.localStatus(tamper: false, powerFailure: false), sequence: 2).count == 1, "online again")
    }

    @Test func whatIsNoAnswerIsDroppedByName() {
        var bench = Bench.polling()
        let card = OSDPReply.card(reader: 0, Self.badge)
        for sequence in 0...2 as ClosedRange<UInt8> {
            #expect(bench.answer(card, sequence: sequence) == Self.dropped(.wrongSequence))
        }
        #expect(bench.answer(card, sequence: 3, address: 2) == Self.dropped(.wrongAddress, address: 2))
        #expect(bench.answer(card, sequence: 3, check: .checksum) == Self.dropped(.wrongCheck))
        let question = OSDPFrame(OSDPFrame.Head(address: 1, sequence: 1), code: 0x60)
        #expect(bench.handle(.bytes(question.encoded)) == Self.dropped(.unexpected))
        #expect(bench.handle(.bytes([1, 2, 3])) == Self.dropped(.noise, address: nil))
        let head = OSDPFrame.Head(address: 1, isReply: true, sequence: 3)
        let sealed = OSDPFrame(
            head, securityBlock: OSDPFrame.SecurityBlock(type: 0x16), code: 0x40, mac: [0, 0, 0, 0])
        #expect(bench.handle(.bytes(sealed.encoded)) == Self.dropped(.badSecurityBlock))
        #expect(bench.answer(card, sequence: 3) == [.deliver(address: 1, Self.badge)])
        #expect(bench.answer(card, sequence: 3) == Self.dropped(.unexpected), "the answer has been given")
    }

    @Test func anAdapterThatHearsItselfDoesNoHarm() {
        var bench = Bench.polling()
        let echo = [OSDPFrame.mark] + OSDPFrame(OSDPFrame.Head(address: 1, sequence: 3), code: 0x60).encoded
        #expect(bench.handle(.bytes(echo)) == [])
        #expect(bench.answer(.card(reader: 0, Self.badge), sequence: 3) == [.deliver(address: 1, Self.badge)])
    }

    @Test func aSlowAnswerIsWaitedForAndAnEndlessOneIsNot() {
        var bench = Bench.polling()
        let asked = bench.now
        let head = OSDPFrame.Head(address: 1, isReply: true, sequence: 3)
        let packet = OSDPFrame(head, code: 0x50, data: OSDPReply.card(reader: 0, Self.badge).data).encoded
        bench.now = asked + .milliseconds(190)
        #expect(bench.handle(.bytes(Array(packet.prefix(4)))) == [])
        #expect(bench.panel.deadline == asked + .milliseconds(240))
        bench.now = asked + .milliseconds(230)
        #expect(bench.handle(.bytes(Array(packet.dropFirst(4)))) == [.deliver(address: 1, Self.badge)])

        bench = Bench.polling()
        let start = bench.now
        // The head of a packet of 1440 bytes, and then whatever.
        #expect(bench.handle(.bytes([0x53, 0x81, 0xA0, 0x05])) == [])
        while let deadline = bench.panel.deadline, deadline > bench.now + .milliseconds(40) {
            bench.now = bench.now + .milliseconds(40)
            #expect(bench.handle(.bytes([0])) == [])
        }
        #expect(bench.panel.deadline == start + .seconds(2))
        #expect(bench.next() == Self.asked(.poll, 3))
    }

    @Test func aBusyReaderIsAskedTheSameLater() {
        for sequence in [0, 3] as [UInt8] {
            var bench = Bench.polling()
            let asked = bench.now
            #expect(bench.answer(.busy, sequence: sequence) == [])
            #expect(bench.next() == Self.asked(.poll, 3))
            #expect(bench.now == asked + .milliseconds(200))
        }
        // Being busy for ever is being away.
        var bench = Bench.polling()
        var actions: [OSDPControlPanel.Action] = []
        for _ in 0..<50 where !actions.contains(.trouble(address: 1, .noAnswer)) {
            actions += bench.answer(.busy, sequence: 0)
            actions += bench.next()
        }
        #expect(actions.contains(.trouble(address: 1, .noAnswer)))
    }

    @Test func aRefusalIsNoEnd() {
        var bench = Bench.polling()
        #expect(bench.answer(.refused(.badCheck), sequence: 0) == Self.dropped(.refused))
        #expect(bench.next() == Self.asked(.poll, 3))
        #expect(bench.answer(.refused(.unknownCommand), sequence: 3) == Self.dropped(.refused))
        #expect(bench.next() == Self.asked(.poll, 1))
        #expect(bench.answer(.refused(.wrongSequence), sequence: 1) == Self.dropped(.refused))
        #expect(bench.next() == Self.asked(.identify, 0))
    }

    @Test func signalsGoBeforeTheNextPoll() {
        var bench = Bench.polling()
        _ = bench.answer(.acknowledged, sequence: 3)
        #expect(bench.handle(.signal(address: 1, .success)) == [], "the line rests between two packets")
        let lamp = OSDPCommand.Lamp(color: .green, time: 22)
        #expect(bench.next() == Self.asked(.lamp(lamp), 1))
        #expect(bench.answer(.acknowledged, sequence: 1) == [])
        #expect(bench.next() == Self.asked(.poll, 2))
        #expect(bench.handle(.signal(address: 9, .success)) == [], "nobody there")
    }

    @Test func aBadReadIsDroppedAndTheConversationGoesOn() {
        var bench = Bench.polling()
        let head = OSDPFrame.Head(address: 1, isReply: true, sequence: 3)
        let crooked = OSDPFrame(head, code: 0x50, data: [0, 1, 25, 0, 1, 2, 3, 4])
        #expect(bench.handle(.bytes(crooked.encoded)) == Self.dropped(.notLeftJustified))
        #expect(bench.next() == Self.asked(.poll, 1))
        #expect(bench.answer(.other(0x51), sequence: 1) == [], "FMT is ignored")
        #expect(bench.next() == Self.asked(.poll, 2))
    }

    @Test func aClosedLineRests() {
        var bench = Bench.polling()
        #expect(bench.handle(.closed) == [])
        #expect(bench.panel.deadline == nil)
        #expect(bench.answer(.card(reader: 0, Self.badge), sequence: 3) == [])
        #expect(bench.handle(.opened) == Self.asked(.identify, 0))
    }

    @Test func randomBytesOfAnotherLengthAreAskedForAgain() throws {
        let key = try OSDPBaseKey(SecretBytes(osdp("5A13C700916EFF4208B3772CE519A064")))
        var bench = Bench([OSDPReaderSetting(address: 1, security: .key(key))])
        #expect(bench.handle(.opened) == Self.asked(.identify, 0))
        #expect(bench.handle(.random([1, 2, 3])) == [], "nobody asked")
        #expect(bench.answer(.identity(Self.identity), sequence: 0) == [])
        #expect(bench.next() == [.needRandom(8)])
        #expect(bench.panel.deadline == nil)
        #expect(bench.handle(.random([1, 2, 3])) == [.needRandom(8)])
        let actions = bench.handle(.random(Array(1...8)))
        let head = OSDPFrame.Head(address: 1, sequence: 1)
        let challenge = OSDPFrame(
            head, securityBlock: OSDPFrame.SecurityBlock(type: 0x11, data: [1]), code: 0x76, data: Array(1...8))
        #expect(actions == [.send([OSDPFrame.mark] + challenge.encoded)])
        // A challenge is answered in SCS_12 or not at all.
        #expect(bench.answer(.acknowledged, sequence: 1) == Self.dropped(.clearReply))
        #expect(bench.answer(.refused(.noSecureChannel), sequence: 1).last == .trouble(address: 1, .insecure))
        #expect(bench.next() == Self.asked(.identify, 0))
    }

    /// With a cipher that turns everything into zeros, a packet in the channel can be written by hand.
    @Test func aReadInClearOrNotEncryptedIsDropped() throws {
        let zeros = [UInt8](repeating: 0, count: 16)
        let blunt = Cryptography(
            sha256: { _ in [] }, hmacSHA256: { _, _ in [] }, aes128: { _, _ in zeros }, aes128Inverse: { _, _ in zeros }
        )
        let key = try OSDPBaseKey(SecretBytes(osdp("5A13C700916EFF4208B3772CE519A064")))
        var bench = Bench([OSDPReaderSetting(address: 1, security: .key(key))], cryptography: blunt)
        let card = OSDPReply.card(reader: 0, Self.badge)
        let keys = OSDPReply.keys(reader: 0, SecretBytes(Array("1".utf8)))
        _ = bench.handle(.opened)
        #expect(bench.answer(card, sequence: 0) == Self.dropped(.insecureRead))
        _ = bench.next()
        _ = bench.handle(.random(Array(1...8)))
        let uniqueID: [UInt8] = Array(1...8)
        let challenge = OSDPReply.challenge(uniqueID: uniqueID, random: uniqueID, cryptogram: zeros)
        #expect(bench.answer(challenge, sequence: 1, in: 0x12, [1]) == [])
        _ = bench.next()
        #expect(bench.answer(.initialMAC(zeros), sequence: 2, in: 0x14, [1]) == [])
        for sequence in [3, 1] as [UInt8] {
            _ = bench.next()
            #expect(bench.answer(.acknowledged, sequence: sequence, in: 0x16) == [])
        }
        _ = bench.next()
        #expect(
            bench.answer(.acknowledged, sequence: 2, in: 0x16)
                == [.online(address: 1, "unknown model, secure channel")])
        _ = bench.next()
        #expect(bench.answer(card, sequence: 3, in: 0x16) == Self.dropped(.insecureRead))
        _ = bench.next()
        #expect(bench.answer(keys, sequence: 1, in: 0x16) == Self.dropped(.insecureRead))
        _ = bench.next()
        #expect(bench.answer(card, sequence: 2) == Self.dropped(.clearReply))
    }

    @Test func aReaderWithoutAKeyCostsNoWakeUps() {
        var bench = Bench([OSDPReaderSetting(address: 1, security: .notInstalled)])
        #expect(bench.handle(.opened) == [.trouble(address: 1, .notInstalled)])
        #expect(bench.panel.deadline == nil)
        #expect(bench.handle(.signal(address: 1, .success)) == [])
        #expect(bench.handle(.install(address: 1, until: bench.now + .seconds(1))) == Self.asked(.identify, 0))
        var clear = Bench()
        #expect(
            clear.handle(.install(address: 1, until: clear.now + .seconds(1)))
                == [.trouble(address: 1, .installationRefused)])
    }

    @Test func aWaitingReaderHasItsTurnBetweenTheQuestionsToAnother() {
        var bench = Bench([1, 2].map { OSDPReaderSetting(address: $0, security: .off) })
        var asked = bench.handle(.opened)
        for _ in 0..<5 { asked += bench.next() }
        #expect(asked == [1, 2, 1, 2, 1, 2].map { Self.asked(.identify, 0, address: $0)[0] })
    }
}
