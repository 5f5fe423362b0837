// SPDX-License-Identifier: Apache-2.0

import ReleaseWire
import ServerCore
import Store

/// Reads one stored document into memory, piece by piece.
final class WholeDocument {
    private let document: StoredDocument
    private let thread: DocumentThread
    private let done: ([UInt8]?) -> Void
    private var bytes: [UInt8] = []

    /// `nil` when it is larger than the limit or cannot be read.
    static func read(
        _ document: StoredDocument, limit: Int, from thread: DocumentThread, then done: @escaping ([UInt8]?) -> Void
    ) {
        guard document.size <= UInt64(limit) else { return done(nil) }
        WholeDocument(document, thread, done).readOn()
    }

    private init(_ document: StoredDocument, _ thread: DocumentThread, _ done: @escaping ([UInt8]?) -> Void) {
        self.document = document
        self.thread = thread
        self.done = done
        bytes.reserveCapacity(Int(document.size))
    }

    private func readOn() {
        let work = DocumentWork.read(document, offset: UInt64(bytes.count), limit: DocumentPiece.limit)
        thread.submit(work) { answer in
            switch answer.piece {
            case .bytes(let piece):
                self.bytes += piece
                self.readOn()
            case .end: self.done(self.bytes)
            case .failed: self.done(nil)
            }
        }
    }
}

extension DocumentAnswer {
    /// What became of a read.
    var piece: DocumentPiece {
        switch self {
        case .piece(let piece): piece
        case .failed(let fault): .failed(fault.refusal)
        case .done, .stored: preconditionFailure("a read is answered by a piece")
        }
    }

    /// What became of a finish.
    var document: StoredDocument? { if case .stored(let document) = self { document } else { nil } }
}
