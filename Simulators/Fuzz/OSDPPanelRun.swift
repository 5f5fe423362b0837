// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimDevices

/// A control panel with two readers, one with a key and one without, on a line where anything may happen.
struct OSDPPanelRun {
    private static let keyed: UInt8 = 1
    private static let plain: UInt8 = 2
    private static let key = SecretBytes([
        0x3F, 0x9A, 0x01, 0xC7, 0x55, 0xE2, 0x6B, 0x18, 0xD4, 0x70, 0x2E, 0xB9, 0x8C, 0x47, 0xF3, 0x0D,
    ])
    /// What may be held to the reader with the key; nothing else may ever come from there.
    private static let badge = BitString(value: 0x204_4F1, count: 26).map {
        RawRead(technology: .proximity, bits: $0)
    }

    private var panel: OSDPControlPanel
    private var devices: [SimOSDPReader]
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var sent: OSDPFrame?
    private var answer: [UInt8] = []
    private var draws: UInt8 = 0

    private init() throws(Finding) {
        guard let key = try? OSDPBaseKey(Self.key) else { throw Finding("the fuzzer's own key is a good one") }
        panel = OSDPControlPanel(
            readers: [
                OSDPReaderSetting(address: Self.keyed, security: .key(key)),
                OSDPReaderSetting(address: Self.plain, security: .off),
            ], cryptography: ToyCryptography.functions)
        devices = [Self.keyed, Self.plain].map { address in
            var traits = SimOSDPReader.Traits()
            traits.address = address
            traits.key = address == Self.keyed ? Self.key : nil
            return SimOSDPReader(traits: traits, cryptography: ToyCryptography.functions)
        }
    }

    static func check(_ input: inout FuzzInput) throws(Finding) {
        var run = try OSDPPanelRun()
        try run.feed(.opened)
        while !input.isEmpty { try run.step(&input) }
    }

    private mutating func step(_ input: inout FuzzInput) throws(Finding) {
        switch input.byte() % 10 {
        case 0: try wait(.milliseconds(Int(input.byte())))
        case 1: try feed(.bytes(input.piece()))
        case 2: try forge(&input)
        case 3, 4: try passAnswer()
        case 5:
            let place = Int(input.byte())
            let bit = input.byte() & 7
            if !answer.isEmpty { answer[place % answer.count] ^= 1 << bit }
            try passAnswer()
        case 6:
            let signal = ReaderSignal.allCases[input.number(below: ReaderSignal.allCases.count)]
            try feed(.signal(address: input.byte() & 3, signal))
        case 7: try feed(.install(address: input.byte() & 3, until: now + .seconds(60)))
        case 8:
            guard let badge = Self.badge else { return }
            let index = input.number(below: 2)
            _ = devices[index].handle(.present(badge), at: now)
        default:
            try feed(.closed)
            answer = []
            try feed(.opened)
        }
    }

    /// What the reader that was asked really says.
    private mutating func passAnswer() throws(Finding) {
        let bytes = answer
        answer = []
        if bytes.isEmpty { try wait(.milliseconds(300)) } else { try feed(.bytes(bytes)) }
    }

    /// A packet with right check bytes, as anybody on the line can make.
    private mutating func forge(_ input: inout FuzzInput) throws(Finding) {
        let flags = input.byte()
        let address = sent?.address ?? Self.keyed
        let head = OSDPFrame.Head(
            address: flags & 1 == 0 ? address : address ^ 3, isReply: flags & 2 == 0,
            sequence: flags & 4 == 0 ? sent?.sequence ?? 0 : flags >> 6, check: flags & 8 == 0 ? .crc : .checksum)
        let type = 0x10 + (input.byte() & 0x0F)
        let block = flags & 16 == 0 ? nil : OSDPFrame.SecurityBlock(type: type, data: input.bytes(1))
        let mac =
            (0x15...0x18).contains(type) && block != nil ? [UInt8](repeating: flags, count: OSDPFrame.macCount) : []
        let frame = OSDPFrame(head, securityBlock: block, code: input.byte(), data: input.piece(), mac: mac)
        try feed(.bytes(frame.encoded))
    }

    /// Like random bytes, so that keys made of them are good ones; the same in every run.
    private mutating func draw(_ count: Int) -> [UInt8] {
        draws &+= 1
        return Array(ToyCryptography.functions.sha256([draws]).prefix(count))
    }

    private mutating func wait(_ time: Duration) throws(Finding) {
        let end = now + time
        while let deadline = panel.deadline, deadline <= end {
            now = max(now, deadline)
            try look(panel.tick(at: now))
            try demand(panel.deadline.map { $0 > now } ?? true, "a deadline that has passed is over")
        }
        now = end
    }

    private mutating func feed(_ event: OSDPControlPanel.Event) throws(Finding) {
        try look(panel.handle(event, at: now))
    }

    private mutating func look(_ actions: [OSDPControlPanel.Action]) throws(Finding) {
        for action in actions {
            switch action {
            case .send(let bytes): try ask(bytes)
            case .deliver(let address, let read):
                try CredentialChecks.look(read)
                try demand(
                    address != Self.keyed || read.content == Self.badge?.content,
                    "a reader with a key delivers nothing but what was held to it")
            case .needRandom(let count):
                try demand((1...32).contains(count), "randomness is asked for in small pieces")
                try feed(.random(draw(count)))
            case .online(_, let text):
                try demand(text.utf8.isPrintable && text.utf8.count <= 255, "what a reader says of itself is printable")
            case .key, .drop, .trouble, .installed: break
            }
        }
    }

    private mutating func ask(_ bytes: [UInt8]) throws(Finding) {
        guard bytes.first == OSDPFrame.mark, let frame = try? OSDPFrame(decoding: bytes.dropFirst()) else {
            throw Finding("the panel sends whole packets")
        }
        try demand(!frame.isReply, "the panel asks and does not answer")
        sent = frame
        answer = []
        for index in devices.indices {
            for case .send(let reply) in devices[index].handle(.received(bytes), at: now) { answer += reply }
        }
    }
}
