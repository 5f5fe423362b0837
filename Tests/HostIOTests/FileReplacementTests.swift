// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import TestKit
import Testing

@Suite struct FileReplacementTests {
    @Test func theOldFileStaysUntilTheNewOneIsWhole() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/file"
        try DurableFile.write([1], to: path)
        do {
            let given = try FileReplacement(of: path)
            #expect(access(path + ".new", F_OK) == 0)
            withExtendedLifetime(given) {}
        }
        #expect(try DurableFile.read(path, limit: 9) == [1])
        #expect(access(path + ".new", F_OK) != 0)
        try FileReplacement(of: path).commit([2, 3])
        #expect(try DurableFile.read(path, limit: 9) == [2, 3])
        #expect(access(path + ".new", F_OK) != 0)
    }

    @Test func whereNothingCanBeWrittenIsSaidBeforeAnythingIsLost() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/none/file"
        #expect(throws: SystemFault(call: "open \(path).new", errno: ENOENT)) { _ = try FileReplacement(of: path) }
    }

    @Test func onlyARegularFileIsReplaced() throws {
        let directory = try TemporaryDirectory()
        let (file, link, pipe) = (directory.path + "/file", directory.path + "/link", directory.path + "/pipe")
        try DurableFile.write([1], to: file)
        #expect(symlink(file, link) == 0 && mkfifo(pipe, 0o600) == 0)
        for (path, code) in [(link, ELOOP), (pipe, ENOTSUP), (directory.path, EISDIR), ("/dev/full", ENOTSUP)] {
            let fault = #expect(throws: SystemFault.self) { try DurableFile.write([2], to: path) }
            #expect(fault?.errno == code && fault?.description.contains(path) == true)
            #expect(access(path + ".new", F_OK) != 0)
        }
        var facts = stat()
        #expect(lstat("/dev/full", &facts) == 0 && facts.st_mode & S_IFMT == S_IFCHR)
        #expect(lstat(link, &facts) == 0 && facts.st_mode & S_IFMT == S_IFLNK)
        #expect(try DurableFile.read(file, limit: 9) == [1])
    }

    @Test func aPipeInTheWayOfTheNewFileIsNoWait() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/file"
        #expect(mkfifo(path + ".new", 0o600) == 0)
        #expect(throws: SystemFault(call: "open \(path).new", errno: ENXIO)) { try DurableFile.write([1], to: path) }
    }
}
