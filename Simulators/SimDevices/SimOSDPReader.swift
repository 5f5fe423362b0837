// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives
package import ReaderMachines

/// An OSDP reader (the peripheral device of the standard): answers a control panel, keeps its side of a secure channel,
/// and misbehaves on demand.
package struct SimOSDPReader: Machine {
    package enum Event: Sendable {
        case received([UInt8])
        /// A badge is held to it.
        case present(RawRead)
        /// Somebody types; the codes of the keypad reply, as `1`…`9` and 0D for enter.
        case type([UInt8])
        case tamper(Bool)
        case fail(Fault)
        /// Its supply fails for a moment: channel and count are gone, waiting badges and the key are not.
        case restart
    }

    package enum Action: Equatable, Sendable {
        case send([UInt8])
        /// A lamp, a tone or a text.
        case show(OSDPCommand)
        case takeKey(SecretBytes)
    }

    /// Concerns the next answer.
    package enum Fault: Hashable, Sendable {
        case wrongCRC
        case silent
        case late(Duration)
        case wrongSequence
        case busy
        /// The channel is forgotten.
        case dropsChannel
    }

    /// What kind of reader it is.
    package struct Traits: Sendable {
        package var address: UInt8 = 0
        /// `nil`: as it left the factory.
        package var key: SecretBytes?
        /// Takes the installation key though it has one of its own.
        package var isAlwaysInstallable = false
        /// Delivers badges in clear to whoever asks.
        package var answersInClear = false
        /// Says in its capabilities that it has no secure channel.
        package var deniesSecureChannel = false
        /// Refuses the handshake.
        package var refusesSecureChannel = false
        package var answersBadCheck = false
        package var identity = OSDPIdentity(
            vendor: [0xCA, 0x44, 0x6C], model: 1, version: 0, serial: 0x0002_92C7, firmware: [1, 7, 15])
        package var seed: UInt64 = 1

        package init() {}
    }

    /// Badges and key presses kept for the panel.
    package static let queueLimit = 16

    private static let pause = Duration.milliseconds(50)

    package private(set) var traits: Traits
    package private(set) var isSecure = false
    private let cryptography: Cryptography
    private var parser = OSDPFrameParser()
    private var heard = MonotonicTime(nanoseconds: 0)
    private var handshake: (base: OSDPHandshake, readerRandom: [UInt8], type: UInt8)?
    private var channel: OSDPSecureChannel?
    private var sequence: UInt8 = 0
    /// Sent again when the panel asks again.
    private var last: (command: [UInt8], answer: [UInt8])?
    private var queue: [OSDPReply] = []
    private var faults: [Fault] = []
    private var hasTamper = false
    private var late: (at: MonotonicTime, bytes: [UInt8])?
    private var random: UInt64

    package init(traits: Traits, cryptography: Cryptography) {
        self.traits = traits
        self.cryptography = cryptography
        random = traits.seed
    }

    package var deadline: MonotonicTime? { late?.at }

    /// What no poll has fetched yet.
    package var waiting: Int { queue.count }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .received(let bytes):
            // Half a packet does not wait for the other half of another.
            if now.elapsed(since: heard) > Self.pause { parser.reset() }
            heard = now
            return parser.take(bytes).flatMap { result -> [Action] in
                switch result {
                case .frame(let frame): received(frame, at: now)
                case .fault(let fault): complain(fault, at: now)
                }
            }
        case .present(let read): enqueue(.card(reader: 0, read))
        case .type(let keys): enqueue(.keys(reader: 0, SecretBytes(keys)))
        case .tamper(let isOpen):
            hasTamper = isOpen
            enqueue(.localStatus(tamper: isOpen, powerFailure: false))
        case .fail(let fault): faults.append(fault)
        case .restart: forget()
        }
        return []
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let late, now >= late.at else { return [] }
        self.late = nil
        return [.send(late.bytes)]
    }

    private mutating func enqueue(_ reply: OSDPReply) {
        if queue.count < Self.queueLimit { queue.append(reply) }
    }

    private mutating func forget() {
        channel = nil
        handshake = nil
        isSecure = false
        sequence = 0
        last = nil
    }

    // MARK: Commands

    private mutating func complain(_ fault: OSDPFault, at now: MonotonicTime) -> [Action] {
        guard traits.answersBadCheck, fault == .badCRC || fault == .badChecksum else { return [] }
        return [.send(clear(.refused(.badCheck), OSDPFrame.Head(address: traits.address, isReply: true, sequence: 0)))]
    }

    private mutating func received(_ frame: OSDPFrame, at now: MonotonicTime) -> [Action] {
        guard !frame.isReply, frame.address == traits.address else { return [] }
        let fault = faults.isEmpty ? nil : faults.removeFirst()
        if fault == .dropsChannel { forget() }
        if fault == .busy { return [.send(clear(.busy, head(0, frame.check)))] }
        let (answer, actions) = answer(to: frame)
        switch fault {
        case .silent: return actions
        case .late(let wait):
            late = (now + wait, answer)
            return actions
        case .wrongCRC: return actions + [.send(answer.dropLast() + [answer[answer.count - 1] ^ 0x40])]
        case .wrongSequence:
            return actions + [.send(clear(.acknowledged, head(frame.sequence % 3 + 1, frame.check)))]
        case .busy, .dropsChannel, nil: return actions + [.send(answer)]
        }
    }

    private mutating func answer(to frame: OSDPFrame) -> ([UInt8], [Action]) {
        if frame.sequence != 0, let last, last.command == frame.encoded { return (last.answer, []) }
        if frame.sequence == 0 {
            forget()
        } else if frame.sequence != sequence % 3 + 1 {
            forget()
            return (clear(.refused(.wrongSequence), head(frame.sequence, frame.check)), [])
        }
        sequence = frame.sequence
        let (answer, actions) = newAnswer(to: frame)
        last = (frame.encoded, answer)
        return (answer, actions)
    }

    private mutating func newAnswer(to frame: OSDPFrame) -> ([UInt8], [Action]) {
        let head = head(frame.sequence, frame.check)
        if channel != nil {
            guard let data = try? channel?.open(frame) else {
                forget()
                return (clear(.refused(.secureChannelNeeded), head), [])
            }
            let (reply, actions) = reply(to: OSDPCommand(code: frame.code, data: data))
            let sealed = channel?.seal(head, code: reply.code, data: reply.data)
            return (onTheLine(sealed ?? OSDPFrame(head, code: reply.code)), actions)
        }
        guard let command = OSDPCommand(code: frame.code, data: frame.data) else {
            return (clear(.refused(.unknownCommand), head), [])
        }
        switch command {
        case .challenge(let random): return (challenged(random, frame, head), [])
        case .prove(let proof): return (proved(proof, head), [])
        case .identify, .capabilities: break
        default:
            guard traits.answersInClear else { return (clear(.refused(.secureChannelNeeded), head), []) }
        }
        let (reply, actions) = reply(to: command)
        return (clear(reply, head), actions)
    }

    private mutating func reply(to command: OSDPCommand?) -> (OSDPReply, [Action]) {
        switch command {
        case .poll: return (queue.isEmpty ? .acknowledged : queue.removeFirst(), [])
        case .identify: return (.identity(traits.identity), [])
        case .capabilities: return (.capabilities(capabilities), [])
        case .localStatus: return (.localStatus(tamper: hasTamper, powerFailure: false), [])
        case .lamp, .buzzer, .text: return (.acknowledged, command.map { [.show($0)] } ?? [])
        case .setKey(let key):
            guard isSecure else { return (.refused(.secureChannelNeeded), []) }
            traits.key = key
            return (.acknowledged, [.takeKey(key)])
        case .setCommunication(let address, let speed): return (.communication(address: address, speed: speed), [])
        case .challenge, .prove, nil: return (.refused(.unknownCommand), [])
        }
    }

    private var capabilities: [OSDPCapability] {
        let secure: UInt8 = traits.deniesSecureChannel ? 0 : 1
        return [
            OSDPCapability(function: OSDPCapability.lamp, compliance: 4, count: 1),
            OSDPCapability(function: OSDPCapability.buzzer, compliance: 2, count: 1),
            OSDPCapability(function: OSDPCapability.text, compliance: 1, count: 1),
            OSDPCapability(function: OSDPCapability.secureChannel, compliance: secure, count: secure),
        ]
    }

    // MARK: Handshake

    private mutating func challenged(_ panelRandom: [UInt8], _ frame: OSDPFrame, _ head: OSDPFrame.Head) -> [UInt8] {
        guard !traits.refusesSecureChannel, let type = frame.securityBlock?.data.first else {
            return clear(.refused(.secureChannelNeeded), head)
        }
        let isInstallable = traits.key == nil || traits.isAlwaysInstallable
        guard type == 0 ? isInstallable : true else { return clear(.refused(.secureChannelNeeded), head) }
        let installationKey = SecretBytes(Array(0x30...0x3F))
        let key = type == 0 ? installationKey : traits.key ?? installationKey
        let used: UInt8 = type == 1 && traits.key == nil ? 0 : type
        let base = OSDPHandshake(baseKey: key, panelRandom: panelRandom, using: cryptography)
        let readerRandom = (0..<8).map { _ in nextRandom() }
        handshake = (base, readerRandom, used)
        let reply = OSDPReply.challenge(
            uniqueID: Array(traits.identity.data.prefix(8)), random: readerRandom,
            cryptogram: base.readerCryptogram(readerRandom: readerRandom))
        return onTheLine(
            OSDPFrame(
                head, securityBlock: OSDPFrame.SecurityBlock(type: 0x12, data: [used]), code: reply.code,
                data: reply.data))
    }

    private mutating func proved(_ proof: [UInt8], _ head: OSDPFrame.Head) -> [UInt8] {
        guard let handshake, proof == handshake.base.panelCryptogram(readerRandom: handshake.readerRandom) else {
            return clear(.refused(.secureChannelNeeded), head)
        }
        let mac = handshake.base.initialMAC(readerRandom: handshake.readerRandom)
        channel = OSDPSecureChannel(role: .reader, handshake: handshake.base, initialMAC: mac, using: cryptography)
        isSecure = true
        return onTheLine(
            OSDPFrame(
                head, securityBlock: OSDPFrame.SecurityBlock(type: 0x14, data: [1]),
                code: OSDPReply.initialMAC(mac).code, data: mac))
    }

    // MARK: Packets

    private func head(_ sequence: UInt8, _ check: OSDPFrame.Check) -> OSDPFrame.Head {
        OSDPFrame.Head(address: traits.address, isReply: true, sequence: sequence, check: check)
    }

    private func clear(_ reply: OSDPReply, _ head: OSDPFrame.Head) -> [UInt8] {
        onTheLine(OSDPFrame(head, code: reply.code, data: reply.data))
    }

    private func onTheLine(_ frame: OSDPFrame) -> [UInt8] { [OSDPFrame.mark] + frame.encoded }

    /// Sebastiano Vigna's splitmix64: a seed names a run.
    private mutating func nextRandom() -> UInt8 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var mixed = random
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt8(truncatingIfNeeded: mixed ^ (mixed >> 31))
    }
}
