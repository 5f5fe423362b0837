// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// One record of the agent's journal. The shell appends its ``record`` and syncs before anything that rests on it
/// happens.
package enum JournalEntry: Equatable, Sendable {
    /// 16 random bytes that name this agent's event stream; the first entry of a journal, and only there.
    case identity(stream: [UInt8])
    /// The first byte of this release is about to go to the printer.
    case began(ReleaseID)
    /// An event with its place in the stream.
    case event(sequence: UInt64, DurableEvent)
    /// The server has committed the events up to this one. Before the first event it says where the stream goes on.
    case acknowledged(through: UInt64)
    /// A read whose outcome is still to come: after a crash it gets the outcome `interrupted`. No number from the
    /// badge is kept.
    case presented(key: [UInt8], reader: String, at: WallTime)
    /// Who and what may come out while the server is away.
    case offline(OfflineEntry)

    /// Of the payload of one record.
    package static let payloadLimit = 2048
}

extension JournalEntry {
    private enum Kind: UInt8 {
        case identity = 1
        case began = 2
        case event = 3
        case acknowledged = 4
        case presented = 5
    }

    /// The bytes to append: length of the payload (u32, big-endian), CRC-32C over length and payload (u32), payload.
    package var record: [UInt8] {
        let payload = payload
        precondition(payload.count <= Self.payloadLimit, "our own entries fit a record")
        let length = UInt32(payload.count).bigEndianBytes
        return length + CRC32C.checksum(length + payload).bigEndianBytes + payload
    }

    private var payload: [UInt8] {
        switch self {
        case .identity(let stream):
            write(.identity, fields: 1) { $0.bytes(1, stream, count: DurableEvent.keyLength) }
        case .began(let release):
            write(.began, fields: 1) { $0.unsigned(1, UInt64(release.value)) }
        case .event(let sequence, let event):
            write(.event, fields: 2) {
                $0.unsigned(1, UInt64(event.type))
                $0.bytes(2, event.payload(sequence: sequence), limit: Self.payloadLimit)
            }
        case .acknowledged(let through):
            write(.acknowledged, fields: 1) { $0.unsigned(1, through) }
        case .presented(let key, let reader, let at):
            write(.presented, fields: 3) {
                $0.bytes(1, key, count: DurableEvent.keyLength)
                $0.label(2, reader, limit: DurableEvent.nameLimit)
                $0.integer(3, at.milliseconds)
            }
        case .offline(let entry): entry.payload
        }
    }

    private func write(_ kind: Kind, fields count: Int, _ body: (inout CBORFieldWriter) -> Void) -> [UInt8] {
        var fields = CBORFieldWriter(count: count + 1)
        fields.value(0, kind)
        body(&fields)
        return fields.bytes
    }

    init(payload: ArraySlice<UInt8>) throws(WireFault) {
        var fields = try CBORFieldReader(payload)
        let number = UInt8(try fields.unsigned(0, "entry kind", in: 0...UInt64(UInt8.max)))
        if let kind = Kind(rawValue: number) {
            self = try Self.read(kind, &fields)
        } else if let kind = OfflineEntry.Kind(rawValue: number) {
            self = .offline(try OfflineEntry(kind, &fields))
        } else {
            throw .badValue(field: "entry kind")
        }
        try fields.end()
    }

    private static func read(_ kind: Kind, _ fields: inout CBORFieldReader) throws(WireFault) -> JournalEntry {
        switch kind {
        case .identity: return .identity(stream: try fields.bytes(1, "stream", count: DurableEvent.keyLength))
        case .began:
            return .began(try fields.id(1, "release"))
        case .event:
            let type = UInt16(try fields.unsigned(1, "event type", in: 0...UInt64(UInt16.max)))
            let payload = try fields.bytes(2, "event", limit: payloadLimit)
            let (sequence, event) = try DurableEvent.decode(type: type, payload: payload[...])
            guard let event else { throw .badValue(field: "event type") }
            return .event(sequence: sequence, event)
        case .acknowledged: return .acknowledged(through: try fields.unsigned(1, "through", in: DurableEvent.sequences))
        case .presented:
            return .presented(
                key: try fields.bytes(1, "read key", count: DurableEvent.keyLength),
                reader: try fields.text(2, "reader", limit: DurableEvent.nameLimit),
                at: try fields.wallTime(3, "at"))
        }
    }
}
