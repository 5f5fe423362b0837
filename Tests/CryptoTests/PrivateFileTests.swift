// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import TestKit
import Testing

@testable import Crypto

@Suite struct PrivateFileTests {
    @Test func aMissingFileIsNoFault() throws {
        try inFolder { folder throws in #expect(try PrivateFile(path: folder + "/key").read() == nil) }
    }

    @Test func itIsMadeForItsOwnerAloneAndOnlyOnce() throws {
        let folder = try TemporaryDirectory()
        let file = PrivateFile(path: folder.file("key"))
        #expect(try file.create([1, 2, 3]))
        #expect(try !file.create([4]))
        #expect(try file.read() == [1, 2, 3])
        #expect(folder.mode("key") == 0o600)
        #expect(folder.names == ["key"])
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o660, 0o602, 0o601] as [mode_t])
    func aFileOpenToOthersIsRefused(mode: mode_t) throws {
        try inFolder { folder throws in
            let file = PrivateFile(path: folder + "/key")
            _ = try file.create([1])
            chmod(file.path, mode)
            // Root's own group reading root's file is allowed; see isPrivate.
            if mode == 0o640 && geteuid() == 0 { chown(file.path, 0, 1) }
            let fault = KeyFileFault(path: file.path, reason: .notPrivate(mode: mode))
            #expect(throws: fault) { _ = try file.read() }
            #expect("\(fault)" == "\(file.path) is open to other users (mode \(String(mode, radix: 8)))")
            #expect(fault.remedy.contains("chmod 600 \(file.path)"))
        }
    }

    @Test func onlyRootsGroupMayReadToo() {
        #expect(PrivateFile.isPrivate(mode: 0o100440, uid: 0, gid: 0))
        #expect(PrivateFile.isPrivate(mode: 0o100400, uid: 5, gid: 5))
        #expect(!PrivateFile.isPrivate(mode: 0o100440, uid: 0, gid: 5))
        #expect(!PrivateFile.isPrivate(mode: 0o100440, uid: 5, gid: 0))
        #expect(!PrivateFile.isPrivate(mode: 0o100460, uid: 0, gid: 0))
    }

    @Test func aFolderIsNoKeyFile() throws {
        try inFolder { folder throws in
            chmod(folder, 0o700)
            #expect(throws: KeyFileFault(path: folder, reason: .notAFile)) {
                _ = try PrivateFile(path: folder).read()
            }
        }
    }

    @Test func aMissingFolderNamesTheCall() throws {
        try inFolder { folder throws in
            let path = folder + "/none/key"
            let fault = #expect(throws: KeyFileFault.self) { _ = try PrivateFile(path: path).create([1]) }
            guard case .system(let cause) = fault?.reason else {
                Issue.record("\(String(describing: fault))")
                return
            }
            #expect(cause.errno == ENOENT && cause.call.hasPrefix("open \(path)"))
        }
    }
}

/// Runs `body` with a folder of its own, which is gone afterwards.
func inFolder(_ body: (String) throws -> Void) throws {
    let folder = try TemporaryDirectory()
    try body(folder.path)
    withExtendedLifetime(folder) {}
}
