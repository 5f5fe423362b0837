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
        "", "name = \"# odd \"\ndisplay-socket =\nserver = \"a#b\"\n",
        "reader.z = id12 /dev/tty#1\nreader.a = wedge 00ff:0001\nreader.k = keypad abcd:EF00\nlog-level = debug\n",
    ])
    func thePrintedSettingsReadBackAsTheSame(text: String) throws {
        let (settings, table) = try Self.parse(text)
        let (again, secondTable) = try Self.parse(table.printed, hostName: "another")
        #expect(table.printed == secondTable.printed)
        #expect(again.name == settings.name && again.server == settings.server && again.readers == settings.readers)
        #expect(again.displaySocket == settings.displaySocket && again.logLevel == settings.logLevel)
    }

    @Test func aLongHostNameIsCutToAName() throws {
        let (settings, _) = try Self.parse("", hostName: String(repeating: "é", count: 40))
        #expect(settings.name == String(repeating: "é", count: 32))
    }
}
