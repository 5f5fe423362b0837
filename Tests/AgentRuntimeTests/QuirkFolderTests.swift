// SPDX-License-Identifier: Apache-2.0

import AgentRuntime
import HostIO
import Ops
import ReaderMachines
import Testing
import TestKit

@Suite struct QuirkFolderTests {
    @Test func filesAreReadInOrderAndABadOneIsLeftOut() throws {
        let (first, second) = (try TemporaryDirectory(), try TemporaryDirectory())
        func write(_ text: String, _ path: String) throws { try DurableFile.write(Array(text.utf8), to: path) }
        try write("[0001:0001]\nkind = wedge", first.path + "/20.conf")
        try write("[0001:0001]\nkind = keypad\n[0002:0002]\nkind = id12", first.path + "/10.conf")
        try write("[0002:0002]\nkind = twn4", second.path + "/00.conf")
        try write("[0003:0003]\nkind = nonsense", second.path + "/50.conf")
        try write("[0004:0004]\nkind = wedge", second.path + "/readme")
        var faults: [OperatorError] = []
        let quirks = QuirkFolder.load([first.path, second.path, "/nonexistent"]) { faults.append($0) }
        #expect(faults.map(\.code) == [.settingsInvalid])
        #expect(faults.first?.what.contains("/50.conf:2: there is no kind \"nonsense\"") == true)
        func kind(_ number: UInt16) -> ReaderKind? {
            quirks.quirk(
                for: DeviceFacts(sysPath: "/x", node: nil, vendor: number, product: number, subsystem: "tty"))?.model?
                .kind
        }
        #expect(kind(1) == .wedge && kind(2) == .twn4 && kind(3) == nil && kind(4) == nil)
    }
}
