// SPDX-License-Identifier: Apache-2.0

import Credentials
import HostIO
import Ops
import PrintModel
import ReleaseRules
import Testing

@testable import ServerRuntime

@Suite struct ServerSettingsTests {
    private static func parse(_ text: String) throws -> (ServerSettings, SettingsTable) {
        try ServerSettings.parse(text, file: "server.conf")
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
        #expect(settings.state == "/var/lib/lanyard" && settings.listen == [.any6])
        #expect(settings.releasePort == 1351 && settings.lpdPort == 515)
        #expect(settings.adminSocket == "/run/lanyard/admin.sock" && settings.adminGroup.isEmpty)
        #expect(settings.trustedHosts.map(\.description) == ["127.0.0.0/8", "::1/128"] && settings.queues.isEmpty)
        #expect(settings.holdLife == .seconds(12 * 3600) && settings.documentLimit == 2 << 30)
        #expect(settings.tariff == .standard && settings.analyzer.isEmpty && settings.logLevel == .info)
        #expect(settings.spoolMarks == SpoolMarks(large: 90, full: 95, smallJob: 16 << 20))
        #expect(settings.peers == PeerRule() && !settings.requiresApproval)
        #expect(table.rows.count == 32)
        let dialogue = settings.dialogue
        #expect(dialogue.secondFactor == .ifSet && dialogue.selfRegistration == .off)
        #expect(dialogue.billingCode == .none && dialogue.logOut == .seconds(60))
    }

    @Test func whatPeopleDoAtAReaderIsASetting() throws {
        let lines = "second-factor = when-typed\nself-registration = both\nbilling-code = required\nlog-out = 30 s"
        let dialogue = try Self.parse(lines).0.dialogue
        #expect(dialogue.secondFactor == .whenTyped && dialogue.selfRegistration == .both)
        #expect(dialogue.billingCode == .required && dialogue.logOut == .seconds(30))
    }

    @Test func whatBillingCodesSwitchOffIsSaid() throws {
        let advice = try Self.parse("offline = cached\nbilling-code = required").0.advice
        #expect(advice?.contains("nothing is lent") == true)
        for lines in ["", "billing-code = required", "offline = cached", "offline = cached\nbilling-code = optional"] {
            #expect(try Self.parse(lines).0.advice == nil)
        }
    }

    @Test(arguments: [("300 s", true, false), ("301 s", true, true), ("10 min", true, true), ("601 s", false, false)])
    func aLongLogOutIsTakenWithAWarning(value: String, isTaken: Bool, isWarned: Bool) throws {
        guard isTaken else { return #expect(Self.fault("log-out = \(value)") != nil) }
        let settings = try Self.parse("log-out = \(value)").0
        #expect((settings.logOutAdvice != nil) == isWarned && settings.advice == settings.logOutAdvice)
        #expect(ServerStart.logOut(settings) == min(settings.dialogue.logOut, .seconds(300)))
    }

    @Test(arguments: [
        (0, "7", Int64(7), "0.05"), (0, "1000000", 1_000_000, "1000001"), (2, "0.07", 7, "0.007"),
        (2, "1000000", 100_000_000, "1000000.01"), (3, "0.007", 7, "0.07"), (3, "1000000.000", 1_000_000_000, "1.00"),
    ])
    func aPriceHasTheDigitsOfTheTariff(scale: Int, text: String, minor: Int64, wrong: String) {
        let price = SettingFormat.price(scale: scale)
        #expect(price.parse(text) == Money(minor: minor))
        #expect(price.parse(price.text(Money(minor: minor))) == Money(minor: minor))
        #expect(price.parse(wrong) == nil)
    }

    @Test func everyValueIsTakenOver() throws {
        let (settings, _) = try Self.parse(
            """
            listen = 10.1.2.3, ::1
            peer-networks = 100.64.0.0/10, 2001:db8::/32
            agent-approval = required
            trusted-hosts = 10.0.0.0/8
            queues = pool, copier
            hold-life = 2 d
            document-limit = 64 MiB
            price-mono = 0.10
            price-color = 1
            price-unknown = 0.00
            currency = CHF
            """)
        #expect(settings.listen.map(\.description) == ["10.1.2.3", "::1"])
        #expect(settings.trustedHosts.map(\.description) == ["10.0.0.0/8"] && settings.queues == ["pool", "copier"])
        #expect(settings.holdLife == .seconds(2 * 86_400) && settings.documentLimit == 64 << 20)
        #expect(settings.peers.named.map(\.description) == ["100.64.0.0/10", "2001:db8::/32"])
        #expect(settings.requiresApproval)
        let tariff = settings.tariff
        #expect(tariff.mono.minor == 10 && tariff.color.minor == 100 && tariff.unknown.minor == 0)
        #expect(tariff.currency == "CHF")
    }

    @Test(arguments: [
        ("state = here", "state cannot be", "starts with /"), ("listen = host", "listen cannot be", "IPv4 or IPv6"),
        ("listen =", "listen names no address", ":: for all"),
        ("release-port = -1", "release-port cannot be", "0 to 65535"),
        ("lpd-port = x", "lpd-port cannot be", "0 to 65535"),
        ("admin-socket = /" + String(repeating: "x", count: 107), "admin-socket cannot be", "107 bytes"),
        ("admin-group = " + String(repeating: "g", count: 33), "admin-group cannot be", "32 characters"),
        ("trusted-hosts = 10.0.0.0/33", "trusted-hosts cannot be", "10.0.0.0/8"),
        ("trusted-hosts = here", "trusted-hosts cannot be", "10.0.0.0/8"),
        ("queues = a,,b", "queues cannot be", "commas"), ("queues = a b", "queues cannot be", "without a space"),
        ("lpd-port = 1351", "release-port and lpd-port are both 1351", "a port of its own"),
        ("release-port = 515", "release-port and lpd-port are both 515", "a port of its own"),
        ("analyzer = relative", "analyzer cannot be", "starts with /"),
        ("preis.ä = 1", "\"preis.ä\" cannot be a key", "small letters"),
        ("hold-life = 1 min", "hold-life cannot be", "5 min to 7 d"),
        ("hold-life = 8 d", "hold-life cannot be", "5 min to 7 d"),
        ("document-limit = 1", "document-limit cannot be", "1 KiB to 64 GiB"),
        ("price-mono = -0.50", "price-mono cannot be", "0.05"), ("price-mono = +1", "price-mono cannot be", "0.05"),
        ("price-mono = 0.5", "price-mono cannot be", "0.05"), ("price-mono = 0.+5", "price-mono cannot be", "0.05"),
        ("price-color = 1.2.3", "price-color cannot be", "0.05"), ("price-color = .50", "price-color", "0.05"),
        ("price-unknown = 1000001", "price-unknown cannot be", "0.05"),
        ("price-unknown = 1,00", "price-unknown", "0.05"),
        ("currency = eur", "currency cannot be", "three capital letters"),
        ("currency = EURO", "currency cannot be", "three capital letters"),
        ("log-level = all", "log-level cannot be", "error, warning, info, debug"),
        ("second-factor = maybe", "second-factor cannot be", "if-set, when-typed, always, never"),
        ("self-registration = yes", "self-registration cannot be", "off, activation, login, both"),
        ("billing-code = yes", "billing-code cannot be", "none, optional, required"),
        ("log-out = 9 s", "log-out cannot be", "10 s to 10 min"),
        ("log-out = 601 s", "log-out cannot be", "10 s to 10 min"),
        ("pricemono = 1", "unknown key \"pricemono\"", "Is price-mono meant?"),
        ("converter.front = bits(", "converter.front is wrong at character", "lanyard decode --convert"),
        ("converter.a/b/c = hex2dec", "converter.a/b/c names no reader", "converter.AGENT/READER"),
        ("converter./front = hex2dec", "converter./front names no reader", "converter.READER"),
        ("converter.\(String(repeating: "r", count: 65)) = hex2dec", "names no reader", "1 to 64 bytes"),
        ("listen 10.0.0.1", "not of the form key = value", "key = value"),
    ])
    func aBadLineIsNamedWithItsRemedy(line: String, problem: String, remedy: String) throws {
        let fault = try #require(Self.fault("\n\(line)\n"))
        #expect(fault.file == "server.conf" && fault.line == 2)
        #expect(fault.problem.contains(problem), "\(fault)")
        #expect(fault.remedy.contains(remedy), "\(fault)")
        #expect(fault.operatorError.exit == .settings)
    }

    @Test func aKeySetTwiceIsRefusedAtTheSecond() throws {
        let fault = try #require(Self.fault("currency = EUR\ncurrency = EUR"))
        #expect(fault.line == 2 && fault.problem.contains("twice") && fault.remedy.contains("line 1"))
    }

    @Test(arguments: [
        "", "listen = 127.0.0.1, ::\ntrusted-hosts =\nqueues = a, b+c, d#e\nprice-mono = 12.05\nprice-color=7",
        "hold-life = 301 s\ndocument-limit = 1025\nadmin-group = print\nanalyzer = /opt/x\nlog-level = error",
    ])
    func thePrintedSettingsReadBackAsTheSame(text: String) throws {
        let (settings, table) = try Self.parse(text)
        let (again, secondTable) = try Self.parse(table.printed)
        #expect(table.printed == secondTable.printed)
        #expect(again.listen == settings.listen && again.trustedHosts == settings.trustedHosts)
        #expect(again.queues == settings.queues && again.tariff == settings.tariff)
        #expect(again.holdLife == settings.holdLife && again.documentLimit == settings.documentLimit)
        #expect(again.adminGroup == settings.adminGroup && again.analyzer == settings.analyzer)
        #expect(again.logLevel == settings.logLevel && again.state == settings.state)
    }

    @Test func theMostSpecificConverterWins() throws {
        let (settings, table) = try Self.parse(
            """
            converter = bits(0..7)|hex2dec
            converter.front = bits(8..15)|hex2dec
            converter.copier-3/front = bits(16..23)|hex2dec
            converter.lobby =
            """)
        let read = RawRead(technology: .unknown, bits: try #require(BitString(hex: "010203".utf8)))
        func isFirst(_ form: String, _ agent: String, _ reader: String) throws -> Bool {
            let forms = settings.badgeForms.forms(of: read, from: ReaderName(agent: agent, reader: reader))
            return try forms.first == CredentialForm(typed: form)
        }
        #expect(try isFirst("1", "copier-1", "back"))
        #expect(try isFirst("2", "copier-1", "front"))
        #expect(try isFirst("3", "copier-3", "front"))
        #expect(try isFirst("0x010203", "copier-3", "lobby"))
        #expect(try Self.parse(table.printed).1.printed == table.printed)
    }

    @Test func soManyReadersMayHaveAConverter() throws {
        let lines = (1...ConverterTable.readerLimit + 1).map { "converter.r\($0) = hex2dec" }
        _ = try Self.parse(lines.dropLast().joined(separator: "\n"))
        let fault = try #require(Self.fault(lines.joined(separator: "\n")))
        #expect(fault.line == ConverterTable.readerLimit + 1 && fault.problem.contains("more than 1024"))
    }
}
