// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A new folder that goes with this value.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/lanyard-store-XXXXXX".utf8CString)
        guard let name = mkdtemp(&template) else { throw Missing(what: "a folder") }
        path = String(cString: name)
    }

    deinit {
        for name in names { unlink(file(name)) }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] {
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

    func bytes(_ name: String) -> [UInt8] {
        let descriptor = open(file(name), O_RDONLY)
        defer { close(descriptor) }
        var facts = stat()
        fstat(descriptor, &facts)
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        _ = read(descriptor, &bytes, bytes.count)
        return bytes
    }

    func write(_ bytes: [UInt8], to name: String) {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    func mode(_ name: String) -> UInt32 {
        var facts = stat()
        stat(file(name), &facts)
        return facts.st_mode & 0o777
    }
}
