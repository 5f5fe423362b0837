// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// One frame, taken apart as far as its kind and type say.
package struct Frame: Equatable, Sendable {
    package enum Body: Equatable, Sendable {
        case request(ReleaseMessage)
        /// `hasMore`: the list goes on in another frame; `releases` only.
        case reply(ReleaseMessage, hasMore: Bool)
        case command(ReleaseMessage)
        case goAway(ReleaseMessage)
        case event(sequence: UInt64, ReleaseMessage)
        case acknowledgement(through: UInt64)
        case bytes(offset: UInt64, [UInt8])
        case end(sha256: [UInt8])
        case failed(Refusal)
        case grant(bytes: UInt32)
        /// From the agent: no more of this document. From the server: there is no more.
        case abandon
        case ping
        case pong
        /// A type that this version does not know; an event's place in the stream is known all the same.
        case unknown(FrameHeader, sequence: UInt64?)
    }

    /// Ties a reply, and a document's data and credit, to its request. 0 for the opening and for what is no request.
    package var correlation: UInt32
    package var body: Body

    package init(_ body: Body, correlation: UInt32 = 0) {
        self.correlation = correlation
        self.body = body
    }

    package init(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) throws(WireFault) {
        correlation = header.correlation
        do throws(WireFault) {
            body = try Self.body(header, payload)
        } catch {
            throw Self.exact(error, header, payload)
        }
        if case .unknown = body { return }
        guard header.mustUnderstand == header.kind.mustBeUnderstood else { throw .notCanonical(field: "frame flags") }
        guard correlation == 0 || !header.kind.standsAlone else { throw .badValue(field: "frame correlation") }
        if header.hasMore {
            guard case .reply(.releases, _) = body else { throw .badValue(field: "frame flags") }
        }
    }

    /// Whoever reads field by field takes keys out of order for a key that is missing. The payload as a whole tells
    /// whether it is in the one allowed encoding, so that the sender hears what the specification names.
    private static func exact(
        _ fault: WireFault, _ header: FrameHeader, _ payload: ArraySlice<UInt8>
    ) -> WireFault {
        guard header.hasMapPayload else { return fault }
        var reader = CBORReader(payload)
        do throws(WireFault) {
            try reader.skip()
            try reader.expectEnd()
            return fault
        } catch {
            switch error {
            case .notCanonical: return error
            case .trailingBytes: return .notCanonical(field: "end of the payload")
            case .truncated, .tooLong, .badValue: return fault
            }
        }
    }

    private static func body(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) throws(WireFault) -> Body {
        switch header.kind {
        case .request, .reply, .command, .goAway:
            guard let message = try ReleaseMessage.decode(kind: header.kind, type: header.type, payload: payload)
            else { return .unknown(header, sequence: nil) }
            return Self.body(header, message)
        case .event:
            let (sequence, message) = try ReleaseMessage.decodeEvent(type: header.type, payload: payload)
            guard let message else { return .unknown(header, sequence: sequence) }
            return .event(sequence: sequence, message)
        case .acknowledgement where header.type == 0:
            return .acknowledgement(
                through: try single(payload) { (fields) throws(WireFault) in
                    try fields.unsigned(1, "through", in: Wire.sequences)
                })
        case .data: return try data(header, payload)
        case .credit: return try credit(header, payload)
        case .ping where header.type == 0:
            guard payload.isEmpty else { throw .trailingBytes(payload.count) }
            return .ping
        case .pong where header.type == 0:
            guard payload.isEmpty else { throw .trailingBytes(payload.count) }
            return .pong
        case .acknowledgement, .ping, .pong: return .unknown(header, sequence: nil)
        }
    }

    private static func body(_ header: FrameHeader, _ message: ReleaseMessage) -> Body {
        switch header.kind {
        case .request: .request(message)
        case .command: .command(message)
        case .goAway: .goAway(message)
        default: .reply(message, hasMore: header.hasMore)
        }
    }

    private static func data(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) throws(WireFault) -> Body {
        switch header.type {
        case 30:
            var reader = ByteReader(payload)
            let offset: UInt64 = try reader.integer()
            let bytes = reader.takeRest()
            guard !bytes.isEmpty else { throw .truncated(wanted: 1, left: 0) }
            guard bytes.count <= DocumentPiece.limit else {
                throw .tooLong(length: bytes.count, limit: DocumentPiece.limit)
            }
            return .bytes(offset: offset, Array(bytes))
        case 31:
            return .end(
                sha256: try single(payload) { (fields) throws(WireFault) in
                    try fields.bytes(1, "sha256", count: Wire.digestLength)
                })
        case 60: return .failed(try single(payload) { (fields) throws(WireFault) in try Refusal(&fields) })
        default: return .unknown(header, sequence: nil)
        }
    }

    private static func credit(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) throws(WireFault) -> Body {
        switch header.type {
        case 30:
            return .grant(
                bytes: UInt32(
                    try single(payload) { (fields) throws(WireFault) in
                        try fields.unsigned(1, "granted bytes", in: 1...UInt64(UInt32.max))
                    }))
        case 31:
            try single(payload) { (_) throws(WireFault) in }
            return .abandon
        default: return .unknown(header, sequence: nil)
        }
    }

    private static func single<Value>(
        _ payload: ArraySlice<UInt8>, _ read: (inout CBORFieldReader) throws(WireFault) -> Value
    ) throws(WireFault) -> Value {
        var fields = try CBORFieldReader(payload)
        let value = try read(&fields)
        try fields.end()
        return value
    }
}

extension Frame {
    package func encode() -> [UInt8] {
        switch body {
        case .request(let message): frame(.request, message.type, message.payload())
        case .reply(let message, let hasMore):
            FrameHeader(kind: .reply, type: message.type, correlation: correlation, hasMore: hasMore)
                .frame(message.payload())
        case .command(let message): frame(.command, message.type, message.payload())
        case .goAway(let message): frame(.goAway, message.type, message.payload())
        case .event(let sequence, let message): frame(.event, message.type, message.payload(sequence: sequence))
        case .acknowledgement(let through): frame(.acknowledgement, 0, single { $0.unsigned(1, through) })
        case .bytes(let offset, let bytes): frame(.data, 30, offset.bigEndianBytes + bytes)
        case .end(let sha256): frame(.data, 31, single { $0.bytes(1, sha256, count: Wire.digestLength) })
        case .failed(let refusal): frame(.data, 60, refusal.payload)
        case .grant(let bytes): frame(.credit, 30, single { $0.unsigned(1, UInt64(bytes)) })
        case .abandon: frame(.credit, 31, CBORFieldWriter(count: 0).bytes)
        case .ping: frame(.ping, 0, [])
        case .pong: frame(.pong, 0, [])
        case .unknown: preconditionFailure("we send what this version knows")
        }
    }

    /// In place of an event that the receiver does not know. Its type stays unknown to all: what is not known is passed
    /// over and acknowledged in its turn.
    package static let withheldType: UInt16 = 44

    package static func withheldEvent(sequence: UInt64) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.unsigned(0, sequence)
        var header = FrameHeader(kind: .event, type: withheldType)
        header.mustUnderstand = false
        return header.frame(fields.bytes)
    }

    private func frame(_ kind: FrameKind, _ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        FrameHeader(kind: kind, type: type, correlation: correlation).frame(payload)
    }

    private func single(_ write: (inout CBORFieldWriter) -> Void) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        write(&fields)
        return fields.bytes
    }
}
