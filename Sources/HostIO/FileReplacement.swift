// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file on its way into the place of another one. It is open before anything is lost, so that whoever takes long to
/// make its content knows at once that it can be kept; until ``commit(_:)`` the old file stays as it is.
///
/// Only a regular file is replaced. A rename would put a file where a device, a pipe or a link was, which no caller of
/// this wants.
package final class FileReplacement {
    private let path: String
    private let temporary: String
    private let mode: UInt32
    private let file: Descriptor
    private var isInPlace = false

    /// - Parameter path: a regular file, or nothing yet.
    package init(of path: String, mode: UInt32 = 0o600) throws(SystemFault) {
        let facts = Self.facts(of: path)
        if let facts { try Self.expectFile(facts, "replace \(path)") }
        temporary = path + ".new"
        file = try Self.open(temporary, mode: mode)
        self.path = path
        self.mode = mode
    }

    deinit { if !isInPlace { unlink(temporary) } }

    /// The bytes are in the file's place, and on the disk, when this returns. Once.
    package func commit(_ bytes: [UInt8]) throws(SystemFault) {
        precondition(!isInPlace, "a file takes its place once")
        try retrying("fchmod \(temporary)") { fchmod(file.raw, mode) }
        try file.writeAll(bytes[...])
        try retrying("fsync \(temporary)") { fsync(file.raw) }
        try retrying("rename \(path)") { rename(temporary, path) }
        isInPlace = true
        try DurableFile.syncDirectory(of: path)
    }

    private static func open(_ path: String, mode: UInt32) throws(SystemFault) -> Descriptor {
        // Not blocking, so that a pipe of this name is a fault instead of a wait for its reader.
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK
        let opened = try Descriptor.open(path, flags: flags, mode: mode)
        var facts = stat()
        try retrying("fstat \(path)") { fstat(opened.raw, &facts) }
        try expectFile(facts, "write \(path)")
        return opened
    }

    /// Of the name itself, not of what a link leads to.
    private static func facts(of path: String) -> stat? {
        var facts = stat()
        return lstat(path, &facts) == 0 ? facts : nil
    }

    private static func expectFile(_ facts: stat, _ call: String) throws(SystemFault) {
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw SystemFault(call: call, errno: EISDIR)
        case S_IFLNK: throw SystemFault(call: "\(call), which is a link", errno: ELOOP)
        default: throw SystemFault(call: "\(call), which is no regular file", errno: ENOTSUP)
        }
    }
}
