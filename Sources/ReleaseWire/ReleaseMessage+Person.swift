// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives

extension Presented {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        let reader = try fields.text(1, "reader", limit: Wire.nameLimit)
        let technology: Technology = try fields.value(2, "technology")
        let bitCount = try fields.optionalUnsigned(3, "bit count", in: 1...UInt64(BitString.limit))
        let content = try fields.bytes(4, "content", limit: RawRead.textLimit)
        guard let read = RawRead(technology: technology, bitCount: bitCount.map { Int($0) }, content: content) else {
            throw .badValue(field: "content")
        }
        self.init(
            reader: reader, read: read, key: try fields.bytes(5, "read key", count: Wire.keyLength),
            age: try fields.milliseconds(6, "age"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 6)
        fields.label(1, reader, limit: Wire.nameLimit)
        fields.value(2, read.technology)
        switch read.content {
        case .bits(let bits):
            fields.unsigned(3, UInt64(bits.count))
            fields.bytes(4, bits.rightAligned, limit: RawRead.textLimit)
        case .text(let text):
            fields.optionalUnsigned(3, nil)
            fields.bytes(4, text.revealed, limit: RawRead.textLimit)
        }
        fields.bytes(5, key, count: Wire.keyLength)
        fields.unsigned(6, Wire.milliseconds(age))
        return fields.bytes
    }
}

extension RawRead {
    /// Bits when there is a bit count, else text. `nil` for content that no reader of ours delivers.
    fileprivate init?(technology: Technology, bitCount: Int?, content: [UInt8]) {
        guard let bitCount else {
            self.init(technology: technology, text: content)
            return
        }
        guard content.count == (bitCount + 7) / 8 else { return nil }
        let value = content.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        guard let bits = BitString(value: value, count: bitCount) else { return nil }
        self.init(technology: technology, bits: bits)
    }
}

extension BitString {
    /// As few bytes as hold the bits, the first byte padded with zero bits at its top.
    fileprivate var rightAligned: [UInt8] {
        (0..<((count + 7) / 8)).reversed().map { UInt8(truncatingIfNeeded: value >> UInt128(8 * $0)) }
    }
}

extension Challenge {
    static let triesLimit: UInt64 = 255

    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            prompt: try fields.word(1, "prompt"),
            kind: try fields.value(2, "challenge kind"),
            triesLeft: Int(try fields.unsigned(3, "tries left", in: 0...Self.triesLimit)))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 3)
        fields.unsigned(1, UInt64(prompt))
        fields.value(2, kind)
        fields.unsigned(3, min(Wire.count(triesLeft), Self.triesLimit))
        return fields.bytes
    }
}

extension ChallengeReply {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            prompt: try fields.word(1, "prompt"),
            secret: SecretBytes(try fields.bytes(2, "secret", limit: Self.secretLimit)))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 2)
        fields.unsigned(1, UInt64(prompt))
        fields.bytes(2, secret.revealed, limit: Self.secretLimit)
        return fields.bytes
    }
}

extension SessionGrant {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            session: try fields.id(1, "session"),
            user: try fields.text(2, "user", limit: Wire.labelLimit),
            jobs: try fields.count(3, "jobs"),
            printer: try fields.fields(4, "printer") { (inner) throws(WireFault) in try PrinterLink(&inner) },
            terms: try SessionTerms.read(&fields))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 4 + (terms == nil ? 0 : SessionTerms.fieldCount))
        fields.id(1, session)
        fields.label(2, user, limit: Wire.labelLimit)
        fields.unsigned(3, Wire.count(jobs))
        fields.fields(4, count: 3)
        fields.id(1, printer.id)
        fields.label(2, printer.name, limit: Wire.nameLimit)
        fields.text(3, printer.uri, limit: Wire.uriLimit)
        terms?.write(to: &fields)
        return fields.bytes
    }
}

extension SessionGrant {
    static func registeredPayload(_ user: String) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.label(1, user, limit: Wire.labelLimit)
        return fields.bytes
    }
}

extension PrinterLink {
    fileprivate init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            id: try fields.id(1, "printer id"),
            name: try fields.text(2, "printer name", limit: Wire.nameLimit),
            uri: try fields.text(3, "printer uri", limit: Wire.uriLimit))
    }
}

extension SessionEnd {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(session: try fields.id(1, "session"), reason: try fields.value(2, "end reason"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 2)
        fields.id(1, session)
        fields.value(2, reason)
        return fields.bytes
    }
}
