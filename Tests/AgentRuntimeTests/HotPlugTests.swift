// SPDX-License-Identifier: Apache-2.0

import Credentials
import Glibc
import HostIO
import Ops
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

/// Devices that umockdev puts into the place of the system's: the test runs itself again inside the testbed.
@Suite struct HotPlugTests {
    private static let inside = "LANYARD_INSIDE_TESTBED"
    private static let testbed = "/usr/bin/umockdev-run"

    @Test func aReaderWithAQuirkIsReadAndAStrangersKeyboardIsLeftAlone() throws {
        if let quirks = getenv(Self.inside) { return try readsTheBadge(String(cString: quirks)) }
        guard access(Self.testbed, X_OK) == 0 else {
            StandardStream.error.write(line: "SKIPPED: no test of readers and udev, because umockdev is not installed")
            return
        }
        try runInside(test: "aReaderWithAQuirkIsReadAndAStrangersKeyboardIsLeftAlone")
    }

    private func readsTheBadge(_ quirks: String) throws {
        let (loop, log) = (try Loop(), Lines())
        let settings = try AgentSettings.parse("quirks = \(quirks)\n", file: "agent.conf", hostName: "box").0
        let bench = Watched(
            try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: log.observer))
        #expect(try loop.turn { bench.reads.count == 1 }, "\(log.all)")
        #expect(bench.states == ["usb-1.2": .attached])
        #expect(bench.reads.first?.0 == "usb-1.2" && bench.reads.first?.1.technology == .wedge)
        #expect(bench.foreign == ["/dev/input/event6"])
        #expect(log.has("keyboard-ignored node=/dev/input/event6 model=\"Office Keyboard\" place=usb-3"))
        let report = bench.bench.report.json
        #expect(report.contains(#""name":"usb-1.2","kind":"wedge","place":"/dev/input/event5","automatic":true"#))
        #expect(report.contains(#""ignored":[{"node":"/dev/input/event6","model":"Office Keyboard","place":"usb-3""#))
        bench.bench.close()
    }

    private func runInside(test: String) throws {
        let directory = try TemporaryDirectory()
        let quirks = directory.path + "/quirks"
        try DurableFile.makeDirectory(quirks)
        try DurableFile.write(Array("[16c0:27db]\nkind = wedge\n".utf8), to: quirks + "/test.conf")
        let device =
            Self.keyboard(5, at: "1-1.2", "16c0", "27db", "HXGCoLtd")
            + Self.keyboard(6, at: "1-3", "046d", "c31c", "Office Keyboard")
        for (name, text) in [("device", device), ("ioctl", Self.answers), ("events", Self.typing)] {
            try DurableFile.write(Array(text.utf8), to: "\(directory.path)/\(name)")
        }
        let node = "/dev/input/event5="
        let arguments = [
            "-d", directory.path + "/device", "-i", node + directory.path + "/ioctl",
            "-e", node + directory.path + "/events", "--",
        ]
        try runAgain(test, through: [Self.testbed] + arguments, environment: [Self.inside: quirks])
        withExtendedLifetime(directory) {}
    }

    private static func keyboard(
        _ number: Int, at port: String, _ vendor: String, _ product: String, _ name: String
    ) -> String {
        """
        P: /devices/usb1/\(port)/\(port):1.0/input/input\(number)/event\(number)
        N: input/event\(number)
        E: DEVNAME=/dev/input/event\(number)
        E: SUBSYSTEM=input
        A: dev=13:\(64 + number)

        P: /devices/usb1/\(port)/\(port):1.0/input/input\(number)
        E: SUBSYSTEM=input
        A: name=\(name)
        A: capabilities/key=10000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe

        P: /devices/usb1/\(port)/\(port):1.0
        E: DEVTYPE=usb_interface
        E: SUBSYSTEM=usb

        P: /devices/usb1/\(port)
        N: bus/usb/001/00\(number)
        E: DEVTYPE=usb_device
        E: SUBSYSTEM=usb
        A: idProduct=\(product)
        A: idVendor=\(vendor)


        """
    }

    /// Bus 3, 16c0:27db, version 1; keys 1 to 95.
    private static let answers =
        "@DEV /dev/input/event5\nEVIOCGID 0 0300C016DB270100\nEVIOCGBIT(1) 96 FEFFFFFFFFFFFFFFFFFFFFFF"
        + String(repeating: "00", count: 84) + "\n"

    /// 0013110988, Enter: every 10 ms a key.
    private static let typing: String = {
        let keys = [11, 11, 2, 4, 2, 2, 11, 10, 9, 9, 28]
        return keys.enumerated().map { index, key in
            let time = "0.\(String(1000 + index * 10).dropFirst())000"
            let code = String(0x10000 + key, radix: 16).dropFirst()
            return "E: \(time) 0001 \(code) 1\nE: \(time) 0000 0000 0\n"
                + "E: \(time) 0001 \(code) 0\nE: \(time) 0000 0000 0\n"
        }.joined()
    }()
}
