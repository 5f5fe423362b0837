// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO
import Primitives

/// Why a file of secrets cannot be used: what is wrong, where, and what to do about it.
package struct KeyFileFault: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// Group or others may read or change it; the mode's lower nine bits.
        case notPrivate(mode: UInt32)
        case foreignOwner(uid: UInt32)
        case notAFile
        case wrongLength(Int, wanted: Int)
        case badContent(String)
        case system(SystemFault)
    }

    package let path: String
    package let reason: Reason

    package init(path: String, reason: Reason) {
        self.path = path
        self.reason = reason
    }
}

extension KeyFileFault: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .notPrivate(let mode): "\(path) is open to other users (mode \(String(mode, radix: 8)))"
        case .foreignOwner(let uid): "\(path) belongs to another user (uid \(uid))"
        case .notAFile: "\(path) is not a regular file"
        case .wrongLength(let count, let wanted): "\(path) has \(count) bytes instead of \(wanted)"
        case .badContent(let detail): "\(path) cannot be used: \(detail)"
        case .system(let fault): "\(path): \(fault)"
        }
    }

    package var remedy: String {
        switch reason {
        case .notPrivate: "find out who may have read it; if nobody did, run: chmod 600 \(path)"
        case .foreignOwner: "give it to the user that runs this program, with chown"
        case .notAFile: "name a regular file in the settings"
        case .wrongLength, .badContent: "restore it from a backup; only where none of its data matters, remove it"
        case .system: "check that the folder exists and that this program's user may write to it"
        }
    }
}

/// A small file that only its owner may read, written whole or not at all.
struct PrivateFile {
    static let countLimit = 64 << 10

    let path: String

    /// `nil` when there is no such file.
    func read() throws(KeyFileFault) -> [UInt8]? {
        let facts: stat
        let bytes: [UInt8]
        do throws(SystemFault) {
            let file = try Descriptor.open(path, flags: O_RDONLY | O_NOCTTY | O_NONBLOCK)
            facts = try Self.facts(file)
            bytes = facts.st_mode & S_IFMT == S_IFREG ? try Self.readAll(file) : []
        } catch {
            if error.errno == ENOENT { return nil }
            throw KeyFileFault(path: path, reason: .system(error))
        }
        if let objection = Self.objection(to: facts) { throw KeyFileFault(path: path, reason: objection) }
        return bytes
    }

    /// Makes the file, durably, unless it has come to exist meanwhile; then it is left alone and the answer is false.
    func create(_ bytes: [UInt8]) throws(KeyFileFault) -> Bool {
        let temporary = "\(path).new-\(Hexadecimal.text(randomBytes(8)))"
        do throws(SystemFault) {
            let file = try Descriptor.open(temporary, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            defer { unlink(temporary) }
            try file.writeAll(bytes[...])
            try retrying("fsync") { fsync(file.raw) }
            // link, unlike rename, never replaces a file that another process made first.
            try retrying("link") { link(temporary, path) }
            try DurableFile.syncDirectory(of: path)
            return true
        } catch {
            if error.errno == EEXIST { return false }
            throw KeyFileFault(path: path, reason: .system(error))
        }
    }

    /// systemd hands a credential over as root's file of mode 0440 with an access list for the service's user, whom
    /// the mode cannot show: root's group reading it is no leak.
    static func isPrivate(mode: UInt32, uid: UInt32, gid: UInt32) -> Bool {
        let open = mode & 0o077
        return open == 0 || (open == 0o040 && uid == 0 && gid == 0)
    }

    private static func objection(to facts: stat) -> KeyFileFault.Reason? {
        guard facts.st_mode & S_IFMT == S_IFREG else { return .notAFile }
        guard isPrivate(mode: facts.st_mode, uid: facts.st_uid, gid: facts.st_gid) else {
            return .notPrivate(mode: facts.st_mode & 0o777)
        }
        guard facts.st_uid == geteuid() || facts.st_uid == 0 else { return .foreignOwner(uid: facts.st_uid) }
        return nil
    }

    private static func facts(_ file: borrowing Descriptor) throws(SystemFault) -> stat {
        var facts = stat()
        let raw = file.raw
        try retrying("fstat") { fstat(raw, &facts) }
        return facts
    }

    private static func readAll(_ file: borrowing Descriptor) throws(SystemFault) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < countLimit, let piece = try file.read(limit: countLimit), !piece.isEmpty { bytes += piece }
        return bytes
    }
}
