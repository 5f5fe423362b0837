// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops

/// Folders and files of a lab.
package enum LabFolder {
    /// A folder of our own below TMPDIR, or below /tmp where that is too long for the sockets in it.
    package static func makeTemporary() throws(LabFault) -> String {
        let wanted = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let parent = wanted.utf8.count <= 32 && wanted.hasPrefix("/") ? wanted : "/tmp"
        var template = Array("\(parent)/lanyard-lab.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LabFault(SystemFault(call: "mkdtemp in \(parent)", errno: errno), while: "making a temporary folder")
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package static func make(_ path: String) throws(LabFault) {
        do throws(SystemFault) { try DurableFile.makeDirectory(path) } catch {
            throw LabFault("\(error)", exit: .cannotWrite)
        }
    }

    package static func write(_ text: String, to path: String) throws(LabFault) {
        try write(Array(text.utf8), to: path)
    }

    package static func write(_ bytes: [UInt8], to path: String) throws(LabFault) {
        do throws(SystemFault) { try DurableFile.write(bytes, to: path) } catch {
            throw LabFault("\(error)", exit: .cannotWrite)
        }
    }

    package static func read(_ path: String, limit: Int = 64 << 20) throws(LabFault) -> [UInt8] {
        do throws(SystemFault) { return try DurableFile.read(path, limit: limit) } catch {
            throw LabFault("\(error)", exit: .badData)
        }
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The last lines of a log, to go with an error.
    package static func tail(_ path: String, lines: Int) -> [String] {
        guard let bytes = try? DurableFile.read(path, limit: 64 << 20) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(lines).map(String.init)
    }

    /// The folder and all in it. Links are removed, not followed. What cannot be removed is left.
    package static func remove(_ path: String) {
        for name in names(in: path) {
            let inner = path + "/" + name
            var facts = stat()
            guard lstat(inner, &facts) == 0 else { continue }
            if facts.st_mode & S_IFMT == S_IFDIR { remove(inner) } else { unlink(inner) }
        }
        rmdir(path)
    }

    package static func removeFile(_ path: String) { unlink(path) }

    package static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
