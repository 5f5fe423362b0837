// SPDX-License-Identifier: Apache-2.0

import Crypto
import Testing

@Suite struct SealedDocumentTests {
    static let chunk = SealedDocument.chunkSize
    static let site = SiteKey(pattern(32))!
    /// Every edge of the chunking.
    static let counts = [0, 1, 15, 16, 17, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1, 3 * chunk + 7]

    @Test(arguments: counts)
    func everyChunkOpensAlone(count: Int) throws {
        let key = DocumentKey.random()
        let plain = pattern(count)
        let sealed = Self.seal(plain, key)
        let document = try SealedDocument(sealedCount: sealed.count)
        #expect(document.count == count)
        #expect(document.chunkCount == max(1, (count + Self.chunk - 1) / Self.chunk))
        for index in (0..<document.chunkCount).reversed() {
            let opened = try document.open(chunk: index, sealed[document.range(ofChunk: index)], key: key)
            #expect(opened == Array(plain.dropFirst(index * Self.chunk).prefix(Self.chunk)))
        }
    }

    @Test(arguments: [0, 1, 200])
    func everyFlippedBitIsRefused(count: Int) throws {
        let key = DocumentKey.random()
        let sealed = Self.seal(pattern(count), key)
        let document = try SealedDocument(sealedCount: sealed.count)
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SealFault.tampered(chunk: 0), "bit \(bit)") {
                _ = try document.open(chunk: 0, changed[...], key: key)
            }
        }
    }

    @Test func cutAtAChunkIsNamedAsThat() throws {
        let key = DocumentKey.random()
        let sealed = Self.seal(pattern(3 * Self.chunk + 7), key)
        for chunks in 1...3 {
            let cut = sealed.prefix(chunks * SealedDocument.sealedChunkSize)
            let document = try SealedDocument(sealedCount: cut.count)
            #expect(throws: SealFault.truncated(chunk: chunks - 1)) {
                _ = try document.open(
                    chunk: chunks - 1, cut[document.range(ofChunk: chunks - 1)], key: key)
            }
        }
    }

    /// Only the empty document ends in a bare tag.
    @Test(arguments: [0, 1, 15, 1, SealedDocument.sealedChunkSize + 1, SealedDocument.sealedChunkSize + 16])
    func impossibleLengthsAreRefused(count: Int) {
        #expect(throws: SealFault.truncated(chunk: count / SealedDocument.sealedChunkSize)) {
            _ = try SealedDocument(sealedCount: count)
        }
    }

    @Test func exchangedAndRepeatedChunksAreRefused() throws {
        let key = DocumentKey.random()
        let sealed = Self.seal(pattern(3 * Self.chunk), key)
        let document = try SealedDocument(sealedCount: sealed.count)
        for wanted in 0..<3 {
            for given in 0..<3 where given != wanted {
                #expect(throws: SealFault.tampered(chunk: wanted)) {
                    _ = try document.open(chunk: wanted, sealed[document.range(ofChunk: given)], key: key)
                }
            }
        }
    }

    @Test func anotherDocumentsChunkIsRefused() throws {
        let key = DocumentKey.random()
        let sealed = Self.seal(pattern(10), .random())
        let document = try SealedDocument(sealedCount: sealed.count)
        #expect(throws: SealFault.tampered(chunk: 0)) { _ = try document.open(chunk: 0, sealed[...], key: key) }
    }

    @Test func aWrappedKeyComesBack() throws {
        let key = DocumentKey.random()
        let wrapped = key.wrapped(under: Self.site)
        #expect(wrapped.count == DocumentKey.wrappedCount)
        #expect(DocumentKey(wrapped: wrapped, under: Self.site) == key)
        #expect(key.wrapped(under: Self.site) != wrapped)
        #expect(DocumentKey(wrapped: wrapped, under: try #require(SiteKey(pattern(32, seed: 2)))) == nil)
        #expect(DocumentKey(wrapped: wrapped + [0], under: Self.site) == nil)
        for bit in 0..<wrapped.count * 8 {
            var changed = wrapped
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(DocumentKey(wrapped: changed, under: Self.site) == nil, "bit \(bit)")
        }
    }

    private static func seal(_ plain: [UInt8], _ key: DocumentKey) -> [UInt8] {
        var sealer = DocumentSealer(key: key)
        return sealer.append(plain) + sealer.finish()
    }
}
