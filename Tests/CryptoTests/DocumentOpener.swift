// SPDX-License-Identifier: Apache-2.0

@testable import Crypto

/// Opens a sealed document that is read from its start to its end. What `append` returned is genuine but may lack its
/// end, until `finish` has returned without a fault.
struct DocumentOpener: Sendable {
    private let key: DocumentKey
    private var pending: [UInt8] = []
    private var index = 0

    init(key: DocumentKey) { self.key = key }

    mutating func append(_ sealed: ArraySlice<UInt8>) throws(SealFault) -> [UInt8] {
        var plain: [UInt8] = []
        var rest = sealed
        while !rest.isEmpty {
            if pending.count == SealedDocument.sealedChunkSize { plain += try openPending(isLast: false) }
            let piece = rest.prefix(SealedDocument.sealedChunkSize - pending.count)
            pending += piece
            rest = rest.dropFirst(piece.count)
        }
        return plain
    }

    mutating func append(_ sealed: [UInt8]) throws(SealFault) -> [UInt8] { try append(sealed[...]) }

    /// The rest of the document.
    mutating func finish() throws(SealFault) -> [UInt8] {
        guard !pending.isEmpty else { throw .truncated(chunk: index) }
        return try openPending(isLast: true)
    }

    private mutating func openPending(isLast: Bool) throws(SealFault) -> [UInt8] {
        let plain = try SealedDocument.open(chunk: index, pending[...], isLast: isLast, key: key)
        guard isLast || plain.count == SealedDocument.chunkSize else { throw .tampered(chunk: index) }
        pending.removeAll(keepingCapacity: !isLast)
        index += 1
        return plain
    }
}
