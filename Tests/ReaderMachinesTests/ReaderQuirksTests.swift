// SPDX-License-Identifier: Apache-2.0

import ReaderMachines
import SimRandom
import Testing

@Suite struct ReaderQuirksTests {
    @Test func aSectionSaysHowADeviceIsDriven() throws {
        let quirks = try ReaderQuirks(
            parsing: """
                # from a field report
                [0C27:3bfa]
                name = rf IDEAS pcProx
                kind = pcprox
                options = poll=300 silent

                [model=Sycreader*]
                kind=wedge
                driver = ftdi_sio
                """, file: "a.conf")
        #expect(quirks.all.count == 2)
        let first = try #require(quirks.all.first)
        #expect(first.device == .usb(vendor: 0x0C27, product: 0x3BFA) && first.name == "rf IDEAS pcProx")
        #expect(first.model?.kind == .pcprox && first.model?.options.pollInterval == .milliseconds(300))
        #expect(first.model?.options.isSilent == true && first.driver == nil)
        #expect(quirks.all.last?.device == .model(Wildcard("Sycreader*")) && quirks.all.last?.driver == "ftdi_sio")
    }

    @Test(
        arguments: [
            ("kind = wedge", 1, "before any [DEVICE]"), ("[0c27]\nkind = wedge", 1, "a device is"),
            ("[model=]\nkind = wedge", 1, "a device is"), ("[model=*]\nkind = wedge", 1, "a device is"),
            ("[0c27:3bfa\nkind = wedge", 1, "a device is"), ("\n[0c27:3bfa]\n", 2, "no kind"),
            ("[0c27:3bfa]\nkind = wege", 2, "no kind \"wege\""), ("[0c27:3bfa]\nsort = wedge", 2, "no key"),
            ("[0c27:3bfa]\nkind", 2, "neither"), ("[0c27:3bfa]\nkind = id12\nkind = id12", 3, "twice"),
            ("[0c27:3bfa]\nkind = id12\n[0c27:3BFA]\nkind = id12", 3, "twice"),
            ("[0c27:3bfa]\noptions = spead=9600\nkind = id12", 2, "no option \"spead\""),
            ("[0c27:3bfa]\nkind = id12\noptions = speed=9601", 3, "speed must be one of"),
            ("[0c27:3bfa]\nkind = id12\ndriver = a;b", 3, "kernel module"),
        ])
    func aFaultHasItsLine(text: String, line: Int, problem: String) {
        do throws(ReaderQuirks.Fault) {
            _ = try ReaderQuirks(parsing: text, file: "a.conf")
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.line == line && error.problem.contains(problem), "\(error)")
            #expect(error.description.hasPrefix("a.conf:\(line): "))
        }
    }

    @Test func aLaterFileWinsAndMayTakeBack() throws {
        var quirks = try ReaderQuirks(parsing: "[0c27:3bfa]\nkind = pcprox\n[model=Foo*]\nkind = keypad", file: "10")
        quirks.add(try ReaderQuirks(parsing: "[0c27:3bfa]\nkind = none", file: "90"))
        var facts = DeviceFacts(sysPath: "/x", node: nil, vendor: 0x0C27, product: 0x3BFA, subsystem: "hidraw")
        #expect(quirks.quirk(for: facts).map { $0.model == nil } == true)
        facts.model = "Foo Bar"
        // The number says more than the name.
        #expect(quirks.quirk(for: facts).map { $0.model == nil } == true)
        var other = DeviceFacts(sysPath: "/x", node: nil, vendor: 1, product: 2, subsystem: "input")
        #expect(quirks.quirk(for: other) == nil)
        other.model = "foo bar"
        #expect(quirks.quirk(for: other)?.model?.kind == .keypad)
    }

    @Test func theSizeIsBounded() throws {
        let fill = String(repeating: "#", count: ReaderQuirks.sizeLimit)
        _ = try ReaderQuirks(parsing: fill, file: "a")
        #expect(throws: ReaderQuirks.Fault.self) { try ReaderQuirks(parsing: fill + "#", file: "a") }
    }

    @Test func mutatedFilesAreTakenOrRefused() throws {
        let text = Array(
            "[0c27:3bfa]\nname = x\nkind = pcprox\noptions = poll=300 silent\n[model=S*]\nkind=wedge\n".utf8)
        var random = SplitMix(seed: 7)
        for _ in 0..<2000 {
            var bytes = text
            for _ in 0...random.next() % 3 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? ReaderQuirks(parsing: String(decoding: bytes, as: UTF8.self), file: "a")
        }
    }

    @Test(
        arguments: [
            ("", "", true), ("", "a", false), ("*", "", true), ("a*", "abc", true), ("a*", "ba", false),
            ("*c", "abc", true), ("*b*", "abc", true), ("a*b*c", "a--b--c", true), ("a*bc*c", "abc", false),
            ("A*C", "abc", true), ("abc", "abcd", false), ("a*a", "a", false), ("**", "x", true),
        ])
    func aStarStandsForAnything(pattern: String, text: String, matches: Bool) {
        #expect(Wildcard(pattern).matches(text) == matches)
    }
}
