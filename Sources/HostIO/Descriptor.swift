// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// Owns one open descriptor and closes it exactly once, when its owner goes out of scope.
package struct Descriptor: ~Copyable, Sendable {
    /// For calls that only use the number; it stays the property of this value.
    package let raw: CInt

    /// Takes over a descriptor that the caller got from the kernel.
    package init(owning raw: CInt) {
        precondition(raw >= 0, "a failed call was not noticed")
        self.raw = raw
    }

    deinit { _ = Glibc.close(raw) }

    /// Gives the number away; whoever takes it closes it.
    package consuming func release() -> CInt {
        let number = raw
        discard self
        return number
    }

    package static func open(_ path: String, flags: CInt, mode: UInt32 = 0) throws(SystemFault) -> Descriptor {
        Descriptor(owning: CInt(try retrying("open \(path)") { Glibc.open(path, flags | O_CLOEXEC, mode) }))
    }

    package struct Pipe: ~Copyable {
        package let reader: Descriptor
        package let writer: Descriptor

        init(reader: consuming Descriptor, writer: consuming Descriptor) {
            self.reader = reader
            self.writer = writer
        }

        package consuming func take() -> (reader: CInt, writer: CInt) { (reader.release(), writer.release()) }
    }

    package static func pipe(nonBlocking: Bool) throws(SystemFault) -> Pipe {
        var ends: (CInt, CInt) = (-1, -1)
        try retrying("pipe2") {
            withUnsafeMutablePointer(to: &ends) { pair in
                pair.withMemoryRebound(to: CInt.self, capacity: 2) { cs_pipe($0, nonBlocking ? 1 : 0) }
            }
        }
        return Pipe(reader: Descriptor(owning: ends.0), writer: Descriptor(owning: ends.1))
    }

    /// Reads what there is, at most `limit` bytes; empty at the end of the stream, `nil` when a non-blocking
    /// descriptor has nothing now.
    package func read(limit: Int) throws(SystemFault) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: limit)
        guard let count = try attempting("read", { Glibc.read(raw, &bytes, limit) }) else { return nil }
        bytes.removeLast(limit - count)
        return bytes
    }

    /// How many bytes were taken; `nil` when a non-blocking descriptor takes nothing now.
    package func write(_ bytes: ArraySlice<UInt8>) throws(SystemFault) -> Int? {
        try attempting("write") { bytes.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) } }
    }

    /// For blocking descriptors: writes all of it.
    package func writeAll(_ bytes: ArraySlice<UInt8>) throws(SystemFault) {
        var rest = bytes
        while !rest.isEmpty {
            guard let count = try write(rest) else { throw SystemFault(call: "write", errno: EAGAIN) }
            rest = rest.dropFirst(count)
        }
    }

    package func setNonBlocking() throws(SystemFault) {
        let flags = try retrying("fcntl F_GETFL") { fcntl(raw, F_GETFL) }
        try retrying("fcntl F_SETFL") { fcntl(raw, F_SETFL, CInt(flags) | O_NONBLOCK) }
    }

    package func duplicate() throws(SystemFault) -> Descriptor {
        Descriptor(owning: CInt(try retrying("fcntl F_DUPFD") { fcntl(raw, F_DUPFD_CLOEXEC, 3) }))
    }
}
