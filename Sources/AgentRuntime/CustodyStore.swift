// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Ops
import PrintModel
import Primitives
import ReleaseWire

/// The documents of lent jobs on this box's disk, each sealed under a key of its own, which is wrapped under the box's
/// key. Written and read on a thread of its own.
final class CustodyStore {
    /// Requests that the disk has not done.
    static let queueLimit = 1024

    enum Request: Sendable {
        case open(Fence)
        case append(Fence, [UInt8])
        case finish(Fence, sha256: [UInt8])
        case remove(Fence)
        case read(Fence, offset: UInt64, limit: Int)
    }

    enum Reply: Sendable {
        case done
        case appended(Int)
        case finished(Bool)
        case piece(DocumentPiece)
    }

    /// The disk does not do what it should: said once, until it does it again.
    var onTrouble: ((CustodyTrouble) -> Void)?

    /// What the folder's thread answers: why it failed goes with it.
    struct Answer: Sendable {
        let reply: Reply
        var fault: SystemFault?
    }

    private let worker: Worker<Request, Answer>
    private let folder: String
    private let loop: Loop
    private var watch = CustodyWatch()

    /// - Parameter keep: what the journal says is here; whatever else lies about is removed.
    init(_ folder: String, key: SiteKey, keep: Set<Fence>, on loop: Loop) throws(SystemFault) {
        try DurableFile.makeDirectory(folder)
        try CustodyFolder.sweep(folder, keep: keep)
        self.folder = folder
        self.loop = loop
        worker = try Worker(
            name: "custody", on: loop, limits: .grouping(requests: Self.queueLimit),
            makeState: { CustodyFolder(folder, key: key) },
            handle: { folder, requests in requests.map { folder.perform($0) } })
    }

    /// A disk that cannot keep up loses the document, not the agent: it is offered again.
    func submit(_ request: Request, then done: @escaping (Reply) -> Void = { _ in }) {
        let deed = request.deed
        let isTaken = worker.submit(request) { [weak self] answer in
            self?.heed(answer, of: deed)
            done(answer.reply)
        }
        if !isTaken { loop.soon { done(request.failure) } }
    }

    private func heed(_ answer: Answer, of deed: CustodyWatch.Deed) {
        let hasWorked = answer.reply.showsThatDiskWorks
        guard watch.isNews(deed, answer.fault, hasWorked: hasWorked), let fault = answer.fault else { return }
        onTrouble?(CustodyTrouble(folder: folder, deed: deed, fault: fault))
    }

    func stop() { worker.stop() }
}

extension CustodyStore.Reply {
    /// A whole document is on the disk, or was read from it: with less, a full disk would seem to work again each time
    /// that a file is begun.
    fileprivate var showsThatDiskWorks: Bool {
        switch self {
        case .finished(let isWhole): isWhole
        case .piece(.bytes), .piece(.end): true
        case .done, .appended, .piece(.failed): false
        }
    }
}

extension CustodyStore.Request {
    fileprivate var deed: CustodyWatch.Deed {
        switch self {
        case .open, .append, .finish, .remove: .write
        case .read: .read
        }
    }

    var failure: CustodyStore.Reply {
        switch self {
        case .open, .remove: .done
        case .append: .appended(0)
        case .finish: .finished(false)
        case .read: .piece(.failed(Refusal(.documentUnavailable)))
        }
    }
}

/// The folder, on its thread. A document's file has its wrapped key in front; it has its name once it is whole.
final class CustodyFolder {
    /// A document that is coming; closes its file.
    private final class Writing {
        var sealer: DocumentSealer
        private var hash = SHA256()
        let file: Descriptor

        init(sealer: DocumentSealer, file: consuming Descriptor) {
            self.sealer = sealer
            self.file = file
        }

        func append(_ bytes: [UInt8]) throws(SystemFault) {
            hash.update(bytes)
            try file.writeAll(sealer.append(bytes)[...])
        }

        /// The digest of all of it.
        func finish() throws(SystemFault) -> [UInt8] {
            try file.writeAll(sealer.finish()[...])
            let raw = file.raw
            try retrying("fsync") { fsync(raw) }
            return hash.finish()
        }
    }

    private typealias Answer = CustodyStore.Answer

    private let folder: String
    private let key: SiteKey
    private var writing: [Fence: Writing] = [:]

    init(_ folder: String, key: SiteKey) {
        self.folder = folder
        self.key = key
    }

    static func sweep(_ folder: String, keep: Set<Fence>) throws(SystemFault) {
        guard let directory = opendir(folder) else { throw SystemFault(call: "opendir \(folder)", errno: errno) }
        defer { closedir(directory) }
        let names = Set(keep.map { "\($0)" })
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != "..", !names.contains(name) { unlink("\(folder)/\(name)") }
        }
    }

    func perform(_ request: CustodyStore.Request) -> CustodyStore.Answer {
        do throws(SystemFault) {
            switch request {
            case .open(let fence): try open(fence)
            case .append(let fence, let bytes): return Answer(reply: .appended(try append(fence, bytes)))
            case .finish(let fence, let sha256): return Answer(reply: .finished(try finish(fence, sha256: sha256)))
            case .remove(let fence): remove(fence)
            case .read(let fence, let offset, let limit):
                return Answer(reply: .piece(try read(fence, offset: offset, limit: limit)))
            }
            return Answer(reply: .done)
        } catch {
            if case .append(let fence, _) = request { drop(fence) }
            return Answer(reply: request.failure, fault: error)
        }
    }

    private func path(_ fence: Fence) -> String { "\(folder)/\(fence)" }

    private func open(_ fence: Fence) throws(SystemFault) {
        drop(fence)
        let documentKey = DocumentKey.random()
        let file = try Descriptor.open(
            path(fence) + ".new", flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        try file.writeAll(documentKey.wrapped(under: key)[...])
        writing[fence] = Writing(sealer: DocumentSealer(key: documentKey), file: file)
    }

    private func append(_ fence: Fence, _ bytes: [UInt8]) throws(SystemFault) -> Int {
        guard let one = writing[fence] else { return 0 }
        try one.append(bytes)
        return bytes.count
    }

    private func finish(_ fence: Fence, sha256: [UInt8]) throws(SystemFault) -> Bool {
        guard let one = writing[fence] else { return false }
        guard try one.finish() == sha256 else {
            drop(fence)
            return false
        }
        try retrying("rename") { rename(path(fence) + ".new", path(fence)) }
        try DurableFile.syncDirectory(of: path(fence))
        writing[fence] = nil
        return true
    }

    /// The key goes with the file, and with it the document.
    private func remove(_ fence: Fence) {
        drop(fence)
        unlink(path(fence))
    }

    private func drop(_ fence: Fence) {
        guard writing.removeValue(forKey: fence) != nil else { return }
        unlink(path(fence) + ".new")
    }

    /// The rest of one chunk at most.
    private func read(_ fence: Fence, offset: UInt64, limit: Int) throws(SystemFault) -> DocumentPiece {
        let file = try Descriptor.open(path(fence), flags: O_RDONLY)
        var facts = stat()
        try retrying("fstat") { fstat(file.raw, &facts) }
        let header = DocumentKey.wrappedCount
        let start = Int(clamping: offset)
        guard facts.st_size > header, let shape = try? SealedDocument(sealedCount: Int(facts.st_size) - header),
            let documentKey = DocumentKey(wrapped: try bytes(of: file, 0..<header), under: key), start <= shape.count
        else { return .failed(Refusal(.documentUnavailable)) }
        // Its hash was compared when it came, and each chunk's seal is when it is read.
        guard start < shape.count else { return .end(sha256: [UInt8](repeating: 0, count: 32)) }
        let chunk = start / SealedDocument.chunkSize
        let range = shape.range(ofChunk: chunk)
        let sealed = try bytes(of: file, (header + range.lowerBound)..<(header + range.upperBound))
        guard sealed.count == range.count,
            let plain = try? shape.open(chunk: chunk, sealed[...], key: documentKey)
        else { return .failed(Refusal(.documentUnavailable)) }
        return .bytes(Array(plain.dropFirst(start % SealedDocument.chunkSize).prefix(limit)))
    }

    private func bytes(of file: borrowing Descriptor, _ range: Range<Int>) throws(SystemFault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let raw = file.raw
        let count = try retrying("pread") { pread(raw, &bytes, range.count, range.lowerBound) }
        bytes.removeLast(range.count - count)
        return bytes
    }
}
