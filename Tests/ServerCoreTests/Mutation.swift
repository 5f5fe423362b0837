// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire
import SimRandom

/// One way to break a frame, and the code with which the specification refuses that.
enum Mutation: CaseIterable {
    case shortLength, hugeLength, unknownKind, unknownFlag, otherFlag, wrongCorrelation
    case noPayload, noMap, cutShort, emptyMap, firstKeyGone
    case longHead, indefiniteMap, trailing, keyTwice, unordered
    case brokenUnknownKey, tag, textKey, tooDeep, tooMany, wrongKindOfValue

    static func draw(_ dice: inout SplitMix) -> Mutation { allCases[dice.below(allCases.count)] }

    func apply(
        kind: FrameKind, type: UInt16, payload: [UInt8], _ dice: inout SplitMix
    ) -> (bytes: [UInt8], codes: Set<Refusal.Code>) {
        let frame = Shape(kind: kind, type: type, isOpening: type == 1 || type == 3)
        // An empty map has nothing that could be missing or of another kind.
        let isEmpty = payload == [0xA0]
        switch self {
        case .shortLength: return (UInt32(dice.below(8)).bigEndianBytes, [.badFrame])
        case .hugeLength:
            let length = UInt32(70_000 + dice.below(1_000_000))
            return (length.bigEndianBytes + [kind.rawValue, frame.flags] + [0, 0, 0, 0, 0, 0], [.tooLarge])
        case .unknownKind: return (frame.bytes(payload, kind: UInt8(10 + dice.below(246))), [.badFrame])
        case .unknownFlag:
            return (frame.bytes(payload, flags: frame.flags | UInt8(4 << dice.below(6))), [.badFrame])
        case .otherFlag: return (frame.bytes(payload, flags: frame.flags ^ 2), [.notCanonical])
        case .wrongCorrelation: return frame.withWrongCorrelation(payload, UInt32(1 + dice.below(1 << 30)))
        case .noPayload: return (frame.bytes([]), [.badFrame])
        case .noMap: return (frame.bytes([[0x80, 0x00, 0x60, 0xF6, 0xF5][dice.below(5)]]), [.badFrame])
        case .cutShort where !isEmpty:
            return (frame.bytes(Array(payload.dropLast(1 + dice.below(payload.count - 1)))), [.badFrame])
        case .emptyMap where !isEmpty: return (frame.bytes([0xA0]), [.badFrame])
        case .firstKeyGone where !isEmpty:
            return (frame.bytes([0xA1, 0x18, UInt8(100 + dice.below(100)), 0x00]), [.badFrame])
        case .longHead: return (frame.bytes([0xB8, payload[0] & 31] + payload.dropFirst()), [.notCanonical])
        case .indefiniteMap: return (frame.bytes([0xBF] + payload.dropFirst() + [0xFF]), [.notCanonical])
        case .trailing:
            return (frame.bytes(payload + [UInt8](repeating: 0, count: 1 + dice.below(40))), [.notCanonical])
        case .keyTwice: return (frame.bytes(payload, extra: [[0x18, 99, 0x00], [0x18, 99, 0x00]]), [.notCanonical])
        case .unordered: return (frame.bytes(payload, extra: [[0x18, 99, 0x00], [0x18, 98, 0x00]]), [.notCanonical])
        case .brokenUnknownKey: return (frame.bytes(payload, extra: [[0x18, 99, 0x61, 0xFF]]), [.badFrame])
        case .tag: return (frame.bytes(payload, extra: [[0x18, 99, 0xC0 | UInt8(dice.below(24)), 0x00]]), [.badFrame])
        case .textKey: return (frame.bytes(payload, extra: [[0x61, 0x61, 0x00]]), [.badFrame])
        case .tooDeep:
            return (frame.bytes(payload, extra: [[0x18, 99] + [UInt8](repeating: 0x81, count: 9) + [0]]), [.tooLarge])
        case .tooMany:
            let many = [0x18, 99, 0x99, 0x0F, 0xFF] + [UInt8](repeating: 0, count: 4_095)
            // Before the opening is answered the frame is too long besides.
            return (frame.bytes(payload, extra: [many]), [.tooLarge])
        case .wrongKindOfValue where !isEmpty:
            return (frame.bytes([0xA1, payload[1], [0xF4, 0xF5, 0x80, 0xA0][dice.below(4)]]), [.badFrame])
        case .cutShort, .emptyMap, .firstKeyGone, .wrongKindOfValue: return (frame.bytes([0x80]), [.badFrame])
        }
    }
}

/// The header around a payload, right but for what is given.
private struct Shape {
    let kind: FrameKind
    let type: UInt16
    let isOpening: Bool

    var flags: UInt8 { kind == .request || kind == .event ? 2 : 0 }

    private var correlation: UInt32 {
        switch kind {
        case .request where !isOpening, .credit: 7
        default: 0
        }
    }

    func bytes(
        _ payload: [UInt8], extra: [[UInt8]] = [], kind other: UInt8? = nil, flags: UInt8? = nil,
        correlation: UInt32? = nil
    ) -> [UInt8] {
        let whole =
            extra.isEmpty ? payload : [payload[0] + UInt8(extra.count)] + payload.dropFirst() + extra.flatMap { $0 }
        return UInt32(8 + whole.count).bigEndianBytes + [other ?? kind.rawValue, flags ?? self.flags]
            + type.bigEndianBytes + (correlation ?? self.correlation).bigEndianBytes + whole
    }

    func withWrongCorrelation(_ payload: [UInt8], _ number: UInt32) -> ([UInt8], Set<Refusal.Code>) {
        switch kind {
        case .request: (bytes(payload, correlation: isOpening ? number : 0), [.unexpected])
        case .credit: (bytes([0x80]), [.badFrame])
        default: (bytes(payload, correlation: number), [.badFrame])
        }
    }
}
