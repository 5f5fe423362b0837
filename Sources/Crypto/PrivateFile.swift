// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why a file of secrets cannot be used: what is wrong, where, and what to do about it.
package struct KeyFileFault: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// Group or others may read or change it; the mode's lower nine bits.
        case notPrivate(mode: UInt32)
        case foreignOwner(uid: UInt32)
        case notAFile
        case wrongLength(Int, wanted: Int)
        case badContent(String)
        case system(call: String, errno: CInt)
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
        case .system(let call, let code): "\(path): \(call) failed: \(String(cString: strerror(code)))"
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
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw systemFault("open")
        }
        defer { close(descriptor) }
        try check(descriptor)
        var bytes = [UInt8](repeating: 0, count: Self.countLimit + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                let free = UnsafeMutableRawBufferPointer(rebasing: $0[filled...])
                return Glibc.read(descriptor, free.baseAddress, free.count)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw systemFault("read") }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    /// Makes the file, durably, unless it has come to exist meanwhile; then it is left alone and the answer is false.
    func create(_ bytes: [UInt8]) throws(KeyFileFault) -> Bool {
        let temporary = "\(path).new-\(randomBytes(8).map { String($0, radix: 16) }.joined())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw systemFault("open") }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        try write(bytes, to: descriptor)
        guard fsync(descriptor) == 0 else { throw systemFault("fsync") }
        // link, unlike rename, never replaces a file that another process made first.
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw systemFault("link")
        }
        try syncFolder()
        return true
    }

    /// systemd hands a credential over as root's file of mode 0440 with an access list for the service's user, whom
    /// the mode cannot show: root's group reading it is no leak.
    static func isPrivate(mode: UInt32, uid: UInt32, gid: UInt32) -> Bool {
        let open = mode & 0o077
        return open == 0 || (open == 0o040 && uid == 0 && gid == 0)
    }

    private func check(_ descriptor: CInt) throws(KeyFileFault) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw systemFault("fstat") }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw KeyFileFault(path: path, reason: .notAFile) }
        guard Self.isPrivate(mode: facts.st_mode, uid: facts.st_uid, gid: facts.st_gid) else {
            throw KeyFileFault(path: path, reason: .notPrivate(mode: facts.st_mode & 0o777))
        }
        guard facts.st_uid == geteuid() || facts.st_uid == 0 else {
            throw KeyFileFault(path: path, reason: .foreignOwner(uid: facts.st_uid))
        }
    }

    private func write(_ bytes: [UInt8], to descriptor: CInt) throws(KeyFileFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw systemFault("write") }
            rest = rest.dropFirst(count)
        }
    }

    private func syncFolder() throws(KeyFileFault) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemFault("open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemFault("fsync") }
    }

    private func systemFault(_ call: String) -> KeyFileFault {
        KeyFileFault(path: path, reason: .system(call: call, errno: errno))
    }
}
