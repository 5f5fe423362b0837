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
