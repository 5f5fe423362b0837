// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines

extension DecodeDriver {
    static func osdp(_ bytes: [UInt8]) throws(DecodeFault) -> DecodeInput {
        var parser = OSDPFrameParser()
        let results = parser.take(bytes)
        if case .fault(let fault) = results.first { throw DecodeFault(fault.rawValue, "OSDP: \(fault.rawValue)") }
        guard case .frame(let frame) = results.first else {
            throw DecodeFault(parser.isMidFrame ? "cut-short" : "noise", "these bytes hold no whole OSDP frame")
        }
        guard results.count == 1, !parser.isMidFrame else {
            throw DecodeFault("more-than-one", "one frame at a time, and nothing behind it")
        }
        let name = frame.isReply ? OSDPReply.name(of: frame.code) : OSDPCommand.name(of: frame.code)
        var input = DecodeInput()
        input.frame = DecodeInput.Frame(
            address: frame.address, isReply: frame.isReply, sequence: frame.sequence, name: name)
        let direction = frame.isReply ? "reply from" : "command to"
        let check = frame.check == .crc ? "CRC" : "checksum"
        input.steps = [
            "\(name), \(direction) address \(frame.address), sequence \(frame.sequence), \(check) right"
        ]
        if let block = frame.securityBlock {
            input.steps.append("inside a secure channel, block type \(String(block.type, radix: 16))")
            if block.type >= 0x17 { return input }
        }
        if frame.isReply { try take(frame, into: &input) }
        return input
    }

    private static func take(_ frame: OSDPFrame, into input: inout DecodeInput) throws(DecodeFault) {
        let reply: OSDPReply
        do throws(OSDPFault) {
            reply = try OSDPReply(code: frame.code, data: frame.data)
        } catch {
            throw DecodeFault(error.rawValue, "the content of this reply: \(error.rawValue)")
        }
        switch reply {
        case .card(let reader, let read):
            input.read = read
            input.isWired = true
            input.steps.append("read at reader \(reader): \(read)")
        case .keys(let reader, let keys):
            input.keys = keys.revealed.map(Self.key).joined()
            input.steps.append("\(keys.revealed.count) keys at keypad \(reader)")
        case .refused(let reason): input.steps.append("refused with code \(reason.rawValue)")
        case .identity(let identity): input.steps.append("\(identity)")
        case .capabilities(let list):
            input.steps += list.map { "capability \($0.function): compliance \($0.compliance), count \($0.count)" }
        case .localStatus(let tamper, let powerFailure):
            input.steps.append("tamper \(tamper ? "yes" : "no"), power failure \(powerFailure ? "yes" : "no")")
        case .communication(let address, let speed): input.steps.append("address \(address), \(speed) bit/s")
        case .acknowledged, .challenge, .initialMAC, .busy, .other: break
        }
    }

    /// Digits as they are; clear is `*`, enter `#`; other keys by their number.
    private static func key(_ code: UInt8) -> String {
        switch code {
        case 0x7F, UInt8(ascii: "*"): "*"
        case 0x0D, UInt8(ascii: "#"): "#"
        case 0x30...0x39, 0x41...0x48: String(decoding: [code], as: UTF8.self)
        default: "(\(code))"
        }
    }
}
