// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing

extension Loop {
    /// Turns until `condition` holds; false after five seconds, which no healthy test needs.
    func turn(until condition: () -> Bool) throws -> Bool {
        var isLate = false
        let limit = schedule(after: .seconds(5)) { isLate = true }
        defer { cancel(limit) }
        while !condition() && !isLate { try turn() }
        return condition()
    }
}

/// A directory that is gone when its owner is.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let tag = try SystemRandom.bytes(8).map { String($0, radix: 16) }.joined()
        path = "/tmp/host-io-test-" + tag
        try DurableFile.makeDirectory(path)
    }

    deinit { removeAll(path) }

    private func removeAll(_ path: String) {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != "." && name != ".." { removeAll(path + "/" + name) }
            }
            closedir(directory)
        }
        remove(path)
    }
}

/// A class, so that closures can fill it and the test can look.
final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// Two connected streams.
func streamPair(on loop: Loop) throws -> (Stream, Stream) {
    var ends: (CInt, CInt) = (-1, -1)
    let code = withUnsafeMutablePointer(to: &ends) { pair in
        pair.withMemoryRebound(to: CInt.self, capacity: 2) {
            socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0, $0)
        }
    }
    try #require(code == 0)
    return (
        try Stream(Descriptor(owning: ends.0), on: loop), try Stream(Descriptor(owning: ends.1), on: loop)
    )
}
