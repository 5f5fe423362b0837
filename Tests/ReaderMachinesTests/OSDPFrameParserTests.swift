// SPDX-License-Identifier: Apache-2.0

import ReaderMachines
import SimRandom
import Testing

@Suite struct OSDPFrameParserTests {
    static let poll = osdp("53 65 08 00 04 60 60 90")
    static let frame = OSDPFrame(OSDPFrame.Head(address: 101, sequence: 0), code: 0x60)

    @Test func everyCutGivesTheSamePackets() throws {
        let stream = OSDPVectors.packets.flatMap { [OSDPFrame.mark] + $0 }
        let expected = try OSDPVectors.packets.map { OSDPFrameParser.Result.frame(try OSDPFrame(decoding: $0[...])) }
        for cut in 0...stream.count {
            var parser = OSDPFrameParser()
            #expect(
                parser.take(Array(stream[..<cut])) + parser.take(Array(stream[cut...])) == expected, "cut at \(cut)")
            #expect(!parser.isMidFrame)
        }
        var parser = OSDPFrameParser()
        #expect(stream.flatMap { parser.take([$0]) } == expected)
    }

    @Test(
        arguments: [
            ("00 01 02", [.noise]),
            ("FF FF", []),
            // Another start in the noise, with a length no packet has.
            ("53 00 00 00", [.tooShort]),
            ("53 00 FF FF 04", [.tooLong]),
            ("53 65 08 00 04 60 60 91", [.badCRC]),
            ("53 E5 07 00 01 40 81", [.badChecksum]),
            ("01 53 00 05 00 00 02", [.noise]),
        ] as [(String, [OSDPFault])])
    func aPacketBehindNoiseIsFound(noise: String, faults: [OSDPFault]) {
        var parser = OSDPFrameParser()
        #expect(parser.take(osdp(noise) + Self.poll) == faults.map { .fault($0) } + [.frame(Self.frame)])
    }

    @Test func theLongestPacketPassesAndALongerOneDoesNot() {
        let data = [UInt8](repeating: 7, count: OSDPFrame.lengthLimit - 8)
        let longest = OSDPFrame(OSDPFrame.Head(address: 1, sequence: 1), code: 0x80, data: data)
        var parser = OSDPFrameParser()
        #expect(parser.take(longest.encoded) == [.frame(longest)])
        var tooLong = longest.encoded
        tooLong[2] &+= 1
        #expect(parser.take(tooLong) == [.fault(.tooLong)])
    }

    @Test func halfAPacketIsForgottenOnRequest() {
        var parser = OSDPFrameParser()
        #expect(parser.take(Array(Self.poll.dropLast())) == [])
        #expect(parser.isMidFrame)
        parser.reset()
        #expect(!parser.isMidFrame)
        #expect(parser.take(Self.poll) == [.frame(Self.frame)])
    }

    /// Whatever comes, the parser keeps no more than one packet and ends within it.
    @Test func mutatedStreamsAreSurvived() {
        var random = SplitMix(seed: 7)
        let stream = OSDPVectors.packets.flatMap { [OSDPFrame.mark] + $0 }
        for _ in 0..<2000 {
            var bytes = stream
            for _ in 0..<random.below(8) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            bytes.removeSubrange(random.below(bytes.count)...)
            var parser = OSDPFrameParser()
            for result in parser.take(bytes) {
                if case .frame(let frame) = result { #expect(frame.encoded.count <= OSDPFrame.lengthLimit) }
            }
        }
    }
}
