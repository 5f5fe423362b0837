// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO

/// What the analysis of a stranger's document gives up before it looks at the first byte.
package enum Confinement {
    package static let cpuSeconds: UInt64 = 10
    package static let memoryBytes: UInt64 = 512 << 20
    package static let openFiles: UInt64 = 8

    /// Afterwards nothing can be opened, connected or started. `fileBytes` is what may still be written to files that
    /// are open already; pipes are not limited.
    package static func enter(fileBytes: UInt64 = 0) throws(SystemFault) {
        try ProcessHardening.hideMemory()
        try ProcessHardening.giveUpNewPrivileges()
        try ProcessHardening.limit(
            ProcessHardening.Limits(
                memoryBytes: memoryBytes, cpuSeconds: cpuSeconds, openFiles: openFiles, fileBytes: fileBytes))
        try ProcessHardening.confineToParsing()
    }

    /// What this process still can do although it should not; empty when it is confined.
    package static func breaches() -> [String] {
        let attempts: [(String, () -> CInt)] = [
            ("open", { Glibc.open("/dev/null", O_RDONLY) }),
            ("socket", { Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) }),
            ("socketpair", { localPair() }),
            ("start a program", { spawn("/bin/true") }),
        ]
        return attempts.filter { $0.1() >= 0 }.map(\.0)
    }

    private static func localPair() -> CInt {
        var ends: [CInt] = [-1, -1]
        return socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
    }

    private static func spawn(_ path: String) -> CInt {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        defer { free(arguments[0]) }
        return posix_spawn(&process, path, nil, nil, &arguments, nil) == 0 ? 0 : -1
    }
}
