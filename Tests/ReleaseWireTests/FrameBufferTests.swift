// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire
import Testing

struct FrameBufferTests {
    private let ping = Frame(.ping).encode()

    @Test func framesAreHandedOutInOrder() throws {
        let frames = Samples.frames
        #expect(try Frame.all(in: frames.flatMap { $0.encode() }) == frames)
    }

    @Test func theLengthIsCheckedBeforeTheRestArrives() throws {
        var short = FrameBuffer()
        try short.append([0, 0, 0, 7])
        #expect(throws: WireFault.badValue(field: "frame length")) { try short.next() }
        var long = FrameBuffer()
        try long.append([0, 1, 0x20, 0x01])
        #expect(throws: WireFault.tooLong(length: 73_733, limit: 73_732)) { try long.next() }
    }

    @Test(arguments: [(FrameKind.request, 65_536), (.event, 65_536), (.reply, 65_536), (.data, 73_728)])
    func aFrameHasItsKindsLimit(kind: FrameKind, limit: Int) throws {
        for length in [limit, limit + 1] {
            let header: [UInt8] = UInt32(length).bigEndianBytes + [kind.rawValue, 0, 0, 30, 0, 0, 0, 1]
            var buffer = FrameBuffer()
            try buffer.append(header[...])
            if length == limit {
                #expect(try buffer.next() == nil)
                try buffer.append(Array(repeating: 0, count: limit - 8)[...])
                #expect(try buffer.next()?.payload.count == limit - 8)
                #expect(buffer.isEmpty)
            } else {
                #expect(throws: WireFault.self) { try buffer.next() }
            }
        }
    }

    @Test func beforeTheOpeningFramesAreSmall() throws {
        for (length, fits) in [(4092, true), (4093, false)] {
            var buffer = FrameBuffer()
            try buffer.append((UInt32(length).bigEndianBytes + Array(repeating: 0, count: length))[...])
            if fits {
                #expect(try buffer.next(limit: FrameBuffer.openingLimit) != nil)
            } else {
                #expect(throws: WireFault.tooLong(length: 4097, limit: 4096)) {
                    try buffer.next(limit: FrameBuffer.openingLimit)
                }
            }
        }
    }

    @Test func unknownKindsAndFlagsAreFaults() throws {
        for (kind, flags, field) in [(10, 0, "frame kind"), (255, 0, "frame kind"), (0, 4, "frame flags")]
            as [(
                UInt8, UInt8, String
            )]
        {
            var buffer = FrameBuffer()
            try buffer.append([0, 0, 0, 8, kind, flags, 0, 0, 0, 0, 0, 0])
            #expect(throws: WireFault.badValue(field: field)) { try buffer.next() }
        }
    }

    @Test func theBacklogIsLimited() throws {
        var buffer = FrameBuffer()
        try buffer.append(Array(repeating: 0, count: FrameBuffer.backlogLimit)[...])
        #expect(throws: WireFault.tooLong(length: FrameBuffer.backlogLimit + 1, limit: FrameBuffer.backlogLimit)) {
            try buffer.append([0])
        }
    }

    /// Far more than a quadratic buffer would get through in the time of a test.
    @Test func manySmallFramesInOneStrideAreCheap() throws {
        let count = FrameBuffer.stride / ping.count
        let bytes = Array(repeatElement(ping, count: count).joined())
        var buffer = FrameBuffer()
        var seen = 0
        for _ in 0..<20 {
            try buffer.append(bytes[...])
            while try buffer.next() != nil { seen += 1 }
        }
        #expect(seen == 20 * count)
    }

    @Test func whatWasHandedOutLeavesRoom() throws {
        var buffer = FrameBuffer()
        let frame = FrameHeader(kind: .data, type: 30, correlation: 1).frame(Array(repeating: 7, count: 60_000))
        for _ in 0..<20 {
            try buffer.append(frame[..<50_000])
            #expect(try buffer.next() == nil)
            try buffer.append(frame[50_000...] + ping.prefix(5))
            #expect(try buffer.next() != nil)
            try buffer.append(ping[5...])
            #expect(try buffer.next()?.header.kind == .ping)
            #expect(buffer.isEmpty)
        }
    }
}
