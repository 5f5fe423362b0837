// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What a control panel asks of a reader (SIA OSDP v2.2, clause 6), as far as we need it.
package enum OSDPCommand: Hashable, Sendable {
    case poll
    case identify
    case capabilities
    case localStatus
    case lamp(Lamp)
    case buzzer(Buzzer)
    case text(Text)
    case setCommunication(address: UInt8, speed: UInt32)
    case setKey(SecretBytes)
    /// The panel's random number, 8 bytes.
    case challenge([UInt8])
    /// The panel's proof that it has the key, 16 bytes.
    case prove([UInt8])

    package enum Color: UInt8, Sendable { case off, red, green, amber, blue, magenta, cyan, white }

    /// One lamp for a while or for good. Times are in steps of 100 ms.
    package struct Lamp: Hashable, Sendable {
        package let color: Color
        /// Lit and dark; a dark time of 0 is a steady light.
        package let lit: UInt8
        package let dark: UInt8
        /// `nil`: until the next command.
        package let time: UInt16?

        package init(color: Color, lit: UInt8 = 10, dark: UInt8 = 0, time: UInt16?) {
            self.color = color
            self.lit = lit
            self.dark = dark
            self.time = time
        }
    }

    /// Tones of the reader's own pitch. Times are in steps of 100 ms.
    package struct Buzzer: Hashable, Sendable {
        package let on: UInt8
        package let off: UInt8
        package let count: UInt8

        package init(on: UInt8, off: UInt8, count: UInt8) {
            self.on = on
            self.off = off
            self.count = count
        }
    }

    package struct Text: Hashable, Sendable {
        package static let limit = 32

        /// Printable ASCII.
        package let characters: [UInt8]
        /// `nil`: until the next command.
        package let seconds: UInt8?

        package init(_ text: String, seconds: UInt8?) {
            precondition(text.utf8.count <= Self.limit, "a reader's display is small")
            characters = Array(text.utf8)
            self.seconds = seconds
        }
    }

    package var code: UInt8 {
        switch self {
        case .poll: 0x60
        case .identify: 0x61
        case .capabilities: 0x62
        case .localStatus: 0x64
        case .lamp: 0x69
        case .buzzer: 0x6A
        case .text: 0x6B
        case .setCommunication: 0x6E
        case .setKey: 0x75
        case .challenge: 0x76
        case .prove: 0x77
        }
    }

    package var data: [UInt8] {
        switch self {
        case .poll, .localStatus: []
        case .identify, .capabilities: [0]
        case .lamp(let lamp): lamp.data
        case .buzzer(let buzzer): [0, 2, buzzer.on, buzzer.off, buzzer.count]
        case .text(let text):
            [0, text.seconds == nil ? 1 : 3, text.seconds ?? 0, 1, 1, UInt8(text.characters.count)] + text.characters
        case .setCommunication(let address, let speed): [address] + speed.bigEndianBytes.reversed()
        case .setKey(let key): [1, UInt8(key.revealed.count)] + key.revealed
        case .challenge(let bytes), .prove(let bytes): bytes
        }
    }

    /// The reader's side of ``data``; `nil` for what we do not know or what is malformed.
    package init?(code: UInt8, data: [UInt8]) {
        switch (code, data.count) {
        case (0x60, 0): self = .poll
        case (0x61, 0...1): self = .identify
        case (0x62, 0...1): self = .capabilities
        case (0x64, 0): self = .localStatus
        case (0x69, 14):
            guard let lamp = Lamp(data) else { return nil }
            self = .lamp(lamp)
        case (0x6A, 5): self = .buzzer(Buzzer(on: data[2], off: data[3], count: data[4]))
        case (0x6B, 6...(6 + Text.limit)):
            guard Int(data[5]) == data.count - 6, (1...4).contains(data[1]) else { return nil }
            let text = String(decoding: data.dropFirst(6), as: Unicode.ASCII.self)
            guard text.utf8.count == data.count - 6 else { return nil }
            self = .text(Text(text, seconds: data[1] >= 3 ? data[2] : nil))
        case (0x6E, 5):
            let speed = data[1...].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            self = .setCommunication(address: data[0], speed: speed)
        case (0x75, 2...):
            guard Int(data[1]) == data.count - 2 else { return nil }
            self = .setKey(SecretBytes(Array(data.dropFirst(2))))
        case (0x76, 8): self = .challenge(data)
        case (0x77, 16): self = .prove(data)
        default: return nil
        }
    }

    /// The standard's name of any command, known to us or not.
    package static func name(of code: UInt8) -> String {
        switch code {
        case 0x60: "POLL"
        case 0x61: "ID"
        case 0x62: "CAP"
        case 0x64: "LSTAT"
        case 0x65: "ISTAT"
        case 0x66: "OSTAT"
        case 0x67: "RSTAT"
        case 0x68: "OUT"
        case 0x69: "LED"
        case 0x6A: "BUZ"
        case 0x6B: "TEXT"
        case 0x6C: "RMODE"
        case 0x6D: "TDSET"
        case 0x6E: "COMSET"
        case 0x73: "BIOREAD"
        case 0x74: "BIOMATCH"
        case 0x75: "KEYSET"
        case 0x76: "CHLNG"
        case 0x77: "SCRYPT"
        case 0x7B: "ACURXSIZE"
        case 0x7C: "FILETRANSFER"
        case 0x80: "MFG"
        case 0xA1: "XWR"
        case 0xA2: "ABORT"
        case 0xA3: "PIVDATA"
        case 0xA4: "GENAUTH"
        case 0xA5: "CRAUTH"
        case 0xA7: "KEEPACTIVE"
        default: "command \(String(code, radix: 16, uppercase: true))"
        }
    }
}

extension OSDPCommand.Lamp {
    /// Reader 0, lamp 0; first the record of a temporary light, then of a permanent one (6.10).
    fileprivate var data: [UInt8] {
        guard let time else {
            // The permanent light shows only once the temporary one is cancelled.
            return [0, 0, 1, 0, 0, 0, 0, 0, 0, 1, lit, dark, color.rawValue, 0]
        }
        return [
            0, 0, 2, lit, dark, color.rawValue, 0, UInt8(truncatingIfNeeded: time), UInt8(time >> 8), 0, 0, 0, 0, 0,
        ]
    }

    fileprivate init?(_ data: [UInt8]) {
        let isTemporary = data[2] == 2
        guard let color = OSDPCommand.Color(rawValue: isTemporary ? data[5] : data[12]) else { return nil }
        self.init(
            color: color, lit: isTemporary ? data[3] : data[10], dark: isTemporary ? data[4] : data[11],
            time: isTemporary ? UInt16(data[7]) | UInt16(data[8]) << 8 : nil)
    }
}
