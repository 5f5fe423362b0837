// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// What a process gives up, and what it lets others do to it.
package enum ProcessHardening {
    /// No core dump and no reading of our memory by processes of the same user: keys live there. What is freed is
    /// overwritten, as far as the C library does that; see the units for systemd for the rest.
    package static func hideMemory() throws(SystemFault) {
        cs_overwrite_freed_memory()
        try retrying("prctl PR_SET_DUMPABLE") { cs_set_dumpable(0) }
        try retrying("setrlimit RLIMIT_CORE") { cs_limit_core(0) }
    }

    package static func giveUpNewPrivileges() throws(SystemFault) {
        try retrying("prctl PR_SET_NO_NEW_PRIVS") { cs_no_new_privileges() }
    }

    /// Kills this process when the thread that started it ends. The parent may be gone already: check it after.
    package static func dieWithParent() throws(SystemFault) {
        try retrying("prctl PR_SET_PDEATHSIG") { cs_set_parent_death_signal(SIGKILL) }
    }

    package struct Limits: Sendable {
        package let memoryBytes: UInt64
        package let cpuSeconds: UInt64
        package let openFiles: UInt64
        package let fileBytes: UInt64

        package init(memoryBytes: UInt64, cpuSeconds: UInt64, openFiles: UInt64, fileBytes: UInt64) {
            self.memoryBytes = memoryBytes
            self.cpuSeconds = cpuSeconds
            self.openFiles = openFiles
            self.fileBytes = fileBytes
        }
    }

    package static func limit(_ limits: Limits) throws(SystemFault) {
        try retrying("setrlimit RLIMIT_AS") { cs_limit_address_space(limits.memoryBytes) }
        try retrying("setrlimit RLIMIT_CPU") { cs_limit_cpu(limits.cpuSeconds) }
        try retrying("setrlimit RLIMIT_NOFILE") { cs_limit_open_files(limits.openFiles) }
        try retrying("setrlimit RLIMIT_FSIZE") { cs_limit_file_size(limits.fileBytes) }
    }

    /// From now on this process can read, write and map memory, and nothing else: no open, no socket, no new thread.
    package static func confineToParsing() throws(SystemFault) {
        try retrying("seccomp") { cs_seccomp_document_parser() }
    }
}

/// A file in memory that, once sealed, nobody can change: what a document is handed to a parser as.
package struct SealedMemory: ~Copyable {
    package let descriptor: Descriptor

    /// - Parameter name: shown in /proc only.
    package init(name: String, _ bytes: [UInt8]) throws(SystemFault) {
        let memory = try UnsealedMemory(name: name)
        try memory.append(bytes[...])
        self = try memory.seal()
    }

    /// Takes over what was sealed before.
    package init(owning raw: CInt) { descriptor = Descriptor(owning: raw) }

    package consuming func release() -> CInt { descriptor.release() }
}

/// The same while it is written, so that no more of it than a piece is ever held twice.
package struct UnsealedMemory: ~Copyable {
    private let memory: Descriptor

    /// - Parameter name: shown in /proc only.
    package init(name: String) throws(SystemFault) {
        memory = Descriptor(owning: CInt(try retrying("memfd_create") { cs_memfd_create(name) }))
    }

    package func append(_ bytes: ArraySlice<UInt8>) throws(SystemFault) { try memory.writeAll(bytes) }

    package consuming func seal() throws(SystemFault) -> SealedMemory {
        try retrying("lseek") { lseek(memory.raw, 0, SEEK_SET) }
        try retrying("fcntl F_ADD_SEALS") { cs_memfd_seal(memory.raw) }
        return SealedMemory(owning: memory.release())
    }
}

/// Where log lines and answers go, each by one write, so that lines of several threads do not mix.
package enum StandardStream: CInt, Sendable {
    case output = 1
    case error = 2

    /// Adds the line feed. False when the stream is closed or full and did not take all of it, which only whoever asked
    /// for an answer has to hear of.
    @discardableResult
    package func write(line: String) -> Bool { write(Array((line + "\n").utf8)) }

    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
