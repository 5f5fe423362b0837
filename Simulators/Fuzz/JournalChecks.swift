// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Primitives

/// The agent's journal after anything that may have happened to its file.
enum JournalChecks {
    /// The first byte: a file as it is, or payloads that get right lengths and checksums; the second: a place to cut.
    static func recovery(_ input: inout FuzzInput) throws(Finding) {
        let isFramed = input.byte() & 1 == 1
        let cut = Int(input.byte())
        let bytes = isFramed ? framed(&input) : Array(input.rest)
        guard let recovery = try? Journal.recover(from: bytes) else { return }
        try demand(
            recovery.validLength + recovery.droppedBytes == bytes.count, "every byte is either kept or dropped")
        let kept = Array(bytes.prefix(recovery.validLength))
        if !kept.isEmpty {
            let again = try? Journal.recover(from: kept)
            try demand(
                again?.state == recovery.state && again?.droppedBytes == 0, "what is kept says the same by itself")
        }
        let end = cut % (kept.count + 1)
        guard let prefix = try? Journal.recover(from: Array(kept.prefix(end))) else {
            throw Finding("a journal that ends early is no broken one")
        }
        try demand(prefix.validLength <= end, "nothing is kept that is not there")
        let state = recovery.state
        let compacted = try? Journal.recover(from: state.compacted())
        try demand(compacted?.droppedBytes == 0, "a compacted journal is whole")
        guard let compacted = compacted?.state, !state.stream.isEmpty else { return }
        let isSame =
            compacted.stream == state.stream && compacted.pending == state.pending && compacted.begun == state.begun
            && compacted.presented == state.presented && compacted.nextSequence == state.nextSequence
        try demand(isSame, "a compacted journal says what the long one said")
    }

    private static func framed(_ input: inout FuzzInput) -> [UInt8] {
        var bytes = Journal.header
        while !input.isEmpty {
            let payload = input.piece()
            let length = [0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
            let sum = CRC32C.checksum(length + payload)
            bytes += length + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) } + payload
        }
        return bytes
    }
}
