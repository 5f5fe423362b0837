// SPDX-License-Identifier: Apache-2.0

import ReaderMachines

/// OSDP packets.
enum OSDPChecks {
    static func frames(_ bytes: [UInt8]) throws(Finding) {
        var whole = OSDPFrameParser()
        let results = whole.take(bytes)
        var cut = OSDPFrameParser()
        try demand(bytes.flatMap { cut.take([$0]) } == results, "packets are found however the bytes are cut")
        for result in results {
            guard case .frame(let frame) = result else { continue }
            try demand(
                (try? OSDPFrame(decoding: frame.encoded[...])) == frame,
                "a packet that is written out reads back the same")
            if frame.isReply {
                guard let reply = try? OSDPReply(code: frame.code, data: frame.data) else { continue }
                try demand(reply.code == frame.code, "a reply keeps its code")
                try demand(
                    (try? OSDPReply(code: reply.code, data: reply.data)) == reply,
                    "a reply that is written out reads back the same")
            } else if let command = OSDPCommand(code: frame.code, data: frame.data) {
                try demand(
                    OSDPCommand(code: command.code, data: command.data) == command,
                    "a command that is written out reads back the same")
            }
        }
    }
}
