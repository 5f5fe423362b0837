// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import Testing

@Suite struct OSDPReplyTests {
    static func bits(_ text: String) -> RawRead {
        RawRead(technology: .unknown, bits: BitString(value: UInt128(text, radix: 2)!, count: text.count)!)
    }

    static let all: [OSDPReply] = [
        .acknowledged, .busy, .refused(.wrongSequence), .localStatus(tamper: true, powerFailure: false),
        .capabilities([OSDPCapability(function: 4, compliance: 2, count: 1)]),
        .identity(
            OSDPIdentity(vendor: [1, 2, 3], model: 4, version: 5, serial: 0x0102_0304, firmware: [1, 7, 15])),
        .card(reader: 0, bits("00101101000000001010001000")), .card(reader: 1, bits("1")),
        .card(reader: 0, RawRead(technology: .unknown, text: Array("A1234".utf8))!),
        .keys(reader: 0, SecretBytes(Array("12\r".utf8))), .communication(address: 3, speed: 115_200),
        .challenge(uniqueID: Array(0...7), random: Array(8...15), cryptogram: Array(16...31)),
        .initialMAC(Array(0...15)),
    ]

    @Test(arguments: all) func thePanelUnderstandsWhatAReaderSays(reply: OSDPReply) throws {
        #expect(try OSDPReply(code: reply.code, data: reply.data) == reply)
        #expect(!OSDPReply.name(of: reply.code).hasPrefix("reply"))
    }

    @Test(arguments: all) func aCutReplyIsRefused(reply: OSDPReply) {
        for count in 0..<reply.data.count {
            let cut = try? OSDPReply(code: reply.code, data: Array(reply.data[..<count]))
            // A read without its last byte looks like one with a count of one byte; the packet's CRC is there for that.
            if case .card = cut { continue }
            #expect(cut == nil || cut == .capabilities([]))
        }
    }

    @Test func readersSeenInTheFieldAreUnderstood() throws {
        let identity = try OSDPFrame(decoding: OSDPVectors.packets[8][...])
        guard case .identity(let reader) = try OSDPReply(code: identity.code, data: identity.data) else {
            Issue.record("not an identity")
            return
        }
        #expect("\(reader)" == "vendor CA446C model 1.0 serial 168647 firmware 1.7.15")
        let listed = try OSDPFrame(decoding: OSDPVectors.packets[9][...])
        guard case .capabilities(let list) = try OSDPReply(code: listed.code, data: listed.data) else {
            Issue.record("no capabilities")
            return
        }
        #expect(list.map(\.function) == [1, 2, 3, 4, 8, 9, 10, 13, 16])
        #expect(list[0] == OSDPCapability(function: 1, compliance: 1, count: 2))
        let refused = try OSDPFrame(decoding: OSDPVectors.packets[10][...])
        #expect(try OSDPReply(code: refused.code, data: refused.data) == .refused(.secureChannelNeeded))
    }

    /// OSDP.Net's reply tests; then 37 bits, where a reader is easily off by its padding (libosdp issue 87), and a
    /// count of one byte (libosdp issue 319).
    @Test(
        arguments: [
            ("05 00 10 00 12 AB", "0001001010101011"),
            ("00 01 25 00 58 4A 2B 94 00", "0101100001001010001010111001010000000"),
            ("00 01 10 12 AB", "0001001010101011"),
            (
                "00 00 80 00 80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01",
                "1" + String(repeating: "0", count: 126) + "1"
            ),
        ]) func bitsAreLeftJustified(data: String, bits: String) throws
    {
        let reader = osdp(data)[0]
        #expect(try OSDPReply(code: 0x50, data: osdp(data)) == .card(reader: reader, Self.bits(bits)))
    }

    @Test(
        arguments: [
            ("00 01 10", .badLength), ("00 01 10 00", .badBitCount), ("00 01 00 00", .badBitCount),
            ("00 01 10 00 12 AB CD EF", .badBitCount),
            ("00 01 25 00 58 4A 2B 94 04", .notLeftJustified),
            ("00 01 81 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", .tooLong),
            ("00 02 0C 00 41 42", .badBitCount), ("00 02 08 00 07", .notPrintable),
        ] as [(String, OSDPFault)])
    func badReadsAreRefusedByName(data: String, fault: OSDPFault) {
        #expect(throws: fault) { try OSDPReply(code: 0x50, data: osdp(data)) }
    }

    @Test func keysAreCounted() throws {
        let keys = try OSDPReply(code: 0x53, data: osdp("01 05 00 01 02 03 04"))
        #expect(keys == .keys(reader: 1, SecretBytes([0, 1, 2, 3, 4])))
        #expect(throws: OSDPFault.badLength) { try OSDPReply(code: 0x53, data: osdp("01 05 00 01 02 03")) }
        #expect(throws: OSDPFault.badLength) { try OSDPReply(code: 0x53, data: osdp("01 05 00 01 02 03 04 05")) }
    }

    @Test func unknownRepliesAreTolerated() throws {
        #expect(try OSDPReply(code: 0x51, data: [1, 2, 3]) == .other(0x51))
        #expect(try OSDPReply(code: 0xC3, data: []) == .other(0xC3))
        #expect(OSDPReply.name(of: 0xC3) == "reply C3")
    }

    @Test func printingHidesReads() {
        #expect(!"\(Self.all[6])".contains("0010110100"))
        #expect("\(Self.all[9])".contains("hidden"))
    }
}
