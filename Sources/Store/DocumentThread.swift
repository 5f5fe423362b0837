// SPDX-License-Identifier: Apache-2.0

package import Crypto
package import HostIO
package import ReleaseRules
package import ReleaseWire
package import ServerCore

/// What is asked of the document store on its thread, in order.
package enum DocumentWork: Sendable {
    case begin(DocumentToken)
    case append(DocumentToken, [UInt8])
    case finish(DocumentToken)
    case discard(DocumentToken)
    case read(StoredDocument, offset: UInt64, limit: Int)
    case remove([StoredDocument])
    /// How full the spool's file system is.
    case measure
    case make(DiskReserve)
    case drop(DiskReserve)

    /// It ends what was taken, and is as rare: lost, it would leave a place taken, or a file that nobody names.
    var isEnd: Bool {
        switch self {
        case .discard, .remove, .drop: true
        case .begin, .append, .finish, .read, .measure, .make: false
        }
    }
}

package enum DocumentAnswer: Hashable, Sendable {
    /// To begin, append, discard, remove, make and drop.
    case done
    case room(DiskRoom)
    case stored(StoredDocument)
    case piece(DocumentPiece)
    case failed(DocumentFault)
}

/// The document store on a thread of its own, so that no disk holds up the loop.
package final class DocumentThread {
    /// Documents waiting to be copied into memory.
    package static let copyLimit = 8
    /// Requests not yet answered; those that end a document come beyond it.
    package static let requestLimit = 1024

    private let loop: Loop
    private let worker: Worker<DocumentWork, DocumentAnswer>
    /// Answers with a sealed memory's descriptor, which is the receiver's.
    private let copier: Worker<StoredDocument, CInt?>

    /// Sweeps the spool first.
    /// - Parameters:
    ///   - known: the names in the spool that belong to a job.
    ///   - onFatal: called on the thread, before the answer leaves: the disk cannot be trusted any more, the program
    ///     ends.
    package init(
        folder: String, site: SiteKey, known: Set<String>, on loop: Loop, limits: DocumentStore.Limits = .init(),
        onFatal: @escaping @Sendable (DocumentFault) -> Void
    ) throws(SystemFault) {
        _ = try DocumentStore(folder: folder, site: site, limits: limits).sweep(known: known)
        self.loop = loop
        worker = try Worker(
            name: "documents", on: loop, limits: .grouping(requests: Self.requestLimit),
            makeState: { DocumentStore(existing: folder, site: site, limits: limits) },
            handle: { store, works in
                works.map { work in
                    let answer = Self.perform(work, in: store)
                    if case .failed(let fault) = answer, fault.isFatal { onFatal(fault) }
                    return answer
                }
            })
        copier = try Worker(
            name: "unseal", on: loop, limits: .parallel(threads: 1, requests: Self.copyLimit),
            makeState: { DocumentStore(existing: folder, site: site, limits: limits) },
            handle: { store, documents in documents.map { Self.copy($0, in: store) } })
    }

    /// The completion is called on the loop, never from within this call; with `failed(.tooMany)` when the thread has
    /// as many requests as it takes: ask again for what was to be read; a document that was to be written is lost,
    /// discard it. What ends a document is always taken.
    package func submit(_ work: DocumentWork, then completion: @escaping (DocumentAnswer) -> Void) {
        if !worker.submit(work, isOwed: work.isEnd, then: completion) { loop.soon { completion(.failed(.tooMany)) } }
    }

    /// The whole document, unsealed in memory, on a thread beside the one that reads and writes pieces: it may be
    /// large, and nobody waits for it. `nil` when it is larger than the limit, cannot be read, or too many wait.
    package func copy(
        _ document: StoredDocument, limit: Int, then completion: @escaping (consuming SealedMemory?) -> Void
    ) {
        let isTaken =
            document.size <= UInt64(limit)
            && copier.submit(document) { raw in completion(raw.map { SealedMemory(owning: $0) }) }
        if !isTaken { loop.soon { completion(nil) } }
    }

    package func stop() {
        copier.stop()
        worker.stop()
    }

    private static func copy(_ document: StoredDocument, in store: DocumentStore) -> CInt? {
        do {
            let memory = try UnsealedMemory(name: "document")
            var offset: UInt64 = 0
            while case .bytes(let piece) = try store.read(document, offset: offset, limit: DocumentPiece.limit) {
                try memory.append(piece[...])
                offset += UInt64(piece.count)
            }
            return try memory.seal().release()
        } catch {
            return nil
        }
    }

    private static func perform(_ work: DocumentWork, in store: DocumentStore) -> DocumentAnswer {
        do throws(DocumentFault) {
            switch work {
            case .begin(let token): try store.begin(token)
            case .append(let token, let bytes): try store.append(token, bytes)
            case .finish(let token): return .stored(try store.finish(token))
            case .discard(let token): store.discard(token)
            case .read(let document, let offset, let limit):
                return .piece(try store.read(document, offset: offset, limit: limit))
            case .remove(let documents): for document in documents { store.remove(document) }
            case .measure: return .room(try store.measure())
            case .make(let reserve): try store.make(reserve)
            case .drop(let reserve): reserve.drop()
            }
            return .done
        } catch {
            return .failed(error)
        }
    }
}
