// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives

/// What a reader answers (SIA OSDP v2.2, clause 7), as far as we need it. Replies that we do not know are no fault.
package enum OSDPReply: Hashable, Sendable {
    case acknowledged
    case refused(Refusal)
    case identity(OSDPIdentity)
    case capabilities([OSDPCapability])
    /// Whether the housing is open, whether the supply fails.
    case localStatus(tamper: Bool, powerFailure: Bool)
    case card(reader: UInt8, RawRead)
    case keys(reader: UInt8, SecretBytes)
    case communication(address: UInt8, speed: UInt32)
    /// The reader's unique number, its random number and its proof that it has the key.
    case challenge(uniqueID: [UInt8], random: [UInt8], cryptogram: [UInt8])
    case initialMAC([UInt8])
    case busy
    case other(UInt8)

    /// The first byte of a NAK.
    package struct Refusal: RawRepresentable, Hashable, Sendable {
        package static let badCheck = Refusal(rawValue: 1)
        package static let badLength = Refusal(rawValue: 2)
        package static let unknownCommand = Refusal(rawValue: 3)
        package static let wrongSequence = Refusal(rawValue: 4)
        package static let noSecureChannel = Refusal(rawValue: 5)
        package static let secureChannelNeeded = Refusal(rawValue: 6)

        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    package static let acknowledgedCode: UInt8 = 0x40
    package static let busyCode: UInt8 = 0x79
    package static let refusedCode: UInt8 = 0x41

    package init(code: UInt8, data: [UInt8]) throws(OSDPFault) {
        func expect(_ count: Int) throws(OSDPFault) {
            guard data.count == count else { throw .badLength }
        }
        switch code {
        case Self.acknowledgedCode: self = .acknowledged
        case Self.refusedCode:
            guard let reason = data.first else { throw .badLength }
            self = .refused(Refusal(rawValue: reason))
        case 0x45: self = .identity(try OSDPIdentity(data))
        case 0x46:
            guard data.count.isMultiple(of: 3) else { throw .badLength }
            self = .capabilities(
                stride(from: 0, to: data.count, by: 3).map {
                    OSDPCapability(function: data[$0], compliance: data[$0 + 1], count: data[$0 + 2])
                })
        case 0x48:
            try expect(2)
            self = .localStatus(tamper: data[0] != 0, powerFailure: data[1] != 0)
        case 0x50: self = .card(reader: data.first ?? 0, try Self.read(data))
        case 0x53:
            guard data.count >= 2, Int(data[1]) == data.count - 2 else { throw .badLength }
            self = .keys(reader: data[0], SecretBytes(Array(data.dropFirst(2))))
        case 0x54:
            try expect(5)
            let speed = data[1...].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            self = .communication(address: data[0], speed: speed)
        case 0x76:
            try expect(32)
            self = .challenge(
                uniqueID: Array(data[..<8]), random: Array(data[8..<16]), cryptogram: Array(data[16...]))
        case 0x78:
            try expect(16)
            self = .initialMAC(data)
        case Self.busyCode: self = .busy
        default: self = .other(code)
        }
    }

    package var code: UInt8 {
        switch self {
        case .acknowledged: Self.acknowledgedCode
        case .refused: Self.refusedCode
        case .identity: 0x45
        case .capabilities: 0x46
        case .localStatus: 0x48
        case .card: 0x50
        case .keys: 0x53
        case .communication: 0x54
        case .challenge: 0x76
        case .initialMAC: 0x78
        case .busy: Self.busyCode
        case .other(let code): code
        }
    }

    package var data: [UInt8] {
        switch self {
        case .acknowledged, .busy, .other: []
        case .refused(let reason): [reason.rawValue]
        case .identity(let identity): identity.data
        case .capabilities(let list): list.flatMap { [$0.function, $0.compliance, $0.count] }
        case .localStatus(let tamper, let powerFailure): [tamper ? 1 : 0, powerFailure ? 1 : 0]
        case .card(let reader, let read): Self.data(of: read, reader: reader)
        case .keys(let reader, let keys): [reader, UInt8(keys.revealed.count)] + keys.revealed
        case .communication(let address, let speed): [address] + speed.bigEndianBytes.reversed()
        case .challenge(let uniqueID, let random, let cryptogram): uniqueID + random + cryptogram
        case .initialMAC(let mac): mac
        }
    }

    /// The standard's name of any reply, known to us or not.
    package static func name(of code: UInt8) -> String {
        switch code {
        case 0x40: "ACK"
        case 0x41: "NAK"
        case 0x45: "PDID"
        case 0x46: "PDCAP"
        case 0x48: "LSTATR"
        case 0x49: "ISTATR"
        case 0x4A: "OSTATR"
        case 0x4B: "RSTATR"
        case 0x50: "RAW"
        case 0x51: "FMT"
        case 0x53: "KEYPAD"
        case 0x54: "COM"
        case 0x57: "BIOREADR"
        case 0x58: "BIOMATCHR"
        case 0x76: "CCRYPT"
        case 0x78: "RMAC_I"
        case 0x79: "BUSY"
        case 0x7A: "FTSTAT"
        case 0x80: "PIVDATAR"
        case 0x81: "GENAUTHR"
        case 0x82: "CRAUTHR"
        case 0x83: "MFGSTATR"
        case 0x84: "MFGERRR"
        case 0x90: "MFGREP"
        case 0xB1: "XRD"
        default: "reply \(String(code, radix: 16, uppercase: true))"
        }
    }
}

// MARK: - Badges

extension OSDPReply {
    private static let textFormat: UInt8 = 2

    /// Reader, format, number of bits (two bytes, low one first; some readers send one), bits with the first one on
    /// top of the first byte. What medium it was no reader tells here.
    private static func read(_ data: [UInt8]) throws(OSDPFault) -> RawRead {
        guard data.count >= 4 else { throw .badLength }
        let long = (count: Int(data[2]) | Int(data[3]) << 8, bytes: data[4...])
        let short = (count: Int(data[2]), bytes: data[3...])
        guard let (count, bytes) = [long, short].first(where: { ($0.count + 7) / 8 == $0.bytes.count }), count > 0
        else { throw .badBitCount }
        if data[1] == textFormat {
            guard count.isMultiple(of: 8) else { throw .badBitCount }
            guard count <= 8 * RawRead.textLimit else { throw .tooLong }
            guard let read = RawRead(technology: .unknown, text: Array(bytes)) else { throw .notPrintable }
            return read
        }
        guard count <= BitString.limit else { throw .tooLong }
        let padding = UInt128(8 * bytes.count - count)
        let value = bytes.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        guard value & ((1 << padding) - 1) == 0 else { throw .notLeftJustified }
        guard let bits = BitString(value: value >> padding, count: count) else { throw .badBitCount }
        return RawRead(technology: .unknown, bits: bits)
    }

    private static func data(of read: RawRead, reader: UInt8) -> [UInt8] {
        func head(_ format: UInt8, _ count: Int) -> [UInt8] {
            [reader, format, UInt8(truncatingIfNeeded: count), UInt8(count >> 8)]
        }
        switch read.content {
        case .text(let text): return head(textFormat, 8 * text.revealed.count) + text.revealed
        case .bits(let bits):
            let byteCount = (bits.count + 7) / 8
            let value = bits.value << UInt128(8 * byteCount - bits.count)
            return head(1, bits.count) + value.bigEndianBytes.suffix(byteCount)
        }
    }
}

// MARK: - What a reader is

/// PDID.
package struct OSDPIdentity: Hashable, Sendable {
    /// The first three bytes of the maker's Ethernet addresses.
    package let vendor: [UInt8]
    package let model: UInt8
    package let version: UInt8
    package let serial: UInt32
    package let firmware: [UInt8]

    init(_ data: [UInt8]) throws(OSDPFault) {
        guard data.count == 12 else { throw .badLength }
        vendor = Array(data[..<3])
        model = data[3]
        version = data[4]
        serial = data[5..<9].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        firmware = Array(data[9...])
    }

    package init(vendor: [UInt8], model: UInt8, version: UInt8, serial: UInt32, firmware: [UInt8]) {
        precondition(vendor.count == 3 && firmware.count == 3, "vendor and firmware have 3 bytes each")
        self.vendor = vendor
        self.model = model
        self.version = version
        self.serial = serial
        self.firmware = firmware
    }

    package var data: [UInt8] { vendor + [model, version] + serial.bigEndianBytes.reversed() + firmware }
}

extension OSDPIdentity: CustomStringConvertible {
    package var description: String {
        let vendor = vendor.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
        let firmware = firmware.map { "\($0)" }.joined(separator: ".")
        return "vendor \(vendor) model \(model).\(version) serial \(serial) firmware \(firmware)"
    }
}

/// One entry of PDCAP.
package struct OSDPCapability: Hashable, Sendable {
    package static let lamp: UInt8 = 4
    package static let buzzer: UInt8 = 5
    package static let text: UInt8 = 6
    package static let secureChannel: UInt8 = 9

    package let function: UInt8
    package let compliance: UInt8
    package let count: UInt8

    package init(function: UInt8, compliance: UInt8, count: UInt8) {
        self.function = function
        self.compliance = compliance
        self.count = count
    }
}
