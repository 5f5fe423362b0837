// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseWire
import Testing

struct ReleaseMessageCodecTests {
    private func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    private func decode(_ kind: FrameKind, _ type: UInt16, _ write: (inout CBORWriter) -> Void) throws -> Frame.Body? {
        var writer = CBORWriter()
        write(&writer)
        return try Frame.all(in: FrameHeader(kind: kind, type: type, correlation: 1).frame(writer.bytes)).first?.body
    }

    @Test func everyRefusalResultAndReasonComesBack() throws {
        var frames = Refusal.Code.allCases.map { Frame(.reply(.refused(Refusal($0)), hasMore: false)) }
        frames += ReadResult.allCases.map {
            Frame(
                .event(sequence: 1, .readOutcome(ReadRecord(key: Samples.key, reader: "", result: $0, at: Samples.at))))
        }
        frames += (1...5).map { Frame(.event(sequence: 1, Samples.progress(.neverStarted(NotStarted(rawValue: $0)!)))) }
        for frame in frames { #expect(try Frame.all(in: frame.encode()) == [frame]) }
    }

    @Test func everyLengthOfBitsComesBack() throws {
        for count in 1...BitString.limit {
            for value in [0, UInt128.max >> UInt128(128 - count)] {
                let read = RawRead(technology: .proximity, bits: BitString(value: value, count: count)!)
                let presented = Presented(reader: "r", read: read, key: Samples.key, age: .zero)
                let frame = Frame(.request(.credential(presented)), correlation: 1)
                #expect(try Frame.all(in: frame.encode()) == [frame])
            }
        }
    }

    @Test func bitsBeyondTheCountAreRefused() {
        for content: [UInt8] in [[0x04, 0, 0, 0], [0, 0, 0], [0, 0, 0, 0, 0]] {
            #expect(throws: WireFault.badValue(field: "content")) {
                try credential { writer in
                    writer.unsigned(26)
                    writer.unsigned(4)
                    writer.bytes(content)
                }
            }
        }
    }

    @Test func textIsPrintableAndNotEmpty() {
        for content: [UInt8] in [[], [0x1F], [0x7F], [0x80], [0x30, 0x0D]] {
            #expect(throws: WireFault.badValue(field: "content")) {
                try credential { writer in
                    writer.null()
                    writer.unsigned(4)
                    writer.bytes(content)
                }
            }
        }
    }

    private func credential(_ content: (inout CBORWriter) -> Void) throws -> Frame.Body? {
        try decode(.request, 16) { writer in
            writer.map(count: 6)
            writer.unsigned(1)
            writer.text("r")
            writer.unsigned(2)
            writer.unsigned(2)
            writer.unsigned(3)
            content(&writer)
            writer.unsigned(5)
            writer.bytes(Samples.key)
            writer.unsigned(6)
            writer.unsigned(0)
        }
    }

    @Test(arguments: [(64, true), (65, false)])
    func namesHaveALimit(length: Int, fits: Bool) throws {
        let write: (inout CBORWriter) -> Void = { writer in
            writer.map(count: 1)
            writer.unsigned(1)
            writer.text(text(length))
        }
        if fits {
            #expect(try decode(.reply, 4, write) == .reply(.enrolled(name: text(64)), hasMore: false))
        } else {
            #expect(throws: WireFault.tooLong(length: 65, limit: 64)) { try decode(.reply, 4, write) }
        }
    }

    @Test(
        arguments: [
            (255, 64, 1023, nil), (256, 64, 1023, .tooLong(length: 256, limit: 255)),
            (255, 65, 1023, .tooLong(length: 65, limit: 64)), (255, 64, 1024, .tooLong(length: 1024, limit: 1023)),
        ] as [(Int, Int, Int, WireFault?)])
    func aSessionsTextsHaveLimits(user: Int, name: Int, uri: Int, fault: WireFault?) {
        var seen: WireFault?
        do {
            _ = try decode(.reply, 19) { writer in
                writer.map(count: 4)
                writer.unsigned(1)
                writer.unsigned(1)
                writer.unsigned(2)
                writer.text(text(user))
                writer.unsigned(3)
                writer.unsigned(1)
                writer.unsigned(4)
                writer.map(count: 3)
                writer.unsigned(1)
                writer.unsigned(1)
                writer.unsigned(2)
                writer.text(text(name))
                writer.unsigned(3)
                writer.text(text(uri))
            }
        } catch { seen = error as? WireFault }
        #expect(seen == fault)
    }

    @Test func labelsThatAreTooLongAreCutNotRefused() throws {
        var grant = Samples.grant
        grant.title = String(repeating: "水", count: 100)
        let frame = Frame(.reply(.releases([grant]), hasMore: false), correlation: 1)
        grant.title = String(repeating: "水", count: 85)
        #expect(try Frame.all(in: frame.encode()).first?.body == .reply(.releases([grant]), hasMore: false))
    }

    @Test(arguments: [256, 257]) func aListOfReleasesHasALimit(count: Int) throws {
        let write: (inout CBORWriter) -> Void = { writer in
            writer.map(count: 1)
            writer.unsigned(1)
            writer.array(count: count)
            for _ in 0..<count {
                writer.map(count: 7)
                for key in 1...7 as ClosedRange<UInt64> {
                    writer.unsigned(key)
                    if (3...5).contains(key) { writer.text("") } else { writer.unsigned(1) }
                }
            }
        }
        if count == 256 {
            #expect(try decode(.reply, 25, write) != nil)
        } else {
            #expect(throws: WireFault.tooLong(length: 257, limit: 256)) { try decode(.reply, 25, write) }
        }
    }

    @Test func aHelloWithAllItsUnsettledReleasesFitsTheOpening() throws {
        let hello = Hello(
            software: text(64), stream: Samples.key, nextSequence: UInt64(Int64.max),
            unsettled: (0..<400).map { ReleaseID(Int64.max - $0) })
        let bytes = Frame(.request(.hello(hello))).encode()
        #expect(bytes.count <= FrameBuffer.openingLimit)
        #expect(try Frame.all(in: bytes) == [Frame(.request(.hello(hello)))])
        #expect(throws: WireFault.tooLong(length: 401, limit: 400)) {
            try decode(.request, 1) { writer in
                writer.map(count: 4)
                writer.unsigned(1)
                writer.text("")
                writer.unsigned(2)
                writer.bytes(Samples.key)
                writer.unsigned(3)
                writer.unsigned(1)
                writer.unsigned(4)
                writer.array(count: 401)
                for _ in 0..<401 { writer.unsigned(1) }
            }
        }
    }

    @Test(arguments: [(128, true), (129, false)])
    func aSecretHasALimit(length: Int, fits: Bool) throws {
        let write: (inout CBORWriter) -> Void = { writer in
            writer.map(count: 2)
            writer.unsigned(1)
            writer.unsigned(1)
            writer.unsigned(2)
            writer.bytes(Array(repeating: 0x31, count: length))
        }
        if fits {
            #expect(try decode(.request, 18, write) != nil)
        } else {
            #expect(throws: WireFault.tooLong(length: 129, limit: 128)) { try decode(.request, 18, write) }
        }
    }

    /// Number 0, or one that no database column holds.
    @Test(arguments: [0, 1 << 63] as [UInt64]) func sequenceNumbersAreHeldToTheirRange(sequence: UInt64) {
        #expect(throws: WireFault.badValue(field: "through")) {
            try decode(.acknowledgement, 0) { writer in
                writer.map(count: 1)
                writer.unsigned(1)
                writer.unsigned(sequence)
            }
        }
    }

    @Test func unknownValuesAreFaults() {
        #expect(throws: WireFault.badValue(field: "refusal code")) {
            try decode(.reply, 60) { writer in
                writer.map(count: 2)
                writer.unsigned(1)
                writer.unsigned(999)
                writer.unsigned(2)
                writer.null()
            }
        }
    }

    @Test(
        arguments: [(0, nil), (0, 1 << 31), (1, 0), (2, nil), (2, 0), (2, 6), (2, 256), (3, nil)] as [(UInt64, UInt64?)]
    )
    func anOutcomeHasTheDetailOfItsKind(kind: UInt64, detail: UInt64?) {
        #expect(throws: WireFault.self) {
            try decode(.event, 32) { writer in
                writer.map(count: 6)
                writer.unsigned(0)
                writer.unsigned(1)
                writer.unsigned(1)
                writer.unsigned(1)
                writer.unsigned(2)
                writer.unsigned(kind)
                writer.unsigned(3)
                if let detail { writer.unsigned(detail) } else { writer.null() }
                writer.unsigned(4)
                writer.unsigned(0)
                writer.unsigned(5)
                writer.unsigned(0)
            }
        }
    }

    @Test(
        arguments: [
            (.zero, .zero), (.milliseconds(5), .milliseconds(5)), (.nanoseconds(1), .milliseconds(1)),
            (.seconds(-1), .zero), (.seconds(1 << 40), .milliseconds(Int64(UInt32.max))),
        ] as [(Duration, Duration)])
    func durationsAreWholeMilliseconds(said: Duration, heard: Duration) throws {
        let frame = Frame(.goAway(.goAway(retryAfter: said)))
        #expect(try Frame.all(in: frame.encode()).first?.body == .goAway(.goAway(retryAfter: heard)))
    }
}
