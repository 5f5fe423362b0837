// SPDX-License-Identifier: Apache-2.0

import Primitives

package enum SealFault: Error, Hashable, Sendable {
    /// Some byte, the key or the order differs from what was sealed.
    case tampered(chunk: Int)
    /// Whole chunks are missing at the end.
    case truncated(chunk: Int)
}

extension SealFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tampered(let chunk): "chunk \(chunk) of the stored document was changed"
        case .truncated(let chunk): "the stored document ends early, after chunk \(chunk)"
        }
    }
}

/// The random key of one job's document. Purging the job drops the wrapped key, and with it the document, because
/// overwriting is unreliable on flash.
package struct DocumentKey: Hashable, Sendable {
    package static let byteCount = 32
    /// Nonce, wrapped key, tag.
    package static let wrappedCount = AES256GCM.nonceCount + byteCount + AES256GCM.tagCount
    private static let label = Array("lanyard document key 1".utf8)

    let secret: SecretBytes

    /// A key must seal one document only: chunk nonces are plain numbers.
    package static func random() -> DocumentKey { DocumentKey(secret: .random(byteCount)) }

    /// For storage: the key under the site's key and a random nonce.
    package func wrapped(under site: SiteKey) -> [UInt8] {
        let nonce = randomBytes(AES256GCM.nonceCount)
        return nonce
            + AES256GCM.seal(secret.revealed[...], key: site.secret, nonce: nonce, authenticating: Self.label)
    }

    private init(secret: SecretBytes) { self.secret = secret }

    /// `nil` for bytes that were not wrapped under this site key.
    package init?(wrapped: [UInt8], under site: SiteKey) {
        guard wrapped.count == Self.wrappedCount else { return nil }
        let nonce = Array(wrapped.prefix(AES256GCM.nonceCount))
        let opened = AES256GCM.open(
            wrapped.dropFirst(nonce.count), key: site.secret, nonce: nonce, authenticating: Self.label)
        guard let opened else { return nil }
        secret = SecretBytes(opened)
    }
}

/// A document at rest: chunks of 64 KiB, the last one shorter, each sealed with AES-256-GCM and followed by its tag.
///
/// A chunk's nonce is 4 zero bytes and its index (8, big-endian). It authenticates a label, its index and whether it
/// is the last, so that chunks cannot be exchanged, repeated or left off unseen. Every document has a last chunk; only
/// that of the empty document is empty.
package struct SealedDocument: Hashable, Sendable {
    package static let chunkSize = 64 << 10
    package static let sealedChunkSize = chunkSize + AES256GCM.tagCount
    private static let label = Array("lanyard document 1".utf8)

    package let sealedCount: Int
    /// Bytes of the document itself.
    package let count: Int
    package let chunkCount: Int

    /// The shape of a sealed document of `sealedCount` bytes.
    package init(sealedCount: Int) throws(SealFault) {
        let (whole, rest) = sealedCount.quotientAndRemainder(dividingBy: Self.sealedChunkSize)
        let isEmptyDocument = sealedCount == AES256GCM.tagCount
        guard sealedCount > 0, rest == 0 || rest > AES256GCM.tagCount || isEmptyDocument else {
            throw .truncated(chunk: whole)
        }
        self.sealedCount = sealedCount
        chunkCount = whole + (rest > 0 ? 1 : 0)
        count = sealedCount - chunkCount * AES256GCM.tagCount
    }

    /// Where chunk `index` lies in the sealed bytes.
    package func range(ofChunk index: Int) -> Range<Int> {
        precondition((0..<chunkCount).contains(index), "no such chunk")
        let start = index * Self.sealedChunkSize
        return start..<min(start + Self.sealedChunkSize, sealedCount)
    }

    /// Opens chunk `index`, given the bytes of its ``range(ofChunk:)``.
    package func open(chunk index: Int, _ sealed: ArraySlice<UInt8>, key: DocumentKey) throws(SealFault) -> [UInt8] {
        precondition(sealed.count == range(ofChunk: index).count, "not this chunk's bytes")
        return try Self.open(chunk: index, sealed, isLast: index == chunkCount - 1, key: key)
    }

    static func seal(chunk index: Int, _ plain: ArraySlice<UInt8>, isLast: Bool, key: DocumentKey) -> [UInt8] {
        AES256GCM.seal(
            plain, key: key.secret, nonce: nonce(index), authenticating: context(index, isLast: isLast))
    }

    static func open(
        chunk index: Int, _ sealed: ArraySlice<UInt8>, isLast: Bool, key: DocumentKey
    ) throws(SealFault) -> [UInt8] {
        func attempt(asLast: Bool) -> [UInt8]? {
            AES256GCM.open(
                sealed, key: key.secret, nonce: nonce(index), authenticating: context(index, isLast: asLast))
        }
        if let plain = attempt(asLast: isLast) { return plain }
        // A genuine chunk with another one after it, where the file ends: the rest was cut off.
        throw isLast && attempt(asLast: false) != nil ? .truncated(chunk: index) : .tampered(chunk: index)
    }

    private static func nonce(_ index: Int) -> [UInt8] { [0, 0, 0, 0] + UInt64(index).bigEndianBytes }

    private static func context(_ index: Int, isLast: Bool) -> [UInt8] {
        label + UInt64(index).bigEndianBytes + [isLast ? 1 : 0]
    }
}
