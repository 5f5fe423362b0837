// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// A new directory that is gone, with all that is in it, when its owner is.
package final class TemporaryDirectory {
    package let path: String

    package init() throws {
        var template = Array("/tmp/lanyard-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFault(call: "mkdtemp", errno: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { Self.removeAll(path) }

    /// What is in it, in order.
    package var names: [String] { Self.names(in: path) }

    package func file(_ name: String) -> String { "\(path)/\(name)" }

    package func bytes(_ name: String) throws -> [UInt8] { try DurableFile.read(file(name), limit: 1 << 30) }

    /// Into the file that is there, if one is.
    package func write(_ bytes: [UInt8], to name: String) throws {
        let file = try Descriptor.open(file(name), flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.writeAll(bytes[...])
    }

    /// The permissions; 0 when there is no such file.
    package func mode(_ name: String) -> UInt32 {
        var facts = stat()
        return stat(file(name), &facts) == 0 ? facts.st_mode & 0o777 : 0
    }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A link to a directory is removed, not followed.
    private static func removeAll(_ path: String) {
        if unlink(path) == 0 { return }
        for name in names(in: path) { removeAll(path + "/" + name) }
        rmdir(path)
    }
}
