// SPDX-License-Identifier: Apache-2.0

package import Crypto
import Glibc
package import HostIO
import Primitives
package import ReleaseRules
package import ReleaseWire
package import ServerCore

/// The bytes of documents, sealed; for one thread.
///
/// A small document goes into its job's row, a larger one into a file of the spool folder that is written while it
/// arrives. `finish` returns when file and name are on the disk, so that the job may be committed after it. A file that
/// no job names – the process died in between – is removed by the sweep at the next start.
package final class DocumentStore {
    package struct Limits: Sendable {
        /// Documents up to this size stay in their row.
        package var row = 32 << 10
        /// Bytes of one document.
        package var document: UInt64 = 2 << 30
        /// Documents being received at once; each holds up to 64 KiB of memory.
        package var pending = 512

        package init() {}
    }

    private final class Pending {
        let key = DocumentKey.random()
        var sealer: DocumentSealer
        var hash = SHA256()
        var size: UInt64 = 0
        var name: String?
        var file: Descriptor?

        init() { sealer = DocumentSealer(key: key) }
    }

    private let folder: String
    private let site: SiteKey
    private let limits: Limits
    private var pending: [DocumentToken: Pending] = [:]

    /// Makes the folder when it is missing.
    package convenience init(folder: String, site: SiteKey, limits: Limits = Limits()) throws(SystemFault) {
        try DurableFile.makeDirectory(folder)
        self.init(existing: folder, site: site, limits: limits)
    }

    init(existing folder: String, site: SiteKey, limits: Limits) {
        self.folder = folder
        self.site = site
        self.limits = limits
    }

    deinit {
        for document in pending.values { remove(document) }
    }

    package func begin(_ token: DocumentToken) throws(DocumentFault) {
        guard pending.count < limits.pending else { throw .tooMany }
        precondition(pending[token] == nil, "a token names one document")
        pending[token] = Pending()
    }

    /// After a fault nothing of the document is left.
    package func append(_ token: DocumentToken, _ bytes: [UInt8]) throws(DocumentFault) {
        guard let document = pending[token] else { throw .notBegun }
        do throws(DocumentFault) {
            let (size, isTooMuch) = document.size.addingReportingOverflow(UInt64(bytes.count))
            guard !isTooMuch, size <= limits.document else { throw .tooLarge(limit: limits.document) }
            document.size = size
            document.hash.update(bytes)
            try write(document.sealer.append(bytes), of: document)
        } catch {
            discard(token)
            throw error
        }
    }

    /// The document is complete and on the disk. After a fault nothing of it is left.
    package func finish(_ token: DocumentToken) throws(DocumentFault) -> StoredDocument {
        guard let document = pending[token] else { throw .notBegun }
        do throws(DocumentFault) {
            let place = try place(of: document)
            pending[token] = nil
            return StoredDocument(
                place: place, wrappedKey: document.key.wrapped(under: site), size: document.size,
                sha256: document.hash.finish())
        } catch {
            discard(token)
            throw error
        }
    }

    /// Does nothing when there is nothing under this token.
    package func discard(_ token: DocumentToken) {
        if let document = pending.removeValue(forKey: token) { remove(document) }
    }

    private func place(of document: Pending) throws(DocumentFault) -> StoredDocument.Place {
        let end = document.sealer.finish()
        guard document.name != nil || document.size > UInt64(limits.row) else { return .row(sealed: end) }
        try write(end, of: document)
        guard let name = document.name, let descriptor = document.file?.raw else { throw .notBegun }
        do throws(SystemFault) {
            try retrying("fsync \(name)") { fsync(descriptor) }
            try DurableFile.syncDirectory(of: path(name))
        } catch {
            throw .system(error, isFatal: true)
        }
        document.file = nil
        return .spool(name: name)
    }

    private func write(_ sealed: [UInt8], of document: Pending) throws(DocumentFault) {
        guard !sealed.isEmpty else { return }
        do throws(SystemFault) {
            if document.name == nil {
                let name = Hexadecimal.text(randomBytes(16))
                document.file = try Descriptor.open(
                    path(name), flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
                document.name = name
            }
            try document.file?.writeAll(sealed[...])
        } catch {
            throw DocumentFault(error)
        }
    }

    private func remove(_ document: Pending) {
        document.file = nil
        if let name = document.name { unlink(path(name)) }
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }
}

/// Stored documents.
extension DocumentStore {
    /// The next bytes from `offset`, at most `limit` and at most a chunk; at the document's end its hash.
    package func read(
        _ document: StoredDocument, offset: UInt64, limit: Int
    ) throws(DocumentFault) -> DocumentPiece {
        precondition(limit > 0, "a read of nothing would never end")
        guard offset < document.size else { return .end(sha256: document.sha256) }
        guard let key = DocumentKey(wrapped: document.wrappedKey, under: site) else { throw .tampered }
        let index = Int(offset) / SealedDocument.chunkSize
        let chunk: [UInt8]
        switch document.place {
        case .row(let sealed):
            let shape = try shape(sealedCount: sealed.count, of: document)
            chunk = try open(shape, index, sealed[shape.range(ofChunk: index)], key)
        case .spool(let name): chunk = try readChunk(index, of: document, named: name, key)
        }
        let start = Int(offset) % SealedDocument.chunkSize
        return .bytes(Array(chunk[start...].prefix(min(limit, DocumentPiece.limit))))
    }

    private func readChunk(
        _ index: Int, of document: StoredDocument, named name: String, _ key: DocumentKey
    ) throws(DocumentFault) -> [UInt8] {
        let path = try checkedPath(name)
        let file = try system { () throws(SystemFault) in try Descriptor.open(path, flags: O_RDONLY | O_NOFOLLOW) }
        let raw = file.raw
        let size = try system { () throws(SystemFault) in
            var facts = stat()
            try retrying("fstat \(name)") { fstat(raw, &facts) }
            return Int(facts.st_size)
        }
        let shape = try shape(sealedCount: size, of: document)
        let range = shape.range(ofChunk: index)
        var sealed = [UInt8](repeating: 0, count: range.count)
        let count = try system { () throws(SystemFault) in
            try retrying("pread \(name)") { pread(raw, &sealed, range.count, range.lowerBound) }
        }
        guard count == range.count else { throw .tampered }
        return try open(shape, index, sealed[...], key)
    }

    package func measure() throws(DocumentFault) -> DiskRoom {
        let (used, free) = try system { () throws(SystemFault) in try DiskSpace.measure(folder) }
        return DiskRoom(used: used, free: free)
    }

    func make(_ reserve: DiskReserve) throws(DocumentFault) {
        try system { () throws(SystemFault) in try reserve.make() }
    }

    private func system<Value: ~Copyable>(
        _ body: () throws(SystemFault) -> Value
    ) throws(DocumentFault) -> Value {
        do throws(SystemFault) {
            return try body()
        } catch {
            throw DocumentFault(error)
        }
    }

    private func shape(sealedCount: Int, of document: StoredDocument) throws(DocumentFault) -> SealedDocument {
        guard let shape = try? SealedDocument(sealedCount: sealedCount), UInt64(shape.count) == document.size else {
            throw .tampered
        }
        return shape
    }

    private func open(
        _ shape: SealedDocument, _ index: Int, _ sealed: ArraySlice<UInt8>, _ key: DocumentKey
    ) throws(DocumentFault) -> [UInt8] {
        do throws(SealFault) {
            return try shape.open(chunk: index, sealed, key: key)
        } catch {
            throw .tampered
        }
    }

    /// It may be gone already. Not synced: should the name come back with a power cut, the sweep finds it.
    package func remove(_ document: StoredDocument) {
        guard case .spool(let name) = document.place, Self.isName(name) else { return }
        unlink(path(name))
    }

    /// Removes every file of the spool that no job names, and says how many.
    package func sweep(known: Set<String>) throws(SystemFault) -> Int {
        var orphans: [String] = []
        guard let directory = opendir(folder) else { throw SystemFault(call: "opendir \(folder)", errno: errno) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if Self.isName(name), !known.contains(name) { orphans.append(name) }
        }
        for name in orphans { unlink(path(name)) }
        return orphans.count
    }

    private func checkedPath(_ name: String) throws(DocumentFault) -> String {
        guard Self.isName(name) else { throw .tampered }
        return path(name)
    }

    /// Names come back from the database: what is not one of ours never becomes a path.
    private static func isName(_ name: String) -> Bool {
        name.utf8.count == 32 && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
