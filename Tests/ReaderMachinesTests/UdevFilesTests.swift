// SPDX-License-Identifier: Apache-2.0

import Foundation
import Primitives
import ReaderMachines
import Testing

/// The files that are installed beside the programs: the quirks, and what udev and systemd are told.
@Suite struct UdevFilesTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../udev").standardized

    static func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    static func quirkFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "quirks").path)
            .filter { $0.hasSuffix(".conf") }.sorted()
    }

    static func quirks() throws -> ReaderQuirks {
        var quirks = ReaderQuirks()
        for file in try quirkFiles() {
            quirks.add(try ReaderQuirks(parsing: try text("quirks/" + file), file: file))
        }
        return quirks
    }

    @Test func everyQuirkHasANameAndASource() throws {
        let all = try Self.quirks().all
        #expect(all.count > 60)
        #expect(Set(all.map(\.device)).count == all.count)
        for quirk in all { #expect(!quirk.name.isEmpty && quirk.model != nil, "\(quirk.device)") }
        for file in try Self.quirkFiles() {
            let lines = try Self.text("quirks/" + file).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.hasPrefix("[") {
                #expect(lines[index - 1].hasPrefix("# "), "\(file):\(index + 1) names no source")
            }
        }
    }

    @Test(
        arguments: [
            (0x0C27, 0x3BFA, .pcprox), (0x0C27, 0x232A, .rfideas), (0x09D8, 0x0420, .twn4), (0x0801, 0x0002, .magtek),
            (0x0801, 0x0011, .magnesafe), (0x16C0, 0x27DB, .wedge), (0x05A4, 0x9837, .keypad), (0x076B, 0x5427, .pcsc),
        ] as [(UInt16, UInt16, ReaderKind)])
    func aKnownDeviceIsDriven(vendor: UInt16, product: UInt16, kind: ReaderKind) throws {
        let facts = DeviceFacts(sysPath: "/x", node: nil, vendor: vendor, product: product, subsystem: "usb")
        #expect(try Self.quirks().quirk(for: facts)?.model?.kind == kind)
    }

    /// A reader that behaves like a known one takes a line of data.
    @Test func aNewModelIsALineOfData() throws {
        var quirks = try Self.quirks()
        let unknown = DeviceFacts(
            sysPath: "/sys/devices/usb1/1-1/1-1:1.0/tty/ttyACM3", node: "/dev/ttyACM3", vendor: 0x1234, product: 0x5678,
            subsystem: "tty")
        var pool = ReaderPool(readers: [], mode: .automatic, quirks: quirks)
        #expect(pool.handle(.deviceAdded(unknown), at: .init(nanoseconds: 0)) == [])
        quirks.add(try ReaderQuirks(parsing: "[1234:5678]\nkind = twn4", file: "90-local.conf"))
        pool = ReaderPool(readers: [], mode: .automatic, quirks: quirks)
        #expect(
            pool.handle(.deviceAdded(unknown), at: .init(nanoseconds: 0))
                == [.open("usb-1", ReaderOpening(way: .node("/dev/ttyACM3"), model: ReaderModel(kind: .twn4)))])
    }

    @Test func theHardwareDatabaseIsMadeOfTheQuirks() throws {
        #expect(
            try Self.text("hwdb.d/65-lanyard-readers.hwdb") == Self.quirks().hwdb,
            "make it anew: lanyard-agent --print-hwdb")
    }

    @Test func theHardwareDatabaseKnowsWhoWasTakenBack() throws {
        var quirks = try ReaderQuirks(
            parsing: "[0c27:3bfa]\nkind = pcprox\n[model=Foo*]\nname = Foo\nkind = wedge\ndriver = ftdi_sio", file: "a")
        #expect(quirks.hwdb.contains("usb:v0C27p3BFA*\n LANYARD_READER=pcprox\n ID_MM_DEVICE_IGNORE=1\n"))
        #expect(quirks.hwdb.contains("# Foo\nlanyard:model:Foo*\n LANYARD_READER=wedge\n LANYARD_DRIVER=ftdi_sio\n"))
        quirks.add(try ReaderQuirks(parsing: "[0c27:3bfa]\nkind = none", file: "b"))
        #expect(!quirks.hwdb.contains("0C27"))
    }

    /// What the rules take from the database is what the database has.
    @Test func theRulesUseWhatTheDatabaseHas() throws {
        let rules = try Self.text("rules.d/65-lanyard-readers.rules")
        for word in ["LANYARD_READER", "LANYARD_DRIVER", "lanyard:model:", "ID_MM_DEVICE_IGNORE"] {
            #expect(rules.contains(word), "\(word)")
        }
        let labels = rules.split(separator: "\n").compactMap {
            $0.firstMatch(of: #/^LABEL="(\w+)"/#).map { String($0.1) }
        }
        let targets = rules.matches(of: #/GOTO="(\w+)"/#).map { String($0.1) }
        #expect(Set(targets) == Set(labels))
        for line in rules.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.count { $0 == "\"" } % 2 == 0, "\(line)")
        }
        #expect(!rules.contains("MODE=\"0666\"") && rules.contains("MODE=\"0660\""))
    }

    /// systemd's own measure, 0 to 10; the less the better.
    @Test(arguments: [("lanyard-agent.service", 20), ("lanyard-server.service", 15)])
    func aServiceIsConfined(unit: String, tenths: Int) throws {
        let program = "/usr/bin/systemd-analyze"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            FileHandle.standardError.write(
                Data("SKIPPED: no check of \(unit), because systemd-analyze is missing\n".utf8))
            return
        }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = [
            "security", "--offline=true", "--no-pager", "--threshold=\(tenths)",
            Self.folder.appending(path: "systemd/\(unit)").path,
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
