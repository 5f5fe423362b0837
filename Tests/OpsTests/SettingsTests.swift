// SPDX-License-Identifier: Apache-2.0

import Ops
import Testing

@Suite struct SettingsTests {
    enum Mode: String, CaseIterable, Sendable {
        case strict, lenient
    }

    struct Example {
        let server: String
        let port: UInt16
        let idle: Duration
        let spool: Int
        let mode: Mode
        let proxy: String?
        let hosts: [String]
        let readers: [(name: String, value: String)]
        let table: SettingsTable

        init(_ text: String) throws(SettingsFault) {
            var file = try SettingsReader(parsing: text, file: "agent.conf")
            server = try file.take("server", .text(), default: "localhost", "The release server.")
            port = try file.take("port", .port, default: 1351, "Its port.")
            idle = try file.take(
                "idle", .duration(.seconds(1) ... .seconds(86400)), default: .seconds(30), "Idle time.")
            spool = try file.take("spool", .size(0...(1 << 40)), default: 1 << 30, "Spool size.")
            mode = try file.take("mode", .word, default: .strict, "How to decode.")
            proxy = try file.take("proxy", SettingFormat.text().orNone, default: nil, "The proxy.")
            hosts = try file.take("hosts", SettingFormat.text(limit: 9).list(limit: 3), default: [], "Trusted hosts.")
            readers = try file.takeNamed("reader", .path, example: ("front", "/dev/ttyUSB0"), "A reader.")
            table = try file.finish()
        }
    }

    @Test func anEmptyFileGivesTheDefaults() throws {
        let settings = try Example("\n  \n# nothing\n")
        #expect(settings.server == "localhost" && settings.port == 1351 && settings.idle == .seconds(30))
        #expect(settings.spool == 1 << 30 && settings.mode == .strict && settings.proxy == nil)
        #expect(settings.hosts.isEmpty && settings.readers.isEmpty)
    }

    @Test func everyKeyIsRead() throws {
        let settings = try Example(
            """
            server = print.example   # the big one
            port=1400
              idle = 2 min
            spool = 64MiB
            mode = lenient
            proxy = "a # b \\"c\\" \\\\" # quoted
            hosts = one, two ,three
            reader.front = /dev/one
            reader.Back_2 = /dev/two#x
            """)
        #expect(settings.server == "print.example" && settings.port == 1400 && settings.idle == .seconds(120))
        #expect(settings.spool == 64 << 20 && settings.mode == .lenient)
        #expect(settings.proxy == "a # b \"c\" \\" && settings.hosts == ["one", "two", "three"])
        #expect(settings.readers.map(\.name) == ["front", "Back_2"])
        #expect(settings.readers.map(\.value) == ["/dev/one", "/dev/two#x"])
    }

    @Test(arguments: [
        ("prot = 1", 1, "unknown key \"prot\"", "Is port meant?"),
        ("\ncolour-of-the-sky = blue", 2, "unknown key \"colour-of-the-sky\"", "--print-settings shows all keys."),
        ("port = 1\n\nport = 2", 3, "port is set twice", "It is set in line 1, too: remove one of them."),
        ("port = 65536", 1, "port cannot be \"65536\"", "It must be a port number from 0 to 65535."),
        ("port", 1, "not of the form key = value", "Write key = value, or start the line with #."),
        ("= 1", 1, "not of the form key = value", "Write key = value, or start the line with #."),
        (
            "PORT = 1", 1, "\"PORT\" cannot be a key",
            "A key has small letters a to z, digits, - and points; a name behind the point capitals, _ and / as well."
        ),
        ("server = \"x", 1, "the quotes of server are not closed", "End the value with a double quote."),
        ("server = \"x\" y", 1, "the quotes of server are not closed", "End the value with a double quote."),
        ("server = \"x\\y\"", 1, "the quotes of server are not closed", "End the value with a double quote."),
        ("mode = \u{1B}[2J", 1, "mode cannot be \"\u{FFFD}[2J\"", "It must be one of strict, lenient."),
        (
            "idle = 0 s", 1, "idle cannot be \"0 s\"",
            "It must be a time like 250 ms, 5 s, 2 min, 12 h or 3 d from 1 s to 1 d."
        ),
        (
            "idle = 5", 1, "idle cannot be \"5\"",
            "It must be a time like 250 ms, 5 s, 2 min, 12 h or 3 d from 1 s to 1 d."
        ),
        (
            "hosts = a,,b", 1, "hosts cannot be \"a,,b\"",
            "It must be at most 3 of these with commas between them: a text of at most 9 characters."
        ),
        (
            "hosts = a,b,c,d", 1, "hosts cannot be \"a,b,c,d\"",
            "It must be at most 3 of these with commas between them: a text of at most 9 characters."
        ),
        ("reader.x = dev", 1, "reader.x cannot be \"dev\"", "It must be a path that starts with /."),
    ])
    func aBadLineIsNamedWithWhatWouldBeRight(text: String, line: Int, problem: String, remedy: String) {
        #expect(throws: SettingsFault(file: "agent.conf", line: line, problem: problem, remedy: remedy)) {
            _ = try Example(text)
        }
    }

    @Test(arguments: ["99999999999999999999 GiB", "9223372036854775807 KiB", "-1", "1 GB", "KiB", "1.5 MiB"])
    func sizesDoNotOverflow(text: String) {
        #expect(SettingFormat<Int>.size(0...Int.max).parse(text) == nil)
    }

    @Test func theLimitsOfTheFileAreLimits() throws {
        let line = "server = " + String(repeating: "x", count: 255)
        _ = try Example(line)
        #expect(throws: SettingsFault.self) { _ = try Example(line + "x") }
        let comment = "#" + String(repeating: "c", count: SettingsReader.lineLimit - 1)
        _ = try Example(comment)
        #expect(throws: SettingsFault.self) { _ = try Example(comment + "c") }
        let full = String(repeating: "\n", count: SettingsReader.sizeLimit)
        _ = try Example(full)
        #expect(throws: SettingsFault.self) { _ = try Example(full + "\n") }
    }

    @Test func whatIsPrintedReadsBackTheSame() throws {
        let text = """
            server = " a#b\\\\ "
            idle = 90 s
            spool = 3 KiB
            hosts = x, y
            reader.front = /dev/one
            """
        let once = try Example(text).table.printed
        #expect(try Example(once).table.printed == once)
        #expect(once.contains("idle = 90 s\n") && once.contains("spool = 3 KiB\n") && once.contains("port = 1351\n"))
        #expect(once.contains("server = \" a#b\\\\ \"\n") && once.contains("reader.front = /dev/one\n"))
    }

    @Test func theSampleExplainsEachKeyAndChangesNothing() throws {
        let defaults = try Example("")
        let sample = defaults.table.sample
        #expect(
            sample.hasPrefix(
                "# The release server.\n# Must be a text of at most 255 characters.\n#server = localhost\n"))
        #expect(sample.contains("#reader.front = /dev/ttyUSB0\n"))
        #expect(try Example(sample).table.printed == defaults.table.printed)
        let uncommented = sample.split(separator: "\n").filter { !$0.hasPrefix("# ") }.map { $0.dropFirst() }
        #expect(try Example(uncommented.joined(separator: "\n")).readers.count == 1)
    }

    @Test func mutatedFilesNeverTrap() {
        let base = Array("server = \"a\\\"b\" # c\nport = 12\nreader.x = /dev/y\nidle = 5 s\nspool = 1 KiB\n".utf8)
        var state: UInt64 = 42
        for _ in 0..<2000 {
            var bytes = base
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            _ = try? Example(String(decoding: bytes, as: UTF8.self))
        }
    }
}
