// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a frame is for; decides who may send it and what its payload is.
package enum FrameKind: UInt8, CaseIterable, Sendable {
    case request = 0
    case reply = 1
    /// Durable: the agent keeps it until it is acknowledged.
    case event = 2
    case acknowledgement = 3
    case data = 4
    case credit = 5
    case ping = 6
    case pong = 7
    case goAway = 8
    case command = 9
}

/// The 12 bytes before every payload, big-endian: length of what follows the length field (4), kind (1), flags (1),
/// type (2), correlation (4).
package struct FrameHeader: Hashable, Sendable {
    package static let length = 12
    /// Bytes of header that the length field counts.
    static let countedLength = 8
    package static let payloadLimit = 65_536 - countedLength
    package static let dataPayloadLimit = 73_728 - countedLength

    private static let moreFlag: UInt8 = 1
    private static let mustUnderstandFlag: UInt8 = 2

    package var kind: FrameKind
    /// The same reply goes on in another frame.
    package var hasMore = false
    /// Whoever does not know the type may not pass over the frame.
    package var mustUnderstand: Bool
    package var type: UInt16
    package var correlation: UInt32

    package init(kind: FrameKind, type: UInt16, correlation: UInt32 = 0, hasMore: Bool = false) {
        self.kind = kind
        self.type = type
        self.correlation = correlation
        self.hasMore = hasMore
        mustUnderstand = kind.mustBeUnderstood
    }

    /// The bytes behind the length field, and the length of the payload that the length field promised.
    init(_ bytes: ArraySlice<UInt8>, payloadLength: Int) throws(WireFault) {
        precondition(bytes.count == Self.countedLength, "the caller has waited for the whole header")
        let start = bytes.startIndex
        guard let kind = FrameKind(rawValue: bytes[start]) else { throw .badValue(field: "frame kind") }
        let flags = bytes[start + 1]
        guard flags & ~(Self.moreFlag | Self.mustUnderstandFlag) == 0 else { throw .badValue(field: "frame flags") }
        guard payloadLength <= kind.payloadLimit else {
            throw .tooLong(length: payloadLength, limit: kind.payloadLimit)
        }
        self.kind = kind
        hasMore = flags & Self.moreFlag != 0
        mustUnderstand = flags & Self.mustUnderstandFlag != 0
        type = UInt16(bytes[start + 2]) << 8 | UInt16(bytes[start + 3])
        correlation = bytes[(start + 4)...].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Document bytes are raw, ping and pong are empty.
    var hasMapPayload: Bool {
        switch kind {
        case .data: type != 30
        case .ping, .pong: false
        case .request, .reply, .event, .acknowledgement, .credit, .goAway, .command: true
        }
    }

    /// The whole frame.
    package func frame(_ payload: some Collection<UInt8>) -> [UInt8] {
        precondition(payload.count <= kind.payloadLimit, "our own messages fit a frame")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length + payload.count)
        Self.append(UInt32(Self.countedLength + payload.count), to: &bytes)
        bytes.append(kind.rawValue)
        bytes.append((hasMore ? Self.moreFlag : 0) | (mustUnderstand ? Self.mustUnderstandFlag : 0))
        bytes.append(UInt8(type >> 8))
        bytes.append(UInt8(truncatingIfNeeded: type))
        Self.append(correlation, to: &bytes)
        bytes += payload
        return bytes
    }

    /// Without an array of its own: this is done for every frame.
    private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        for place in (0..<4).reversed() { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(8 * place))) }
    }
}

extension FrameKind {
    package var payloadLimit: Int {
        self == .data ? FrameHeader.dataPayloadLimit : FrameHeader.payloadLimit
    }

    /// Whether the flag is set on the messages of this specification.
    var mustBeUnderstood: Bool {
        switch self {
        case .request, .event, .command: true
        case .reply, .acknowledgement, .data, .credit, .ping, .pong, .goAway: false
        }
    }

    /// Frames that belong to no request: their correlation is 0.
    var standsAlone: Bool {
        switch self {
        case .event, .acknowledgement, .goAway, .command: true
        case .request, .reply, .data, .credit, .ping, .pong: false
        }
    }
}
