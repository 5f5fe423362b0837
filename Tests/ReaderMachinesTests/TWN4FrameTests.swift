// SPDX-License-Identifier: Apache-2.0

import ReaderMachines
import Testing

/// TWN4 Simple Protocol, DocRev17.
@Suite struct TWN4FrameTests {
    @Test(
        arguments: [
            ([0x00, 0x05], "0005\r", false, false), ([0x00, 0x05], "000515A7\r", false, true),
            ([0x00, 0x01], "0001\r", false, false), ([0x00, 0x01], "000131E1\r", false, true),
        ] as [([UInt8], String, Bool, Bool)])
    func linesAreThePublishedOnes(payload: [UInt8], line: String, isBinary: Bool, hasCRC: Bool) {
        let frame = TWN4Frame(isBinary: isBinary, hasCRC: hasCRC)
        #expect(frame.encode(payload) == Array(line.utf8))
        #expect(Self.decode(Array(line.utf8), frame) == payload)
        #expect(Self.decode(Array(line.lowercased().utf8), frame) == payload)
    }

    /// GetSysTicks, GetDeviceUID, GetTagTypes.
    @Test(
        arguments: [
            ("00D3480700", [0, 0xD3, 0x48, 0x07, 0]),
            ("002D002F000B47303531353233", [0, 0x2D, 0, 0x2F, 0, 0x0B, 0x47, 0x30, 0x35, 0x31, 0x35, 0x32, 0x33]),
            ("002FFE0700F7000000", [0, 0x2F, 0xFE, 0x07, 0, 0xF7, 0, 0, 0]),
        ] as [(String, [UInt8])])
    func furtherPublishedAnswersAreLines(line: String, payload: [UInt8]) {
        let frame = TWN4Frame(isBinary: false, hasCRC: false)
        #expect(Self.decode(Array((line + "\r").utf8), frame) == payload)
        #expect(frame.encode(payload) == Array((line + "\r").utf8))
    }

    @Test(
        arguments: [
            ([0x00, 0x05], [0x02, 0x00, 0x00, 0x05], false),
            ([0x00, 0x05], [0x04, 0x00, 0x00, 0x05, 0x15, 0xA7], true),
            ([0x00, 0x01], [0x02, 0x00, 0x00, 0x01], false),
            ([0x00, 0x01], [0x04, 0x00, 0x00, 0x01, 0x31, 0xE1], true),
        ] as [([UInt8], [UInt8], Bool)])
    func binaryFramesAreThePublishedOnes(payload: [UInt8], bytes: [UInt8], hasCRC: Bool) {
        let frame = TWN4Frame(isBinary: true, hasCRC: hasCRC)
        #expect(frame.encode(payload) == bytes)
        for cut in 0...bytes.count {
            var buffer = Array(bytes[..<cut])
            let first = try? frame.next(&buffer)
            #expect(first == (cut < bytes.count ? nil : .some(payload)))
            buffer += bytes[cut...]
            if cut < bytes.count { #expect((try? frame.next(&buffer)) == .some(payload)) }
            #expect(buffer.isEmpty)
        }
    }

    @Test(arguments: [false, true])
    func everySingleBitErrorFailsTheCRC(isBinary: Bool) {
        let frame = TWN4Frame(isBinary: isBinary, hasCRC: true)
        let payload: [UInt8] = [0x00, 0x01, 0x80, 0x20, 0x04, 0x66, 0xCF, 0x4D, 0xC2]
        let good = frame.encode(payload)
        for index in good.indices {
            for bit in 0..<8 {
                var bytes = good
                bytes[index] ^= 1 << UInt8(bit)
                // The case of a hexadecimal digit is one bit and means nothing.
                let decoded = Self.decode(bytes, frame)
                let isSameText =
                    !isBinary && String(decoding: bytes, as: UTF8.self).uppercased().utf8.elementsEqual(good)
                #expect(decoded == nil || (isSameText && decoded == payload), "byte \(index) bit \(bit)")
            }
        }
    }

    @Test func limitsHold() {
        let line = TWN4Frame(isBinary: false, hasCRC: false)
        let most = Array(repeating: 0x41 as UInt8, count: 512)
        #expect(Self.decode(most + [0x0D], line)?.count == 256)
        #expect(throws: TWN4Frame.Fault.tooLong) { try Self.take(most + [0x41, 0x41, 0x0D], line) }
        #expect(throws: TWN4Frame.Fault.tooLong) { try Self.take(most + [0x41], line) }
        #expect(throws: TWN4Frame.Fault.notHex) { try Self.take(Array("001\r".utf8), line) }
        #expect(throws: TWN4Frame.Fault.notHex) { try Self.take(Array("00G1\r".utf8), line) }
        #expect(throws: TWN4Frame.Fault.empty) { try Self.take([0x0D], line) }
        let binary = TWN4Frame(isBinary: true, hasCRC: true)
        #expect(throws: TWN4Frame.Fault.tooLong) { try Self.take([0x01, 0x01], binary) }
        #expect(throws: TWN4Frame.Fault.empty) { try Self.take([0x00, 0x00], binary) }
        #expect(throws: TWN4Frame.Fault.empty) { try Self.take([0x02, 0x00, 0xFF, 0xFF], binary) }
    }

    @Test func twoFramesInOneBufferAreTwo() throws {
        let frame = TWN4Frame(isBinary: false, hasCRC: false)
        var buffer = Array("0001\r\n0002\r".utf8)
        #expect(try frame.next(&buffer) == [0, 1])
        #expect(try frame.next(&buffer) == [0, 2])
        #expect(try frame.next(&buffer) == nil)
    }

    private static func take(_ bytes: [UInt8], _ frame: TWN4Frame) throws -> [UInt8]? {
        var buffer = bytes
        return try frame.next(&buffer)
    }

    private static func decode(_ bytes: [UInt8], _ frame: TWN4Frame) -> [UInt8]? { try? take(bytes, frame) }
}
