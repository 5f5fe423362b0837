// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// A file in our address space, read only. The file must not shrink meanwhile: a sealed memory file cannot.
struct FileMapping: ~Copyable {
    let bytes: UnsafeRawBufferPointer

    /// Nil when the file is empty or larger than `limit`.
    init?(_ file: borrowing Descriptor, limit: Int) throws(SystemFault) {
        let size = try Self.size(of: file)
        guard size > 0, size <= limit else { return nil }
        let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.raw, 0)
        guard let start, start != UnsafeMutableRawPointer(bitPattern: -1) else {
            throw SystemFault(call: "mmap", errno: errno)
        }
        bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }

    static func seek(_ file: borrowing Descriptor, to offset: Int) throws(SystemFault) {
        let raw = file.raw
        try retrying("lseek") { lseek(raw, offset, SEEK_SET) }
    }

    private static func size(of file: borrowing Descriptor) throws(SystemFault) -> Int {
        let raw = file.raw
        return try retrying("lseek") { lseek(raw, 0, SEEK_END) }
    }
}
