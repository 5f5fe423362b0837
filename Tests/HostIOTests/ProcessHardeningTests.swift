// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing

@Suite struct ProcessHardeningTests {
    @Test func sealedMemoryCannotBeChanged() throws {
        let memory = try SealedMemory(name: "document", [1, 2, 3])
        #expect(try memory.descriptor.read(limit: 10) == [1, 2, 3])
        #expect(throws: SystemFault(call: "write", errno: EPERM)) { try memory.descriptor.write([4]) }
    }

    /// In a process of its own, since nothing takes a filter off again.
    @Test func aConfinedProcessComputesAndOpensNothing() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let memory = try SealedMemory(name: "document", [5])
            try ProcessHardening.confineToParsing()
            guard open("/dev/null", O_RDONLY) < 0, errno == EPERM else { _exit(1) }
            guard socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0) < 0, errno == EPERM else { _exit(2) }
            guard kill(getpid(), 0) < 0, errno == EPERM else { _exit(3) }
            guard try memory.descriptor.read(limit: 1) == [5] else { _exit(4) }
            guard [UInt8](repeating: 1, count: 50_000_000).count == 50_000_000 else { _exit(5) }
            var limits = rlimit()
            guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &limits) == 0 else { _exit(6) }
            guard setrlimit(__rlimit_resource_t(UInt32(RLIMIT_CORE.rawValue)), &limits) < 0 else { _exit(8) }
            _exit(7)
        }
    }

    @Test func limitsHoldInAProcessOfItsOwn() async {
        await #expect(processExitsWith: .exitCode(7)) {
            try ProcessHardening.hideMemory()
            try ProcessHardening.giveUpNewPrivileges()
            try ProcessHardening.limit(
                .init(memoryBytes: 1 << 36, cpuSeconds: 60, openFiles: 3, fileBytes: 10))
            guard open("/dev/null", O_RDONLY) < 0, errno == EMFILE else { _exit(1) }
            _exit(7)
        }
    }
}
