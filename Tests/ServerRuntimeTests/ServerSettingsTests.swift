// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import PrintModel
import ServerRuntime
import Testing

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
        #expect(settings.peers == PeerRule() && !settings.requiresApproval)
        #expect(table.rows.count == 21)
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
        ("queues = a,,b", "queues cannot be", "commas"), ("hold-life = 1 min", "hold-life cannot be", "5 min to 7 d"),
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
        ("pricemono = 1", "unknown key \"pricemono\"", "Is price-mono meant?"),
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
        "", "listen = 127.0.0.1, ::\ntrusted-hosts =\nqueues = a, \"b c\", d#e\nprice-mono = 12.05\nprice-color=7",
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
}
