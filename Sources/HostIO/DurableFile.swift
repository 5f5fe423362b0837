// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// Files that survive a power cut: when a call returns, the bytes and the name are on the disk.
package enum DurableFile {
    /// Replaces the file as a whole; at any moment there is the old content or the new.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(SystemFault) {
        try FileReplacement(of: path, mode: mode).commit(bytes)
    }

    /// The whole file; a longer one is a fault with EFBIG, none at all one with ENOENT.
    package static func read(_ path: String, limit: Int) throws(SystemFault) -> [UInt8] {
        let file = try Descriptor.open(path, flags: O_RDONLY)
        var bytes: [UInt8] = []
        while let piece = try file.read(limit: min(65536, limit + 1)), !piece.isEmpty {
            bytes += piece
            guard bytes.count <= limit else { throw SystemFault(call: "read \(path)", errno: EFBIG) }
        }
        return bytes
    }

    /// `nil` when there is no such file.
    package static func readIfPresent(_ path: String, limit: Int) throws(SystemFault) -> [UInt8]? {
        do throws(SystemFault) {
            return try read(path, limit: limit)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    package static func remove(_ path: String) throws(SystemFault) {
        try retrying("unlink \(path)") { unlink(path) }
        try syncDirectory(of: path)
    }

    /// Puts a file, whose content is on the disk, in the place of another one in the same directory.
    package static func move(_ path: String, to other: String) throws(SystemFault) {
        try retrying("rename \(other)") { rename(path, other) }
        try syncDirectory(of: other)
    }

    /// Makes the directory and those above it where they are missing; what is there already keeps its mode.
    package static func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws(SystemFault) {
        if mkdir(path, mode) == 0 { return try syncDirectory(of: path) }
        let code = errno
        if code == ENOENT, let parent = parent(of: path) {
            try makeDirectory(parent, mode: mode)
            try retrying("mkdir \(path)") { mkdir(path, mode) }
            return try syncDirectory(of: path)
        }
        guard code == EEXIST else { throw SystemFault(call: "mkdir \(path)", errno: code) }
        var facts = stat()
        try retrying("stat \(path)") { stat(path, &facts) }
        guard facts.st_mode & S_IFMT == S_IFDIR else { throw SystemFault(call: "mkdir \(path)", errno: ENOTDIR) }
    }

    /// Takes a directory for this process alone until the lock is closed, or the process ends. A fault with `isBusy`
    /// means that another process has it.
    package static func lockDirectory(_ path: String) throws(SystemFault) -> Descriptor {
        let lock = try Descriptor.open(path + "/lock", flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try retrying("flock \(path)") { flock(lock.raw, LOCK_EX | LOCK_NB) }
        return lock
    }

    /// The same after whoever has it is done, or its fault after `patience`; for programs that run but a moment.
    package static func lockDirectory(_ path: String, within patience: Duration) throws(SystemFault) -> Descriptor {
        let end = ContinuousClock.now + patience
        while true {
            do throws(SystemFault) {
                return try lockDirectory(path)
            } catch {
                guard error.isBusy, ContinuousClock.now < end else { throw error }
            }
            usleep(lockPauseMicroseconds)
        }
    }

    private static let lockPauseMicroseconds: UInt32 = 50_000

    package static func syncDirectory(of path: String) throws(SystemFault) {
        let directory = try Descriptor.open(parent(of: path) ?? ".", flags: O_RDONLY | O_DIRECTORY)
        try retrying("fsync directory of \(path)") { fsync(directory.raw) }
    }

    private static func parent(of path: String) -> String? {
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return nil }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}

/// A file that only grows. Each append is on the disk when the call returns.
package struct AppendFile: ~Copyable {
    private let file: Descriptor
    private let path: String

    /// Makes the file when it is missing.
    package init(_ path: String, mode: UInt32 = 0o600) throws(SystemFault) {
        file = try Self.open(path, mode)
        self.path = path
    }

    private static func open(_ path: String, _ mode: UInt32) throws(SystemFault) -> Descriptor {
        let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, mode: mode)
        try DurableFile.syncDirectory(of: path)
        return file
    }

    package func append(_ bytes: [UInt8]) throws(SystemFault) {
        try file.writeAll(bytes[...])
        try retrying("fdatasync \(path)") { cs_sync_data(file.raw) }
    }
}
