// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import SimDevices
import Testing

@Suite struct PrinterFaultTests {
    @Test(arguments: [
        ("ok", SimPrinter.Command.repair), ("refuse", .refuseConnections), ("hang", .hang), ("mute", .mute),
        ("drop-after 1", .dropAfter(bytes: 1)), ("wrong-count -2", .wrongPageCount(by: -2)), ("jam 3", .jam(page: 3)),
    ])
    func eachFormIsItsCommand(words: String, command: SimPrinter.Command) throws {
        let fault = try PrinterFault(words: words.split(separator: " "))
        #expect(fault.command == command)
        #expect(fault.words == words)
    }

    @Test(arguments: ["", "sulk", "ok 1", "drop-after", "drop-after 0", "drop-after x", "jam 0", "jam 1 2"])
    func anythingElseIsRefusedWithTheForms(words: String) {
        let fault = #expect(throws: LabFault.self) { try PrinterFault(words: words.split(separator: " ")) }
        #expect(fault?.description.contains(PrinterFault.forms) == true)
    }
}
