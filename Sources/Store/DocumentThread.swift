// SPDX-License-Identifier: Apache-2.0

package import Crypto
package import HostIO
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
}

package enum DocumentAnswer: Hashable, Sendable {
    /// To begin, append, discard and remove.
    case done
    case stored(StoredDocument)
    case piece(DocumentPiece)
    case failed(DocumentFault)
}

/// The document store on a thread of its own, so that no disk holds up the loop.
package final class DocumentThread {
    /// Requests not yet answered.
    package static let requestLimit = 1024

    private let loop: Loop
    private let worker: Worker<DocumentWork, DocumentAnswer>

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
    }

    /// The completion is called on the loop, never from within this call; with `failed(.tooMany)` when the thread has
    /// as many requests as it takes. The document is lost then: discard it.
    package func submit(_ work: DocumentWork, then completion: @escaping (DocumentAnswer) -> Void) {
        if !worker.submit(work, then: completion) { loop.soon { completion(.failed(.tooMany)) } }
    }

    package func stop() { worker.stop() }

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
            }
            return .done
        } catch {
            return .failed(error)
        }
    }
}
