// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import Primitives
import ReaderMachines
import SimDevices
import SimRandom

/// A control panel and its readers on one pair of wires, with noise and somebody who listens. Jumps from deadline to
/// deadline.
struct OSDPLine {
    struct Noise {
        /// Of a thousand packets so many are disturbed: a wrong bit, a lost or foreign byte, a cut, or nothing left.
        var disturbed = 0
    }

    var panel: OSDPControlPanel
    var readers: [SimOSDPReader]
    var noise = Noise()
    /// The wires are cut: nothing arrives, not even what is on the way.
    var isCut = false { didSet { onTheWay = [] } }
    /// Bytes that an attacker puts on the wire instead of a reader's.
    var forge: (@Sendable ([UInt8]) -> [UInt8])?
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private(set) var actions: [OSDPControlPanel.Action] = []
    private(set) var shown: [OSDPCommand] = []
    private(set) var keys: [SecretBytes] = []
    /// All packets as a listener sees them.
    private(set) var wire: [OSDPFrame] = []
    private(set) var questions = 0
    private(set) var violations: [String] = []
    private var random: SplitMix
    private var onTheWay: [(at: MonotonicTime, bytes: [UInt8], isReply: Bool)] = []
    private var askedAt: MonotonicTime?
    private var listener = OSDPFrameParser()

    static let transit = Duration.milliseconds(3)

    init(
        _ settings: [OSDPReaderSetting], readers: [SimOSDPReader.Traits], seed: UInt64 = 1,
        limits: OSDPControlPanel.Limits = OSDPControlPanel.Limits()
    ) {
        panel = OSDPControlPanel(readers: settings, cryptography: .openSSL, limits: limits)
        self.readers = readers.map { SimOSDPReader(traits: $0, cryptography: .openSSL) }
        random = SplitMix(seed: seed)
    }

    /// One reader, with the same key on both sides unless told otherwise.
    static func secure(
        key: OSDPBaseKey = OSDPLine.key, seed: UInt64 = 1, _ change: (inout SimOSDPReader.Traits) -> Void = { _ in }
    ) -> OSDPLine {
        var traits = SimOSDPReader.Traits()
        traits.key = key.bytes
        change(&traits)
        return OSDPLine(
            [OSDPReaderSetting(address: traits.address, security: .key(key))], readers: [traits], seed: seed)
    }

    static let key: OSDPBaseKey = {
        let bytes: [UInt8] = [
            0x5A, 0x13, 0xC7, 0x00, 0x91, 0x6E, 0xFF, 0x42, 0x08, 0xB3, 0x77, 0x2C, 0xE5, 0x19, 0xA0, 0x64,
        ]
        guard let key = try? OSDPBaseKey(SecretBytes(bytes)) else { preconditionFailure("a good key") }
        return key
    }()

    static func badge(_ number: UInt64) -> RawRead {
        RawRead(technology: .unknown, bits: BitString(value: UInt128(number), count: 37)!)
    }

    // MARK: Running

    mutating func open() { perform(panel.handle(.opened, at: now)) }

    mutating func handle(_ event: OSDPControlPanel.Event) { perform(panel.handle(event, at: now)) }

    mutating func reader(_ index: Int = 0, _ event: SimOSDPReader.Event) {
        let reader = readers[index]
        perform(readers[index].handle(event, at: now), of: reader)
    }

    mutating func run(for duration: Duration) {
        let end = now + duration
        while let next = nextTime, next <= end {
            now = max(now, next)
            if let index = onTheWay.indices.first(where: { onTheWay[$0].at <= now }) {
                let packet = onTheWay.remove(at: index)
                packet.isReply ? perform(panel.handle(.bytes(packet.bytes), at: now)) : hear(packet.bytes)
            } else if let index = readers.firstIndex(where: { $0.deadline.map { $0 <= now } ?? false }) {
                let reader = readers[index]
                perform(readers[index].tick(at: now), of: reader)
            } else {
                perform(panel.tick(at: now))
            }
        }
        now = end
    }

    private var nextTime: MonotonicTime? {
        ([panel.deadline] + readers.map(\.deadline) + onTheWay.map(\.at)).compactMap(\.self).min()
    }

    private mutating func hear(_ bytes: [UInt8]) {
        for index in readers.indices {
            let reader = readers[index]
            perform(readers[index].handle(.received(bytes), at: now), of: reader)
        }
    }

    private mutating func perform(_ new: [OSDPControlPanel.Action]) {
        actions += new
        for action in new {
            switch action {
            case .send(let bytes):
                // Half duplex: not before the answer has come or the time for it is over.
                if let askedAt, now.elapsed(since: askedAt) < .milliseconds(200) { violations.append("two questions") }
                askedAt = now
                questions += 1
                put(bytes, isReply: false)
            case .needRandom(let count):
                let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                perform(panel.handle(.random(bytes), at: now))
            case .deliver, .key, .drop, .online, .trouble, .installed: break
            }
        }
    }

    private mutating func perform(_ new: [SimOSDPReader.Action], of reader: SimOSDPReader) {
        for action in new {
            switch action {
            case .send(let bytes):
                askedAt = nil
                put(forge?(bytes) ?? bytes, isReply: true)
            case .show(let command): shown.append(command)
            case .takeKey(let key): keys.append(key)
            }
        }
    }

    private mutating func put(_ bytes: [UInt8], isReply: Bool) {
        for case .frame(let frame) in listener.take(bytes) { wire.append(frame) }
        if !isCut { onTheWay.append((now + Self.transit, disturb(bytes), isReply)) }
    }

    private mutating func disturb(_ bytes: [UInt8]) -> [UInt8] {
        guard below(1000) < noise.disturbed, !bytes.isEmpty else { return bytes }
        var bytes = bytes
        let place = below(bytes.count)
        switch below(5) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(below(256)), at: place)
        case 3: bytes = Array(bytes.prefix(place))
        default: bytes = []
        }
        return bytes
    }

    private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    // MARK: Looking

    var reads: [RawRead] { actions.compactMap { if case .deliver(_, let read) = $0 { read } else { nil } } }

    var typed: [Keypad.Action] { actions.compactMap { if case .key(_, let key) = $0 { key } else { nil } } }

    var troubles: [OSDPTrouble] {
        actions.compactMap { if case .trouble(_, let trouble) = $0 { trouble } else { nil } }
    }

    var online: [String] { actions.compactMap { if case .online(_, let text) = $0 { text } else { nil } } }

    var installed: [OSDPBaseKey] {
        actions.compactMap { if case .installed(_, let key) = $0 { key } else { nil } }
    }

    func drops(_ fault: OSDPFault) -> Int {
        actions.count { if case .drop(_, fault) = $0 { true } else { false } }
    }

    /// What passed in clear besides finding a reader and making a channel.
    var leaks: [OSDPFrame] {
        let harmless: Set<UInt8> = [0x61, 0x76, 0x77]
        let harmlessReplies: Set<UInt8> = [0x40, 0x41, 0x45, 0x76, 0x78, 0x79]
        return wire.filter { frame in
            let isSealed = frame.securityBlock.map { $0.type >= 0x15 } ?? false
            return !isSealed && !(frame.isReply ? harmlessReplies : harmless).contains(frame.code)
        }
    }

    mutating func forget() {
        actions = []
        wire = []
        shown = []
        questions = 0
    }
}
