// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentRuntime
import Ops
import ReaderMachines
import Testing

@Suite struct AgentSettingsTests {
    private static func parse(_ text: String, hostName: String = "box") throws -> (AgentSettings, SettingsTable) {
        try AgentSettings.parse(text, file: "agent.conf", hostName: hostName)
    }

    private static func fault(_ text: String) -> SettingsFault? {
        do {
            _ = try parse(text)
            return nil
        } catch {
            return error as? SettingsFault
        }
    }

    @Test func anEmptyFileGivesTheDefaults() throws {
        let (settings, table) = try Self.parse("")
        #expect(settings.server == "localhost" && settings.port == 1351 && settings.name == "box")
        #expect(settings.state == "/var/lib/lanyard-agent" && settings.readers.isEmpty && settings.logLevel == .info)
        #expect(settings.displaySocket == "/run/lanyard-agent/display.sock")
        #expect(table.rows.count == 13)
    }

    @Test func theDeskIsWhatKeysAndReadersAllow() throws {
        let bare = try Self.parse("").0.desk
        #expect(!bare.opensList && !bare.hasKeypad && bare.keypadPlace == nil && bare.screenPlace == "screen")
        let desk = try Self.parse(
            "at-badge = choose\nkeypad-for = front\nreader.front = id12 /dev/x\nreader.pad = keypad 05a4:9837"
        ).0.desk
        #expect(desk.opensList && desk.hasKeypad && desk.keypadPlace == "front" && desk.screenPlace == "front")
        let wiegand = try Self.parse("reader.a = itc2015 /dev/x keys=plain").0.desk
        #expect(wiegand.hasKeypad && wiegand.keypadPlace == nil && wiegand.screenPlace == "a")
    }

    @Test func readersKeepTheOrderOfTheFile() throws {
        let (settings, _) = try Self.parse(
            "reader.Back = id12 /dev/ttyUSB0\nreader.front=wedge 16c0:27db\nreader.a_1-x = keypad 05A4:9837")
        #expect(
            settings.readers == [
                ReaderSetting(name: "Back", model: ReaderModel(kind: .id12), place: .path("/dev/ttyUSB0")),
                ReaderSetting(
                    name: "front", model: ReaderModel(kind: .wedge),
                    place: .usb(USBIdentity(vendor: 0x16C0, product: 0x27DB))),
                ReaderSetting(
                    name: "a_1-x", model: ReaderModel(kind: .keypad),
                    place: .usb(USBIdentity(vendor: 0x05A4, product: 0x9837))),
            ])
    }

    @Test(arguments: [
        ("server =", "server cannot be \"\"", "1 to 253 bytes"),
        ("server = foo bar", "server cannot be \"foo bar\"", "a host's name or address"),
        ("server = print:1351", "server cannot be", "a host's name or address"),
        ("server = tls://print", "server cannot be", "a host's name or address"),
        ("reader.x = text tcp:8.8.8.8:4000", "8.8.8.8 is a public address, and peer-networks", "KIND DEVICE"),
        ("reader.x = text tcp:[64:ff9b::1]:4000", "the address of a translator", "KIND DEVICE"),
        ("reader.x = wedge /dev/ttyUSB0", "no place for a reader of the kind wedge", "KIND DEVICE"),
        ("reader.x = wedge /dev/serial/by-id/a", "no place for a reader of the kind wedge", "KIND DEVICE"),
        ("reader.x = id12 /dev/input/event3", "no place for a reader of the kind id12", "KIND DEVICE"),
        ("reader.x = pcprox /dev/ttyS0", "no place for a reader of the kind pcprox", "KIND DEVICE"),
        ("reader.x = keypad /dev/hidraw0", "no place for a reader of the kind keypad", "KIND DEVICE"),
        ("reader.ä = id12 /dev/x", "\"reader.ä\" cannot be a key", "a name behind the point"),
        ("keypad-for = nope\nreaders = listed", "keypad-for cannot be \"nope\"", "No reader is listed"),
        ("port = 0", "port cannot be \"0\"", "1 to 65535"), ("port = 65536", "\"65536\"", "1 to 65535"),
        ("port = ", "port cannot be \"\"", "1 to 65535"), ("state = x", "state cannot be", "starts with /"),
        ("name =", "name cannot be \"\"", "1 to 64 bytes"),
        ("name = " + String(repeating: "é", count: 33), "name cannot be", "1 to 64 bytes"),
        ("display-socket = here", "display-socket cannot be", "starts with /"),
        ("display-socket = /" + String(repeating: "x", count: 107), "display-socket cannot be", "107 bytes"),
        ("at-badge = ask", "at-badge cannot be \"ask\"", "release-all, choose"),
        ("log-level = loud", "log-level cannot be \"loud\"", "error, warning, info, debug"),
        ("reader.x = id12", "reader.x cannot be", "id12 PATH"), ("reader.x = id12 tty", "reader.x", "id12 PATH"),
        ("reader.x = wedge 16c0", "reader.x", "VID:PID"), ("reader.x = wedge 16c0:27dg", "reader.x", "VID:PID"),
        ("reader.x = wedge +6c0:27db", "reader.x", "VID:PID"), ("reader.x = lamp 16c0:27db", "reader.x", "VID:PID"),
        ("reader. = id12 /dev/x", "the name of a reader has 0 bytes", "1 to 64"),
        ("reader." + String(repeating: "n", count: 65) + " = id12 /dev/x", "has 65 bytes", "1 to 64"),
        ("sever = x", "unknown key \"sever\"", "Is server meant?"), ("colour = x", "unknown key", "--print-settings"),
        ("port", "not of the form key = value", "key = value"),
    ])
    func aBadLineIsNamedWithItsRemedy(line: String, problem: String, remedy: String) throws {
        let fault = try #require(Self.fault("# first\n\(line)\n"))
        #expect(fault.file == "agent.conf" && fault.line == 2)
        #expect(fault.problem.contains(problem), "\(fault)")
        #expect(fault.remedy.contains(remedy), "\(fault)")
        #expect(fault.operatorError.exit == .settings)
    }

    @Test func aKeySetTwiceIsRefusedAtTheSecond() throws {
        let fault = try #require(Self.fault("port = 1\n\nport = 2\n"))
        #expect(fault.line == 3 && fault.problem.contains("twice") && fault.remedy.contains("line 1"))
    }

    @Test(arguments: [
        "", "name = \"# odd \"\ndisplay-socket =\nserver = 10.0.0.7\n",
        "reader.z = id12 /dev/tty#1\nreader.a = wedge 00ff:0001\nreader.k = keypad abcd:EF00\nlog-level = debug\n",
    ])
    func thePrintedSettingsReadBackAsTheSame(text: String) throws {
        let (settings, table) = try Self.parse(text)
        let (again, secondTable) = try Self.parse(table.printed, hostName: "another")
        #expect(table.printed == secondTable.printed)
        #expect(again.name == settings.name && again.server == settings.server && again.readers == settings.readers)
        #expect(again.displaySocket == settings.displaySocket && again.logLevel == settings.logLevel)
    }

    @Test(arguments: [
        ("id12 /dev/ttyUSB0", "rdm6300 /dev/ttyUSB0", false), ("id12 /dev/ttyUSB0", "id12 /dev/ttyUSB1", true),
        ("text tcp:10.0.0.1:4000", "text tcp:10.0.0.1:4000", false),
        ("text tcp:10.0.0.1:4000", "text tcp:10.0.0.1:4001", true), ("text listen:4000", "text listen:4000", false),
        ("wedge 16c0:27db", "wedge 16c0:27db", true),
        ("wedge 16c0:27db port=usb-1", "wedge 16c0:27db port=usb-1", false),
        ("wedge 16c0:27db port=usb-1", "keypad 16c0:27db port=usb-1", true),
        ("pcsc pcsc:*", "pcsc pcsc:*", true),
    ])
    func twoReadersOnOneDeviceAreRefused(one: String, two: String, areTaken: Bool) throws {
        let fault = Self.fault("reader.a = \(one)\nreader.b = \(two)")
        #expect((fault == nil) == areTaken)
        if let fault { #expect(fault.line == 2 && fault.problem.contains("reader.a has that device")) }
    }

    @Test func aPublicReaderMayBeNamed() throws {
        let lines = "reader.x = text tcp:8.8.8.8:4000\npeer-networks = 8.8.8.0/24\nserver = fe80::1%eth0"
        #expect(try Self.parse(lines).0.readers.count == 1)
    }

    @Test func aKeypadBesideAReaderThatMayNotBeThereIsAdvised() throws {
        let lines = "keypad-for = usb-1.2"
        #expect(try Self.parse(lines).0.advice?.contains("usb-1.2") == true)
        #expect(try Self.parse("keypad-for = a\nreader.a = id12 /dev/x").0.advice == nil)
        #expect(try Self.parse("keypad-for = a\nreaders = listed\nreader.a = id12 /dev/x").0.desk.keypadPlace == "a")
        let fault = Self.fault("readers = listed\nreader.a = id12 /dev/x\nkeypad-for = b")
        #expect(fault?.line == 3 && fault?.remedy == "There are a.")
    }

    @Test func aByteOrderMarkIsPassedOver() throws {
        #expect(try Self.parse("\u{FEFF}name = box-3\n").0.name == "box-3")
        #expect(Self.fault("name = a\n\u{FEFF}port = 1")?.line == 2)
    }

    @Test func aLongHostNameIsCutToAName() throws {
        let (settings, _) = try Self.parse("", hostName: String(repeating: "é", count: 40))
        #expect(settings.name == String(repeating: "é", count: 32))
    }
}
