// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// An event has one form, on the wire and in the agent's journal: a CBOR map that begins with its sequence number
/// under key 0.
extension DurableEvent {
    /// Of a read's key and of an event stream's name.
    package static let keyLength = 16
    /// Bytes of UTF-8 of the name of an agent, a printer or a reader.
    package static let nameLimit = 64
    package static let countLimit: UInt64 = 0x7FFF_FFFF
    /// Events count from 1. No number beyond what a database column holds.
    package static let sequences = 1...UInt64(Int64.max)

    /// The message type of PRP/1.
    package var type: UInt16 {
        switch self {
        case .readOutcome: 21
        case .progress: 32
        case .account: 40
        }
    }

    package func payload(sequence: UInt64) -> [UInt8] {
        switch self {
        case .readOutcome(let record): record.payload(sequence)
        case .progress(let progress): progress.payload(sequence)
        case .account(let charge): charge.payload(sequence)
        }
    }

    /// The event is `nil` when the type is not known.
    package static func decode(
        type: UInt16, payload: ArraySlice<UInt8>
    ) throws(WireFault) -> (sequence: UInt64, event: DurableEvent?) {
        var fields = try CBORFieldReader(payload)
        let sequence = try fields.unsigned(0, "sequence", in: sequences)
        let event: DurableEvent? =
            switch type {
            case 21: .readOutcome(try ReadRecord(&fields))
            case 32: .progress(try Progress(&fields))
            case 40: .account(try OfflineCharge(&fields))
            default: nil
            }
        try fields.end()
        return (sequence, event)
    }
}

extension CBORFieldReader {
    package mutating func id<Subject>(_ key: UInt64, _ field: String) throws(WireFault) -> RecordID<Subject> {
        RecordID(Int64(try unsigned(key, field, in: 0...UInt64(Int64.max))))
    }

    package mutating func wallTime(_ key: UInt64, _ field: String) throws(WireFault) -> WallTime {
        WallTime(milliseconds: try integer(key, field))
    }
}

extension CBORFieldWriter {
    package mutating func id<Subject>(_ key: UInt64, _ id: RecordID<Subject>) {
        precondition(id.value >= 0, "records are numbered from the store")
        unsigned(key, UInt64(id.value))
    }
}

extension ReadRecord {
    fileprivate init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            key: try fields.bytes(1, "read key", count: DurableEvent.keyLength),
            reader: try fields.text(2, "reader", limit: DurableEvent.nameLimit),
            result: try fields.value(3, "read result"),
            at: try fields.wallTime(4, "at"))
    }

    fileprivate func payload(_ sequence: UInt64) -> [UInt8] {
        var fields = CBORFieldWriter(count: 5)
        fields.unsigned(0, sequence)
        fields.bytes(1, key, count: DurableEvent.keyLength)
        fields.label(2, reader, limit: DurableEvent.nameLimit)
        fields.value(3, result)
        fields.integer(4, at.milliseconds)
        return fields.bytes
    }
}

extension Progress {
    fileprivate init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            release: try fields.id(1, "release"),
            outcome: try Outcome(&fields, from: 2),
            evidence: try fields.value(4, "evidence"),
            at: try fields.wallTime(5, "at"))
    }

    fileprivate func payload(_ sequence: UInt64) -> [UInt8] {
        var fields = CBORFieldWriter(count: 6)
        fields.unsigned(0, sequence)
        fields.id(1, release)
        outcome.write(to: &fields, from: 2)
        fields.value(4, evidence)
        fields.integer(5, at.milliseconds)
        return fields.bytes
    }
}

/// Two fields: how it ended, and a number that goes with it.
extension Outcome {
    private enum Ending: UInt8 {
        case printed = 0
        case unconfirmed = 1
        case neverStarted = 2
    }

    init(_ fields: inout CBORFieldReader, from first: UInt64) throws(WireFault) {
        let ending: Ending = try fields.value(first, "outcome")
        let detail = try fields.optionalUnsigned(first + 1, "outcome detail", in: 0...DurableEvent.countLimit)
        switch (ending, detail) {
        case (.printed, let pages?): self = .printed(pages: Int(pages))
        case (.unconfirmed, nil): self = .unconfirmed
        case (.neverStarted, let detail?):
            guard let reason = UInt8(exactly: detail).flatMap(NotStarted.init) else {
                throw .badValue(field: "outcome detail")
            }
            self = .neverStarted(reason)
        case (.printed, nil), (.unconfirmed, _), (.neverStarted, nil): throw .badValue(field: "outcome detail")
        }
    }

    func write(to fields: inout CBORFieldWriter, from first: UInt64) {
        let (ending, detail): (Ending, UInt64?) =
            switch self {
            case .printed(let pages): (.printed, UInt64(clamping: pages))
            case .unconfirmed: (.unconfirmed, nil)
            case .neverStarted(let reason): (.neverStarted, UInt64(reason.rawValue))
            }
        fields.value(first, ending)
        fields.optionalUnsigned(first + 1, detail)
    }
}
