// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Testing

/// What the tests of the programs need besides the programs.
enum Tools {
    static let document = SampleDocumentsTests.folder + "/letter.ps"

    /// Says which one is missing.
    static var areThere: Bool {
        let missing = ["rlpr", "umockdev-run"].filter { Programs.search($0) == nil }
        if !missing.isEmpty { print("SKIPPED: the lab's programs are not tested, for want of \(missing)") }
        return missing.isEmpty
    }

    /// Whether a network of one's own can be had, with nftables to cut its lines.
    static var canIsolate: Bool {
        let tools = ["unshare", "nft", "ip"].filter { Programs.search($0) == nil }
        let isRoot = geteuid() == 0
        if !isRoot || !tools.isEmpty {
            print("SKIPPED: no line is cut: it needs root, and unshare, nft and ip (missing: \(tools))")
        }
        return isRoot && tools.isEmpty
    }
}

/// A shell script that runs in a folder of its own while the test's loop goes on.
final class Script {
    private let text: String
    private let options: String
    private let pump: Pump
    private let folder: String
    private var result: ChildResult?

    init(_ text: String, options: String = "", on pump: Pump) throws {
        self.text = text
        self.options = options
        self.pump = pump
        folder = try LabFolder.makeTemporary()
    }

    func remove() { LabFolder.remove(folder) }

    /// Its exit code. One that does not end is killed with all that it started.
    func run() throws -> Int32 {
        let programs = try Programs(folder: nil)
        try LabFolder.write("cd \"\(folder)\"\n\(text)\n", to: folder + "/script")
        let environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LAB": programs.path("lanyard-lab"),
            "OPTIONS": options, "DOCUMENT": Tools.document,
        ]
        let child = try Child(
            ChildSettings(
                path: "/bin/sh", arguments: [folder + "/script"], environment: environment, hasOwnGroup: true),
            on: pump.loop
        ) { self.result = $0 }
        do {
            try pump.wait("the script", atMost: .seconds(60)) { result != nil }
        } catch {
            child.kill(SIGKILL)
            throw error
        }
        guard case .exited(let code) = result?.status else { return -1 }
        return code
    }

    /// What the script wrote to a file of its folder.
    func text(_ name: String) -> String {
        String(decoding: (try? LabFolder.read("\(folder)/\(name)")) ?? [], as: UTF8.self)
    }

    /// Tells the script something, by a file in its folder.
    func note(_ name: String) { try? LabFolder.write("", to: "\(folder)/\(name)") }

    func expectNothingLeft() throws {
        try expectNoProcessLeft()
        let facts = try #require(JSONValue(text("facts").utf8))
        for key in ["state", "control", "socket"] {
            #expect(!LabFolder.exists(try #require(facts[key]?.string)), "\(key) is left")
        }
    }

    /// Every process of a lab has one of its paths among its arguments. A killed one may take a moment.
    func expectNoProcessLeft() throws {
        let facts = try #require(JSONValue(text("facts").utf8))
        let socket = try #require(facts["control"]?.string)
        let run = socket.dropLast("/control.sock".count)
        defer { LabFolder.remove(String(run)) }
        for _ in 0..<100 where !Self.processes(with: String(run)).isEmpty { try pump.pause(.milliseconds(50)) }
        #expect(Self.processes(with: String(run)) == [])
    }

    private static func processes(with word: String) -> [String] {
        LabFolder.names(in: "/proc").filter { Int($0) != nil }.compactMap { process in
            guard let bytes = try? LabFolder.read("/proc/\(process)/cmdline") else { return nil }
            let line = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
            return line.contains(word) ? line : nil
        }
    }
}
