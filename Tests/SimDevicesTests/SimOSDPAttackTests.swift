// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import Primitives
import ReaderMachines
import SimDevices
import Testing

/// The five published ways around OSDP's encryption (Bishop Fox, 2023), and a few more. Each ends with no badge let
/// out, by a reader whose badge lies on it all the time.
@Suite struct SimOSDPAttackTests {
    static let badge = OSDPLine.badge(0xBAD_CAFE)

    static func attacked(_ line: OSDPLine, for duration: Duration = .seconds(30)) -> OSDPLine {
        var line = line
        line.reader(0, .present(badge))
        line.open()
        line.run(for: duration)
        return line
    }

    static func expectNothing(_ line: OSDPLine, _ troubles: [OSDPTrouble]) {
        #expect(line.reads.isEmpty && line.typed.isEmpty && line.online.isEmpty)
        #expect(line.troubles == troubles)
        #expect(line.leaks.isEmpty, "\(line.leaks)")
    }

    // MARK: 1. Encryption is optional

    @Test func aReaderWithoutASecureChannelIsNotTalkedTo() {
        let line = Self.attacked(
            .secure {
                $0.refusesSecureChannel = true
                $0.answersInClear = true
            })
        Self.expectNothing(line, [.insecure])
    }

    @Test func aReaderWithoutAKeyIsNotAskedAnything() {
        var traits = SimOSDPReader.Traits()
        traits.answersInClear = true
        let line = Self.attacked(
            OSDPLine([OSDPReaderSetting(address: 0, security: .notInstalled)], readers: [traits]))
        Self.expectNothing(line, [.notInstalled])
        #expect(line.questions == 0)
    }

    @Test func aReadPutOnTheWireInClearIsDropped() {
        // In place of any sealed answer comes the same reader's card in clear, with the right number.
        var line = OSDPLine.secure()
        line.forge = { bytes in
            guard let frame = try? OSDPFrame(decoding: bytes.dropFirst()), frame.securityBlock?.hasSeal == true else {
                return bytes
            }
            let card = OSDPReply.card(reader: 0, Self.badge)
            return [OSDPFrame.mark] + OSDPFrame(frame.head, code: card.code, data: card.data).encoded
        }
        line.open()
        line.run(for: .seconds(20))
        #expect(line.reads.isEmpty && line.drops(.clearReply) > 0)
    }

    // MARK: 2. Downgrade

    @Test func capabilitiesThatDenyTheChannelChangeNothing() {
        let line = Self.attacked(.secure { $0.deniesSecureChannel = true }, for: .seconds(2))
        #expect(line.reads == [Self.badge] && line.leaks.isEmpty, "the reader itself is in order")
        #expect(line.troubles == [.deniesSecureChannel])
    }

    @Test func aRefusalOnTheWireNeverLeadsToClear() {
        // Somebody answers every handshake in the reader's place: no secure channel here.
        var line = OSDPLine.secure { $0.answersInClear = true }
        line.forge = { bytes in
            guard let frame = try? OSDPFrame(decoding: bytes.dropFirst()), frame.code == 0x76 else { return bytes }
            let refusal = OSDPReply.refused(.secureChannelNeeded)
            return [OSDPFrame.mark] + OSDPFrame(frame.head, code: refusal.code, data: refusal.data).encoded
        }
        Self.expectNothing(Self.attacked(line), [.insecure])
    }

    @Test func refusalsInsideTheChannelOnlyBeginItAnew() {
        var line = OSDPLine.secure()
        line.open()
        line.run(for: .seconds(1))
        line.forge = { bytes in
            guard let frame = try? OSDPFrame(decoding: bytes.dropFirst()), frame.securityBlock?.hasSeal == true else {
                return bytes
            }
            let refusal = OSDPReply.refused(.noSecureChannel)
            return [OSDPFrame.mark] + OSDPFrame(frame.head, code: refusal.code, data: refusal.data).encoded
        }
        line.run(for: .seconds(20))
        line.forge = nil
        line.run(for: .seconds(5))
        line.reader(0, .present(Self.badge))
        line.run(for: .seconds(1))
        #expect(line.reads == [Self.badge] && line.leaks.isEmpty)
    }

    // MARK: 3. Installation that never ends

    @Test func aStrangerThatAsksForAKeyGetsNone() {
        // A new reader in place of the right one, ready to take any key.
        let line = Self.attacked(.secure { $0.key = nil })
        Self.expectNothing(line, [.defaultKey])
        #expect(line.keys.isEmpty && !line.wire.contains { $0.code == 0x75 })
    }

    @Test func installationEndsByItself() {
        var line = OSDPLine([OSDPReaderSetting(address: 0, security: .notInstalled)], readers: [])
        line.open()
        line.handle(.install(address: 0, until: line.now + .seconds(86_400)))
        line.run(for: .seconds(299))
        #expect(line.questions > 0 && !line.troubles.contains(.installationExpired))
        line.run(for: .seconds(10))
        #expect(line.troubles.suffix(2) == [.installationExpired, .notInstalled])
        // A reader that turns up later is not spoken to.
        line.readers = [SimOSDPReader(traits: SimOSDPReader.Traits(), cryptography: .openSSL)]
        line.forget()
        line.run(for: .seconds(60))
        #expect(line.questions == 0 && line.installed.isEmpty)
    }

    @Test func aNewReaderIsInstalledOnceAndNeverOutsideTheChannel() throws {
        var line = OSDPLine(
            [OSDPReaderSetting(address: 0, security: .notInstalled)], readers: [SimOSDPReader.Traits()])
        line.reader(0, .present(Self.badge))
        line.open()
        line.run(for: .seconds(5))
        #expect(line.questions == 0)
        line.handle(.install(address: 0, until: line.now + .seconds(60)))
        line.run(for: .seconds(2))
        let key = try #require(line.installed.first)
        #expect(line.installed.count == 1 && line.keys == [key.bytes] && key.bytes == line.readers[0].traits.key)
        #expect(line.reads == [Self.badge] && line.online.count == 1 && line.leaks.isEmpty)
        // No badge left the reader before it had its own key: they come after the second handshake.
        let handshakes = line.wire.indices.filter { line.wire[$0].code == 0x78 }
        let settings = line.wire.indices.filter { line.wire[$0].code == 0x75 }
        let cards = line.wire.indices.filter { line.wire[$0].code == 0x50 }
        #expect(handshakes.count == 2 && settings.count == 1 && cards.count == 1 && cards[0] > handshakes[1])
        // The window is closed: another new reader gets nothing.
        line.forget()
        line.readers = [SimOSDPReader(traits: SimOSDPReader.Traits(), cryptography: .openSSL)]
        line.run(for: .seconds(30))
        #expect(line.keys.count == 1 && line.installed.isEmpty && !line.wire.contains { $0.code == 0x75 })
    }

    // MARK: 4. Weak keys

    @Test func aReaderWithTheKeyInTheStandardIsRefused() {
        let standard = SecretBytes(Array(0x30...0x3F))
        #expect(throws: OSDPBaseKey.Weakness.defaultKey) { try OSDPBaseKey(standard) }
        Self.expectNothing(Self.attacked(.secure { $0.key = standard }), [.keyRefused])
        let other = Self.attacked(
            .secure {
                $0.key = SecretBytes(Array(1...16))
                $0.isAlwaysInstallable = true
            })
        Self.expectNothing(other, [.keyRefused])
        #expect(!other.wire.contains { $0.code == 0x77 }, "the panel proves nothing to one without the key")
        #expect(!other.wire.contains { $0.securityBlock?.type == 0x11 && $0.securityBlock?.data == [0] })
    }

    // MARK: 5. Capture of the key

    @Test func aKeyIsReplacedUnderTheOldOne() throws {
        var line = OSDPLine.secure()
        line.open()
        line.run(for: .seconds(1))
        line.forget()
        line.handle(.install(address: 0, until: line.now + .seconds(60)))
        line.reader(0, .present(Self.badge))
        line.run(for: .seconds(2))
        let key = try #require(line.installed.first)
        #expect(key != OSDPLine.key && line.readers[0].traits.key == key.bytes && line.reads == [Self.badge])
        // Whoever listens and knows the key in the standard reads nothing: it is never used.
        #expect(!line.wire.contains { ($0.securityBlock?.type ?? 0) < 0x15 && $0.securityBlock?.data == [0] })
        #expect(line.leaks.isEmpty)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func anInstallationOnABadLineLosesNoKey(seed: UInt64) throws {
        var line = OSDPLine.secure(seed: seed)
        line.open()
        line.run(for: .seconds(1))
        line.noise.disturbed = 300
        line.handle(.install(address: 0, until: line.now + .seconds(300)))
        line.run(for: .seconds(30))
        line.noise.disturbed = 0
        line.run(for: .seconds(20))
        let key = try #require(line.installed.last)
        #expect(line.readers[0].traits.key == key.bytes && line.readers[0].isSecure, "seed \(seed)")
    }

    /// The command with the new key, or the reader's answer to it, is the last thing before the wires are cut.
    @Test(arguments: [0x75, 0x40] as [UInt8]) func aKeyThatMayHaveArrivedIsTriedAndSoIsTheOldOne(code: UInt8) {
        var line = OSDPLine.secure()
        line.open()
        line.run(for: .seconds(1))
        line.handle(.install(address: 0, until: line.now + .seconds(5)))
        while !line.wire.contains(where: { $0.code == 0x75 }) || line.wire.last?.code != code {
            line.run(for: .milliseconds(1))
        }
        line.isCut = true
        line.run(for: .seconds(12))
        line.isCut = false
        line.reader(0, .present(Self.badge))
        line.run(for: .seconds(20))
        #expect(line.reads == [Self.badge] && line.leaks.isEmpty)
        #expect(line.installed.map(\.bytes) == line.keys && line.keys.count == (code == 0x75 ? 0 : 1))
    }

    // MARK: Replay

    @Test func whatWasRecordedIsOfNoUse() {
        var line = OSDPLine.secure()
        line.open()
        line.run(for: .seconds(1))
        line.reader(0, .present(Self.badge))
        line.run(for: .seconds(1))
        #expect(line.reads == [Self.badge])
        let recorded = line.wire.last { $0.code == 0x50 }!
        line.forget()
        // From now on every answer with the right number is the recorded one.
        line.forge = { bytes in
            guard let frame = try? OSDPFrame(decoding: bytes.dropFirst()), frame.sequence == recorded.sequence else {
                return bytes
            }
            return [OSDPFrame.mark] + recorded.encoded
        }
        line.run(for: .seconds(20))
        #expect(line.reads.isEmpty && line.drops(.badMAC) > 0 && line.troubles.contains(.forgedReplies))
        line.forge = nil
        line.run(for: .seconds(10))
        line.reader(0, .present(Self.badge))
        line.run(for: .seconds(1))
        #expect(line.reads == [Self.badge])
    }
}

extension OSDPFrame.SecurityBlock {
    fileprivate var hasSeal: Bool { type >= 0x15 }
}
