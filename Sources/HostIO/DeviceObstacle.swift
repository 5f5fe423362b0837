// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What stands between this program and a device node, as far as `/proc` and the node itself tell.
package enum DeviceObstacle {
    package struct Holder: Hashable, Sendable {
        package let process: Int32
        package let name: String
    }

    /// Processes looked at, at most.
    static let processLimit = 4096

    /// The group whose members may open the node for reading and writing; `nil` when there is none.
    package static func group(of path: String) -> String? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & 0o060 == 0o060 else { return nil }
        guard let entry = getgrgid(facts.st_gid), let name = entry.pointee.gr_name else { return "\(facts.st_gid)" }
        return String(cString: name)
    }

    /// Other processes that have the node open. Those of other users are seen by root alone.
    package static func holders(of path: String) -> [Holder] {
        var wanted = stat()
        guard stat(path, &wanted) == 0 else { return [] }
        return processes().filter { $0 != getpid() }.compactMap { process in
            let folder = "/proc/\(process)/fd"
            let holds = entries(of: folder).contains { entry in
                var facts = stat()
                return stat("\(folder)/\(entry)", &facts) == 0 && facts.st_rdev == wanted.st_rdev
                    && facts.st_mode & S_IFMT == S_IFCHR
            }
            return holds ? Holder(process: process, name: name(of: process)) : nil
        }
    }

    /// Which of these programs run.
    package static func running(_ programs: [String]) -> [Holder] {
        processes().map { Holder(process: $0, name: name(of: $0)) }.filter { programs.contains($0.name) }
    }

    private static func processes() -> [Int32] {
        Array(entries(of: "/proc").compactMap { Int32($0) }.prefix(processLimit))
    }

    private static func name(of process: Int32) -> String {
        let bytes = (try? DurableFile.read("/proc/\(process)/comm", limit: 64)) ?? []
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    private static func entries(of path: String) -> [String] { (try? Folder.names(in: path)) ?? [] }
}

/// The names in a folder.
package enum Folder {
    /// In order of their bytes; `.` and `..` are left out.
    package static func names(in path: String) throws(SystemFault) -> [String] {
        guard let folder = opendir(path) else { throw SystemFault(call: "opendir \(path)", errno: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
