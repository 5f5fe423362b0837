// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// The file of a listening Unix socket. It is removed only while it is still the one that was made.
struct UnixPath {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    static func bind(_ path: String, mode: UInt32) throws(SystemFault) -> (socket: CInt, file: UnixPath) {
        let address = try SocketAddress(path: path)
        // A folder in /run is gone after each start of the machine. Where it cannot be made, bind says why.
        if let end = path.lastIndex(of: "/") { mkdir(String(path[..<end]), 0o755) }
        try clearStale(path, address)
        let socket = Descriptor(owning: CInt(try retrying("socket") { cs_stream_socket(AF_UNIX) }))
        // The file is born with the socket's own mode, less the mask: never, even briefly, too open.
        try retrying("fchmod") { fchmod(socket.raw, mode) }
        try retrying("bind \(path)") { address.withPointer { Glibc.bind(socket.raw, $0, $1) } }
        try retrying("chmod \(path)") { chmod(path, mode) }
        var facts = stat()
        try retrying("stat \(path)") { lstat(path, &facts) }
        let file = UnixPath(path: path, device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino))
        return (socket.release(), file)
    }

    func remove() {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_dev == device, facts.st_ino == inode else { return }
        unlink(path)
    }

    private static func clearStale(_ path: String, _ address: SocketAddress) throws(SystemFault) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw SystemFault(call: "bind \(path)", errno: EADDRINUSE) }
        let probe = Descriptor(owning: CInt(try retrying("socket") { cs_stream_socket(AF_UNIX) }))
        let isDead = address.withPointer { connect(probe.raw, $0, $1) } < 0 && errno == ECONNREFUSED
        guard isDead else { throw SystemFault(call: "bind \(path)", errno: EADDRINUSE) }
        try retrying("unlink \(path)") { unlink(path) }
    }
}
