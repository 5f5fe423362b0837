// SPDX-License-Identifier: Apache-2.0

import Credentials
import Ops
import Primitives

/// Input that is no read, in a word for scripts and in a sentence for people. It never repeats the input.
struct DecodeFault: Error, Hashable {
    let reason: String
    let detail: String

    init(_ reason: String, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}

/// What was understood of the input, before it is interpreted.
struct DecodeInput: Hashable {
    /// `nil` when the input carries none, like most OSDP frames.
    var read: RawRead?
    /// Two data lines were between badge and read.
    var isWired = false
    /// How digits or letters that were typed are meant.
    var meaning: Meaning?
    var keys: String?
    /// The parts of an OSDP frame.
    var frame: Frame?
    var steps: [String] = []

    enum Meaning: String, CaseIterable {
        case decimal
        case hex
    }

    struct Frame: Hashable {
        let address: UInt8
        let isReply: Bool
        let sequence: UInt8
        let name: String
    }
}

/// One way to give `lanyard decode` its input. Another one is another row.
struct DecodeSource: Sendable {
    let option: String
    let value: String
    let help: String
    let take: @Sendable (_ text: String, _ use: Invocation) throws -> DecodeInput

    static let all: [DecodeSource] = [
        DecodeSource(option: "--wiegand", value: "BITS", help: "Bits of a Wiegand line, 0 and 1, first bit first.") {
            text, _ in try wiegand(text)
        },
        DecodeSource(
            option: "--hid-raw", value: "HEX",
            help: "A proximity read with HID's header and sentinel, or the 24 digits of an AWID badge."
        ) { text, _ in try proximity(text) },
        DecodeSource(option: "--pacs", value: "HEX", help: "A count of filler bits, then the bits (HID, OMNIKEY).") {
            text, _ in try unwrap(text, "a count of filler bits and the bits", ProximityCode.pacs)
        },
        DecodeSource(
            option: "--serial", value: "KIND HEX",
            help: "One frame of a serial reader; kinds are \(DecodeDriver.serialKinds.joined(separator: ", "))."
        ) { kind, use in
            guard let hex = use.arguments.operands.first else { throw use.usage("--serial needs KIND and HEX") }
            return try DecodeDriver.serial(kind, bytes(hex))
        },
        DecodeSource(option: "--osdp", value: "HEX", help: "One OSDP frame, a command or a reply.") { text, _ in
            try DecodeDriver.osdp(bytes(text))
        },
        DecodeSource(option: "--twn4", value: "TEXT", help: "One response line of the TWN4 Simple Protocol.") {
            text, _ in try DecodeDriver.twn4(text)
        },
        DecodeSource(
            option: "--keys", value: "TEXT", help: "What a keyboard reader typed; see --as."
        ) { text, use in
            let meaning = try use.arguments.value("--as").map { word in
                guard let meaning = DecodeInput.Meaning(rawValue: word) else {
                    throw use.usage("--as is decimal or hex")
                }
                return meaning
            }
            return try keys(text, as: meaning)
        },
        DecodeSource(
            option: "--reports", value: "FILE", help: "Raw HID reports, one in hexadecimal a line; with --device."
        ) { file, use in try DecodeDriver.reports(file, use) },
        DecodeSource(
            option: "--track", value: "TEXT", help: "Magnetic tracks with their sentinels, or the bits of one track."
        ) { text, _ in try track(text) },
        DecodeSource(option: "--uid", value: "HEX", help: "A chip's serial number, its bytes in reading order.") {
            text, _ in try uid(text)
        },
    ]

    private static func wiegand(_ text: String) throws(DecodeFault) -> DecodeInput {
        guard text.utf8.allSatisfy({ $0 == 0x30 || $0 == 0x31 }), !text.isEmpty else {
            throw DecodeFault("not-bits", "a Wiegand read is written with 0 and 1 only")
        }
        guard let bits = BitString(binary: Array(text.utf8)) else {
            throw DecodeFault("too-long", "a read has at most \(BitString.limit) bits")
        }
        var input = DecodeInput(read: RawRead(technology: .proximity, bits: bits), isWired: true)
        input.steps = ["\(bits.count) bits came over a Wiegand line"]
        input.keys = DecodeDriver.wiegandKey(bits)
        return input
    }

    private static func proximity(_ text: String) throws(DecodeFault) -> DecodeInput {
        let digits = text.filter { $0 != " " }
        if digits.utf8.count == 24, digits.hasPrefix("01"), let bits = try? ProximityCode.awid(Array(digits.utf8)) {
            var input = DecodeInput(read: RawRead(technology: .proximity, bits: bits))
            input.steps = ["AWID: preamble, 22 parity bits and the length taken off: \(bits.count) bits"]
            return input
        }
        return try unwrap(text, "HID's header and sentinel", ProximityCode.header)
    }

    private static func unwrap(
        _ text: String, _ what: String, _ code: ([UInt8]) throws(ProximityCode.Fault) -> BitString
    ) throws(DecodeFault) -> DecodeInput {
        do throws(ProximityCode.Fault) {
            let bits = try code(Array(text.filter { $0 != " " }.utf8))
            var input = DecodeInput(read: RawRead(technology: .proximity, bits: bits))
            input.steps = ["\(what) taken off: \(bits.count) bits"]
            return input
        } catch {
            throw DecodeFault(error.word, error.description)
        }
    }

    /// Hexadecimal digits, with blanks, colons or hyphens between bytes or not.
    static func bytes(_ text: String) throws(DecodeFault) -> [UInt8] {
        let digits = text.utf8.filter { !" :-".utf8.contains($0) }
        guard let bytes = Hexadecimal.bytes(of: digits), !bytes.isEmpty else {
            throw DecodeFault("not-hex", "bytes are written with two hexadecimal digits each")
        }
        return bytes
    }

    private static func keys(_ text: String, as meaning: DecodeInput.Meaning?) throws(DecodeFault) -> DecodeInput {
        var typed = Array(text.utf8)
        while let last = typed.last, [0x0D, 0x0A, 0x09].contains(last) { typed.removeLast() }
        guard let read = RawRead(technology: .wedge, text: typed) else {
            throw DecodeFault(
                typed.isEmpty ? "empty" : "not-printable",
                "a keyboard reader types 1 to \(RawRead.textLimit) printable ASCII characters")
        }
        switch meaning {
        case .decimal where !typed.allSatisfy { (0x30...0x39).contains($0) }:
            throw DecodeFault("not-a-digit", "with --as decimal only digits may be typed")
        case .hex where BitString(hex: typed) == nil:
            throw DecodeFault("not-hex", "with --as hex 1 to \(BitString.limit / 4) hexadecimal digits may be typed")
        default: break
        }
        var input = DecodeInput(read: read, meaning: meaning)
        input.steps = ["\(typed.count) characters were typed"]
        return input
    }

    private static func track(_ text: String) throws(DecodeFault) -> DecodeInput {
        do throws(TrackFault) {
            let characters = Array(text.utf8)
            let areBits = characters.count >= 20 && characters.allSatisfy { $0 == 0x30 || $0 == 0x31 }
            let tracks =
                areBits ? [try TrackBits.decode(characters.map { $0 & 1 })] : try TrackText.parse(characters)
            guard let read = RawRead(technology: .magstripe, text: tracks.flatMap(\.text.revealed)) else {
                throw .tooLong(tracks[0].number)
            }
            var input = DecodeInput(read: read)
            input.steps = areBits ? ["the bits of one track"] : []
            return input
        } catch {
            throw DecodeFault(error.word, error.description)
        }
    }

    private static func uid(_ text: String) throws(DecodeFault) -> DecodeInput {
        let bytes = try bytes(text)
        guard let uid = UID(bytes) else {
            throw DecodeFault(
                "wrong-length", "a UID has 4, 7 or 10 bytes (8 with ISO 15693 and FeliCa), not \(bytes.count)")
        }
        var input = DecodeInput(read: RawRead(technology: uid.technology, bits: uid.bits))
        input.steps = ["a UID of \(bytes.count) bytes in reading order"]
        if bytes.count == 7, bytes[0] == 0x04 { input.steps.append("first byte 04: a chip by NXP") }
        if uid.isRandom {
            input.steps.append("first of four bytes 08: drawn anew each time (ISO 14443-3), never to be enrolled")
        } else {
            input.steps.append("each byte in decimal, one behind the other: \(uid.concatenatedDecimal)")
            input.steps.append("in the opposite byte order: \(uid.reversed.revealedHex), decimal \(uid.reversed.value)")
        }
        return input
    }
}

extension ProximityCode.Fault {
    fileprivate var word: String {
        switch self {
        case .notHex: "not-hex"
        case .tooLong: "too-long"
        case .noSentinel: "no-sentinel"
        case .filler: "bad-filler"
        case .preamble: "no-preamble"
        case .parity: "bad-parity"
        case .length: "wrong-length"
        }
    }
}

extension TrackFault {
    fileprivate var word: String {
        switch self {
        case .empty: "empty"
        case .noStart: "no-start-sentinel"
        case .noEnd: "no-end-sentinel"
        case .tooLong: "too-long"
        case .character: "bad-character"
        case .check: "bad-checksum"
        case .order: "track-order"
        case .unreadable: "unreadable-track"
        case .parity: "bad-parity"
        }
    }
}
