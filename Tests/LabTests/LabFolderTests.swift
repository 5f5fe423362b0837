// SPDX-License-Identifier: Apache-2.0

import Glibc
import LabRuntime
import Testing

@Suite struct LabFolderTests {
    @Test func aFolderIsRemovedWithAllInItButNotWhatALinkLeadsTo() throws {
        let (kept, folder) = (try LabFolder.makeTemporary(), try LabFolder.makeTemporary())
        defer { LabFolder.remove(kept) }
        try LabFolder.write("kept", to: kept + "/file")
        try LabFolder.make(folder + "/a/b")
        try LabFolder.write("gone", to: folder + "/a/b/file")
        #expect(symlink(kept, folder + "/a/link") == 0)
        LabFolder.remove(folder)
        #expect(!LabFolder.exists(folder))
        #expect(try LabFolder.read(kept + "/file") == Array("kept".utf8))
    }

    @Test func theEndOfALogIsItsLastLines() throws {
        let folder = try LabFolder.makeTemporary()
        defer { LabFolder.remove(folder) }
        try LabFolder.write("a\nb\nc\n", to: folder + "/log")
        #expect(LabFolder.tail(folder + "/log", lines: 2) == ["b", "c"])
        #expect(LabFolder.tail(folder + "/none", lines: 2) == [])
    }
}
