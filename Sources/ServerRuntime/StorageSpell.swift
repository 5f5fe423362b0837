// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import Primitives
import ServerCore
import Store

/// What keeps the store or the spool from being written: told once when it begins and once when it is over, however
/// many requests it turns away meanwhile.
struct StorageSpell {
    /// What still fits into the last free bytes does not end a spell.
    static let quiet = Duration.seconds(10)

    private var reason: OperatorError.Code?
    private var latest = MonotonicTime(nanoseconds: 0)

    /// True when it is to be told.
    mutating func begins(_ reason: OperatorError.Code, at now: MonotonicTime) -> Bool {
        defer { (self.reason, latest) = (reason, now) }
        return self.reason != reason
    }

    /// Something was written. True when that is to be told.
    mutating func ends(at now: MonotonicTime) -> Bool {
        guard reason != nil, now.elapsed(since: latest) >= Self.quiet else { return false }
        reason = nil
        return true
    }
}

/// Requests whose answers tell how store and spool are.
extension ServerRuntime {
    func ask(_ request: StoreRequest, then completion: @escaping (StoreReply) -> Void) {
        store.submit(request) { [weak self] reply in
            self?.watch(reply)
            completion(reply)
        }
    }

    func keep(_ work: DocumentWork, then completion: @escaping (DocumentAnswer) -> Void) {
        documents.submit(work) { [weak self] answer in
            self?.watch(answer)
            completion(answer)
        }
    }

    func watch(_ reply: StoreReply) {
        switch reply {
        case .failed(.full): storeIsFull()
        case .jobAccepted(_, isNew: true): storeIsWritten()
        // Of the others only the store knows whether anything was written.
        default: break
        }
    }

    func watch(_ request: AdminRequest, _ reply: AdminReply) {
        if reply == .failed(.full) { return storeIsFull() }
        if !request.isReading, reply.isDone { storeIsWritten() }
    }

    func watch(_ answer: DocumentAnswer) {
        switch answer {
        case .failed(.full): tellSpool(.storeFull, "the spool's disk is full: documents are refused", cause: nil)
        case .failed(.system(let fault, _)):
            tellSpool(.storeFailed, "the spool cannot be written: documents are refused", cause: fault)
        case .stored(let document):
            guard case .spool = document.place, spoolSpell.ends(at: loop.now) else { return }
            observer.log(.info, "storage-back", ["storage": "spool"])
        case .done, .piece, .room, .failed: break
        }
    }

    private func storeIsFull() {
        guard storeSpell.begins(.storeFull, at: loop.now) else { return }
        observer.log(
            OperatorError(
                .storeFull, "the store's disk is full: jobs and changes are refused",
                remedy: "Make room on the disk of \(settings.state)."))
    }

    private func storeIsWritten() {
        guard storeSpell.ends(at: loop.now) else { return }
        observer.log(.info, "storage-back", ["storage": "store"])
    }

    private func tellSpool(_ code: OperatorError.Code, _ what: String, cause: (any Error & Sendable)?) {
        guard spoolSpell.begins(code, at: loop.now) else { return }
        let remedy =
            code == .storeFull
            ? "Make room on the disk of \(settings.state)." : "May this user write to \(settings.state)/spool?"
        observer.log(OperatorError(code, what, remedy: remedy, cause: cause))
    }
}
