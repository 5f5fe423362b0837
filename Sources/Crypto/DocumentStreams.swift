// SPDX-License-Identifier: Apache-2.0

/// Seals a document while it arrives. A full chunk waits until more bytes come, because only then is it known not to
/// be the last; so at most one chunk is held.
package struct DocumentSealer: Sendable {
    private let key: DocumentKey
    private var pending: [UInt8] = []
    private var index = 0
    private var isFinished = false

    package init(key: DocumentKey) { self.key = key }

    /// The sealed chunks that became complete: write them behind those before.
    package mutating func append(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        precondition(!isFinished, "the document was finished")
        var sealed: [UInt8] = []
        var rest = bytes
        while !rest.isEmpty {
            if pending.count == SealedDocument.chunkSize { sealed += sealPending(isLast: false) }
            let piece = rest.prefix(SealedDocument.chunkSize - pending.count)
            pending += piece
            rest = rest.dropFirst(piece.count)
        }
        return sealed
    }

    package mutating func append(_ bytes: [UInt8]) -> [UInt8] { append(bytes[...]) }

    /// The last chunk. Nothing can be appended afterwards.
    package mutating func finish() -> [UInt8] {
        precondition(!isFinished, "the document was finished")
        isFinished = true
        return sealPending(isLast: true)
    }

    private mutating func sealPending(isLast: Bool) -> [UInt8] {
        defer {
            pending.removeAll(keepingCapacity: !isLast)
            index += 1
        }
        return SealedDocument.seal(chunk: index, pending[...], isLast: isLast, key: key)
    }
}

/// Opens a sealed document that is read from its start to its end. What `append` returned is genuine but may lack its
/// end, until `finish` has returned without a fault.
package struct DocumentOpener: Sendable {
    private let key: DocumentKey
    private var pending: [UInt8] = []
    private var index = 0

    package init(key: DocumentKey) { self.key = key }

    package mutating func append(_ sealed: ArraySlice<UInt8>) throws(SealFault) -> [UInt8] {
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

    package mutating func append(_ sealed: [UInt8]) throws(SealFault) -> [UInt8] { try append(sealed[...]) }

    /// The rest of the document.
    package mutating func finish() throws(SealFault) -> [UInt8] {
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
