// SPDX-License-Identifier: Apache-2.0

import Crypto
import Testing

@Suite struct DocumentStreamsTests {
    static let chunk = SealedDocument.chunkSize

    @Test(arguments: SealedDocumentTests.counts, [1000, chunk, 3 * chunk])
    func anyPiecesGiveTheSameDocument(count: Int, piece: Int) throws {
        let key = DocumentKey.random()
        let plain = pattern(count)
        var whole = DocumentSealer(key: key)
        let expected = whole.append(plain) + whole.finish()

        var sealer = DocumentSealer(key: key)
        var sealed: [UInt8] = []
        for start in stride(from: 0, to: count, by: piece) {
            sealed += sealer.append(plain[start..<min(start + piece, count)])
        }
        sealed += sealer.finish()
        #expect(sealed == expected)

        var opener = DocumentOpener(key: key)
        var opened: [UInt8] = []
        for start in stride(from: 0, to: sealed.count, by: piece) {
            opened += try opener.append(sealed[start..<min(start + piece, sealed.count)])
        }
        #expect(opened + (try opener.finish()) == plain)
    }

    @Test func aCutAtAChunkIsNoticedAtTheEnd() throws {
        let key = DocumentKey.random()
        var sealer = DocumentSealer(key: key)
        let sealed = sealer.append(pattern(3 * Self.chunk)) + sealer.finish()
        for chunks in 0..<3 {
            var opener = DocumentOpener(key: key)
            _ = try opener.append(sealed.prefix(chunks * SealedDocument.sealedChunkSize))
            #expect(throws: SealFault.truncated(chunk: max(0, chunks - 1))) { _ = try opener.finish() }
        }
    }

    @Test func everyOtherCutIsRefused() throws {
        let key = DocumentKey.random()
        var sealer = DocumentSealer(key: key)
        let sealed = sealer.append(pattern(40)) + sealer.finish()
        for count in 1..<sealed.count {
            var opener = DocumentOpener(key: key)
            #expect(try opener.append(sealed.prefix(count)) == [])
            #expect(throws: SealFault.tampered(chunk: 0), "\(count) bytes") { _ = try opener.finish() }
        }
    }

    @Test func bytesBehindTheEndAreRefused() {
        let key = DocumentKey.random()
        var sealer = DocumentSealer(key: key)
        let sealed = sealer.append(pattern(Self.chunk)) + sealer.finish()
        #expect(throws: SealFault.tampered(chunk: 0)) {
            var opener = DocumentOpener(key: key)
            _ = try opener.append(sealed + [0])
        }
    }

    @Test func aChangedChunkIsRefusedBeforeItsBytesAreSeen() {
        let key = DocumentKey.random()
        var sealer = DocumentSealer(key: key)
        var sealed = sealer.append(pattern(3 * Self.chunk)) + sealer.finish()
        sealed[SealedDocument.sealedChunkSize + 5] ^= 1
        #expect(throws: SealFault.tampered(chunk: 1)) {
            var opener = DocumentOpener(key: key)
            _ = try opener.append(sealed)
        }
    }
}
