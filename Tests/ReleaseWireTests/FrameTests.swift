// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire
import SimRandom
import Testing

struct FrameTests {
    @Test func everyFrameComesBack() throws {
        for frame in Samples.frames { #expect(try Frame.all(in: frame.encode()) == [frame]) }
    }

    @Test func theHeaderIsTwelveBytesBigEndian() {
        let frame = Frame(.grant(bytes: 5), correlation: 0x0102_0304)
        #expect(frame.encode() == [0, 0, 0, 11, 5, 0, 0, 30, 1, 2, 3, 4, 0xA1, 0x01, 0x05])
        #expect(Frame(.ping).encode() == [0, 0, 0, 8, 6, 0, 0, 0, 0, 0, 0, 0])
        #expect(Array(Frame(.request(.release(session: .init(1)))).encode()[4...7]) == [0, 2, 0, 25])
    }

    /// One encoding of each message: a changed byte is another message, or none. What is passed over (a key that the
    /// type does not know, a capability of a later version) is not encoded again.
    @Test func noMutationDecodesToAMessageThatEncodesOtherwise() {
        for frame in Samples.frames {
            let bytes = frame.encode()
            for index in bytes.indices {
                for value in 0...UInt8.max where value != bytes[index] {
                    var mutated = bytes
                    mutated[index] = value
                    guard let frames = try? Frame.all(in: mutated) else { continue }
                    let known = frames.filter { if case .unknown = $0.body { false } else { true } }
                    guard known.count == frames.count else { continue }
                    let encoded = known.flatMap { $0.encode() }
                    guard encoded.count == mutated.count else {
                        #expect(encoded.count < mutated.count)
                        #expect((try? Frame.all(in: encoded)) == frames)
                        continue
                    }
                    #expect(encoded == mutated, "byte \(index) of \(frame) set to \(value)")
                }
            }
        }
    }

    @Test func severalMutationsNeverCrashAndNeverEncodeOtherwise() {
        var generator = SplitMix(seed: 1351)
        for _ in 0..<20_000 {
            var bytes = Samples.frames.randomElement(using: &generator)!.encode()
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 4..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let frame = try? Frame.all(in: bytes).first else { continue }
            if case .unknown = frame.body { continue }
            // A map may hide one known key behind another one that is passed over: then it got shorter.
            if frame.encode().count == bytes.count { #expect(frame.encode() == bytes) }
        }
    }

    @Test func everyCutOfAFrameIsNoFrameYet() throws {
        for frame in Samples.frames {
            let bytes = frame.encode()
            for length in bytes.indices {
                var buffer = FrameBuffer()
                try buffer.append(bytes[..<length])
                #expect(try buffer.next() == nil)
            }
        }
    }

    @Test func anUnknownTypeIsKeptApart() throws {
        let request = FrameHeader(kind: .request, type: 99, correlation: 4)
        #expect(try Frame.all(in: request.frame([1, 2])) == [Frame(.unknown(request, sequence: nil), correlation: 4)])
        let event = FrameHeader(kind: .event, type: 99)
        let payload: [UInt8] = [0xA2, 0x00, 0x07, 0x01, 0x61, 0x61]
        #expect(try Frame.all(in: event.frame(payload)) == [Frame(.unknown(event, sequence: 7))])
        #expect(throws: WireFault.badValue(field: "sequence")) { try Frame.all(in: event.frame([0xA0])) }
    }

    @Test func unknownKeysArePassedOver() throws {
        let header = FrameHeader(kind: .request, type: 25, correlation: 4)
        let frames = try Frame.all(in: header.frame([0xA2, 0x01, 0x05, 0x0C, 0x82, 0x61, 0x61, 0xF6]))
        #expect(frames == [Frame(.request(.release(session: .init(5))), correlation: 4)])
    }

    @Test func flagsOfKnownTypesAreFixed() {
        var header = FrameHeader(kind: .request, type: 25, correlation: 4)
        header.mustUnderstand = false
        #expect(throws: WireFault.notCanonical(field: "frame flags")) {
            try Frame.all(in: header.frame([0xA1, 0x01, 0x05]))
        }
        let more = FrameHeader(kind: .reply, type: 4, hasMore: true)
        #expect(throws: WireFault.badValue(field: "frame flags")) {
            try Frame.all(in: more.frame([0xA1, 0x01, 0x61, 0x61]))
        }
    }

    @Test func aPingCarriesNothing() {
        #expect(throws: WireFault.trailingBytes(1)) { try Frame.all(in: FrameHeader(kind: .ping, type: 0).frame([0])) }
        #expect(throws: WireFault.trailingBytes(1)) { try Frame.all(in: FrameHeader(kind: .pong, type: 0).frame([0])) }
    }

    @Test func dataHasAtLeastOneByteAndAtMostAPiece() throws {
        let header = FrameHeader(kind: .data, type: 30, correlation: 1)
        #expect(throws: WireFault.truncated(wanted: 1, left: 0)) {
            try Frame.all(in: header.frame(Array(repeating: 0, count: 8)))
        }
        let most = Array(repeating: 0 as UInt8, count: 8 + DocumentPiece.limit)
        #expect(try Frame.all(in: header.frame(most)).count == 1)
        #expect(throws: WireFault.tooLong(length: DocumentPiece.limit + 1, limit: DocumentPiece.limit)) {
            try Frame.all(in: header.frame(most + [0]))
        }
    }

    @Test func whatBelongsToNoRequestHasNoCorrelation() {
        for frame in Samples.frames {
            switch frame.body {
            case .event, .acknowledgement, .goAway, .command:
                let numbered = Frame(frame.body, correlation: 5).encode()
                #expect(throws: WireFault.badValue(field: "frame correlation")) { try Frame.all(in: numbered) }
            default: continue
            }
        }
    }

    /// Field by field some of these look like something else first.
    @Test(arguments: [
        ("keys out of order", [0xA2, 0x02, 0x00, 0x01, 0x05]), ("a key twice", [0xA2, 0x01, 0x05, 0x01, 0x05]),
        ("an indefinite map", [0xBF, 0x01, 0x05, 0xFF]), ("bytes behind the map", [0xA1, 0x01, 0x05, 0x00]),
        ("a long head", [0xA1, 0x01, 0x18, 0x05]), ("a long key", [0xA1, 0x18, 0x01, 0x05]),
        ("bytes behind a map that lacks a key", [0xA0, 0x00]),
    ])
    func anotherEncodingIsToldAsThat(what: String, payload: [UInt8]) {
        let header = FrameHeader(kind: .request, type: 25, correlation: 4)
        let fault = #expect(throws: WireFault.self) { try Frame.all(in: header.frame(payload)) }
        guard case .notCanonical? = fault else {
            Issue.record("\(what): \(String(describing: fault))")
            return
        }
    }

    @Test func whatIsWrongInTheOneEncodingIsNoOtherEncoding() {
        let header = FrameHeader(kind: .request, type: 25, correlation: 4)
        for payload: [UInt8] in [[0xA0], [0xA1, 0x01, 0xF6], [0x80], [], [0xA1, 0x01, 0x1C]] {
            let fault = #expect(throws: WireFault.self) { try Frame.all(in: header.frame(payload)) }
            if case .notCanonical? = fault { Issue.record("\(payload)") }
        }
    }
}
