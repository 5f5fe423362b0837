// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import HostIO
import Testing
import TestKit

@Suite struct DurableFileTests {
    @Test func aFileIsReplacedAsAWhole() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/state"
        try DurableFile.write([1, 2, 3], to: path)
        try DurableFile.write([4], to: path, mode: 0o640)
        #expect(try DurableFile.read(path, limit: 1) == [4])
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o640)
        #expect(access(path + ".new", F_OK) != 0)
    }

    @Test func aFailedReplacementLeavesTheOldFile() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/state"
        try DurableFile.makeDirectory(path + "/in-the-way")
        #expect(throws: SystemFault.self) { try DurableFile.write([1], to: path) }
        #expect(access(path + "/in-the-way", F_OK) == 0 && access(path + ".new", F_OK) != 0)
    }

    @Test func readingHasALimit() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/file"
        try DurableFile.write([UInt8](repeating: 7, count: 100_000), to: path)
        #expect(try DurableFile.read(path, limit: 100_000).count == 100_000)
        #expect(throws: SystemFault(call: "read \(path)", errno: EFBIG)) { try DurableFile.read(path, limit: 99_999) }
        #expect(try DurableFile.readIfPresent(path + "x", limit: 1) == nil)
    }

    @Test func appendsAddUp() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/journal"
        let journal = try AppendFile(path)
        try journal.append([1, 2])
        try journal.append([3, 4])
        try journal.append([5])
        #expect(try DurableFile.read(path, limit: 100) == [1, 2, 3, 4, 5])
        try DurableFile.remove(path)
        #expect(try DurableFile.readIfPresent(path, limit: 1) == nil)
    }

    @Test func directoriesAreMadeClosedToOthers() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/a/b"
        try DurableFile.makeDirectory(path)
        try DurableFile.makeDirectory(path)
        var facts = stat()
        #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o700)
        try DurableFile.write([], to: path + "/file")
        #expect(throws: SystemFault(call: "mkdir \(path)/file", errno: ENOTDIR)) {
            try DurableFile.makeDirectory(path + "/file")
        }
    }

    @Test func aLockedDirectoryIsBusyUntilTheLockIsClosed() throws {
        let directory = try TemporaryDirectory()
        do {
            let lock = try DurableFile.lockDirectory(directory.path)
            #expect(throws: SystemFault(call: "flock \(directory.path)", errno: EWOULDBLOCK)) {
                _ = try DurableFile.lockDirectory(directory.path)
            }
            _ = lock.raw
        }
        _ = try DurableFile.lockDirectory(directory.path)
    }

    @Test func whoWaitsForALockGetsItOnceItIsClosed() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        let held = try DurableFile.lockDirectory(path)
        #expect(throws: SystemFault(call: "flock \(path)", errno: EWOULDBLOCK)) {
            _ = try DurableFile.lockDirectory(path, within: .milliseconds(120))
        }
        let descriptor = held.release()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { _ = Glibc.close(descriptor) }
        _ = try DurableFile.lockDirectory(path, within: .seconds(60))
    }
}
