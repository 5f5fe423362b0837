// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import HostIO
package import Ops
package import PrintModel
package import ReleaseRules
import ReleaseWire

/// Everything a server can be told, read once at the start and passed on by value.
package struct ServerSettings: Sendable {
    package let state: String
    package let listen: [IPAddress]
    package let releasePort: UInt16
    package let lpdPort: UInt16
    package let adminSocket: String
    /// Empty: only root and the server's own user.
    package let adminGroup: String
    /// From where connections are taken.
    package let peers: PeerRule
    package let trustedHosts: [Network]
    /// Enrolled agents wait until the administrator approves them.
    package let requiresApproval: Bool
    /// Empty: any name is taken.
    package let queues: [String]
    package let holdLife: Duration
    /// What agents may do while this server is away.
    package let offline: OfflinePolicy
    package let documentLimit: Int
    package let spoolMarks: SpoolMarks
    package let tariff: Tariff
    /// Under which forms a read finds its badge.
    package let badgeForms: FormPolicy
    package let dialogue: Dialogue
    /// Empty: beside this program.
    package let analyzer: String
    package let logLevel: LogLevel

    /// What people do at a reader.
    package struct Dialogue: Sendable {
        package let secondFactor: SecondFactor
        package let selfRegistration: SelfRegistration
        package let billingCode: BillingCode
        package let logOut: Duration
    }

    /// The settings, and the table of them for `--print-settings`.
    package static func parse(_ text: String, file: String) throws(SettingsFault) -> (ServerSettings, SettingsTable) {
        var reader = try SettingsReader(parsing: text, file: file)
        let state = try reader.take(
            "state", .path, default: "/var/lib/lanyard", "Where database, spool and keys are kept.")
        let listen = try reader.take(
            "listen", SettingFormat<IPAddress>.address.list(limit: 16), default: [.any6],
            "The addresses to listen on; :: means all.")
        guard !listen.isEmpty else {
            throw reader.fault(key: "listen", problem: "listen names no address", remedy: "Write :: for all.")
        }
        let releasePort = try reader.take("release-port", .port, default: Wire.standardPort, "The port for agents.")
        let lpdPort = try reader.take("lpd-port", .port, default: 515, "The port for LPD clients (RFC 1179).")
        guard lpdPort == 0 || lpdPort != releasePort else {
            throw reader.fault(
                key: reader.sets("lpd-port") ? "lpd-port" : "release-port",
                problem: "release-port and lpd-port are both \(lpdPort)", remedy: "Give each a port of its own.")
        }
        let adminSocket = try reader.take(
            "admin-socket", .socketPath, default: "/run/lanyard/admin.sock", "The Unix socket of the lanyard command.")
        let adminGroup = try reader.take(
            "admin-group", .text(limit: 32), default: "", "The group that may use the admin socket besides root.")
        let peers = try reader.takePeerRule(
            "Public networks from which connections are taken, besides private ones; all others are refused.")
        let approval = try reader.take(
            "agent-approval", .word, default: AgentApproval.automatic,
            "automatic: an enrolled agent may connect. required: only once lanyard agent approve was said.")
        let trusted = try reader.take(
            "trusted-hosts", SettingFormat<Network>.network.list(limit: 64), default: Network.loopback,
            "Hosts that are believed when they name the owner of a job; others may not print.")
        let queues = try reader.take(
            "queues", SettingFormat<String>.queue.list(limit: 64), default: [],
            "The queue names served; empty for any name.")
        let holdLife = try reader.take(
            "hold-life", .duration(.seconds(300)...(.seconds(7 * 86_400))), default: .seconds(12 * 3600),
            "How long a job waits for its owner before it is purged.")
        let documentLimit = try reader.take(
            "document-limit", .size(1024...(64 << 30)), default: 2 << 30, "The largest document taken.")
        let spoolMarks = try takeSpoolMarks(&reader)
        let offline = try takeOffline(&reader)
        let tariff = try takeTariff(&reader)
        let badgeForms = try takeBadgeForms(&reader)
        let dialogue = try takeDialogue(&reader)
        let analyzer = try reader.take(
            "analyzer", SettingFormat<String>.path.orNone, default: nil,
            "The program that counts pages; empty for lanyard-analyze beside this one.")
        let logLevel = try reader.take("log-level", .logLevel, default: .info, "How much is logged.")
        let settings = ServerSettings(
            state: state, listen: listen, releasePort: releasePort, lpdPort: lpdPort, adminSocket: adminSocket,
            adminGroup: adminGroup, peers: peers, trustedHosts: trusted, requiresApproval: approval == .required,
            queues: queues, holdLife: holdLife, offline: offline, documentLimit: documentLimit, spoolMarks: spoolMarks,
            tariff: tariff, badgeForms: badgeForms, dialogue: dialogue, analyzer: analyzer ?? "", logLevel: logLevel)
        return (settings, try reader.finish())
    }

    /// What somebody who wrote these settings may not expect of them; `--check` says it.
    package var advice: String? {
        let advice = [lendingAdvice, logOutAdvice].compactMap { $0 }
        return advice.isEmpty ? nil : advice.joined(separator: "\n")
    }

    /// The server says it at its start, too, because people at the readers notice.
    package var logOutAdvice: String? {
        guard dialogue.logOut > SessionRule.longestLogOut else { return nil }
        return
            "log-out is more than \(SessionRule.longestLogOut.components.seconds / 60) min, which is as long as agents "
            + "leave somebody logged in, so it is that"
    }

    private var lendingAdvice: String? {
        guard offline.mode != .deny, !CustodyRule.lends(offline, dialogue.billingCode) else { return nil }
        return "offline is \(offline.mode.rawValue), but nothing is lent: billing-code is required, and a release "
            + "while the server is away carries none"
    }

    private static func takeSpoolMarks(_ reader: inout SettingsReader) throws(SettingsFault) -> SpoolMarks {
        let standard = SpoolMarks()
        let smallJob = try reader.take(
            "spool-small-job", .size(1024...(64 << 30)), default: Int(standard.smallJob),
            "The largest document that is still taken from spool-large-mark on.")
        let large = try reader.take(
            "spool-large-mark", .integer(2...100), default: standard.large,
            "Percent of the spool's file system; from there on no large jobs are taken.")
        let full = try reader.take(
            "spool-full-mark", .integer(2...100), default: standard.full,
            "Percent of the spool's file system; from there on no jobs are taken.")
        guard large <= full else {
            throw reader.fault(
                key: "spool-large-mark", problem: "spool-large-mark is above spool-full-mark",
                remedy: "Large jobs are refused before all others are.")
        }
        return SpoolMarks(large: large, full: full, smallJob: UInt64(smallJob))
    }

    /// How often an agent asks what is lent to it.
    private static let custodyInterval = Duration.seconds(15)

    private static func takeOffline(_ reader: inout SettingsReader) throws(SettingsFault) -> OfflinePolicy {
        let mode = try reader.take(
            "offline", .word, default: OfflineMode.deny,
            "What an agent releases while this server is away: deny, cached (within pages set aside), charge-later.")
        let pages = try reader.take(
            "offline-pages", .integer(1...10_000), default: 50,
            "The pages a user may print while this server is away: at all agents together (cached), or at each "
                + "(charge-later).")
        let lease = try reader.take(
            "custody-lease", .duration(.seconds(900)...(.seconds(72 * 3600))), default: .seconds(8 * 3600),
            "How long a job stays lent to an agent that is away; nobody else can release it for so long.")
        return OfflinePolicy(mode: mode, pages: pages, lease: lease, interval: custodyInterval)
    }

    private static func takeBadgeForms(_ reader: inout SettingsReader) throws(SettingsFault) -> FormPolicy {
        let kinds = try reader.take(
            "badge-forms", SettingFormat<FormPolicy.Kind>.word.list(limit: FormPolicy.Kind.allCases.count),
            default: FormPolicy.standardKinds, "The forms of a read under which its badge may be enrolled.")
        let formats = try reader.take(
            "card-formats", SettingFormat<String>.cardFormat.list(limit: WiegandFormat.table.count), default: [],
            "The card formats of this site, best first; empty for all that have parity.")
        let chain = try reader.take(
            "converter", .text(limit: Converter.textLimit), default: "",
            "Steps from a read to this site's numbers, like bits(1..24)|hex2dec; lanyard decode --infer finds them.")
        let site = try converter(chain, key: "converter", reader)
        let converters = ConverterTable(site: site, readers: try takeReaderConverters(&reader))
        return FormPolicy(kinds: kinds, formats: formats, converters: converters)
    }

    private static func takeReaderConverters(
        _ reader: inout SettingsReader
    ) throws(SettingsFault) -> [String: Converter?] {
        let named = try reader.takeNamed(
            "converter", .text(limit: Converter.textLimit), example: (name: "front", value: "bits(1..24)|hex2dec"),
            "The same for one reader, READER or AGENT/READER, in place of the site's converter; empty for none.")
        var converters: [String: Converter?] = [:]
        for (name, chain) in named {
            let key = "converter.\(name)"
            guard isReaderName(name) else {
                throw reader.fault(
                    key: key, problem: "\(key) names no reader",
                    remedy: "Write converter.READER or converter.AGENT/READER, each name of 1 to \(nameLimit) bytes.")
            }
            guard converters.count < ConverterTable.readerLimit else {
                throw reader.fault(
                    key: key, problem: "more than \(ConverterTable.readerLimit) readers have a converter",
                    remedy: "Give readers of one model the same name at every agent: converter.READER serves them all.")
            }
            converters.updateValue(try converter(chain, key: key, reader), forKey: name)
        }
        return converters
    }

    private static let nameLimit = Wire.nameLimit

    private static func isReaderName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count <= 2 && parts.allSatisfy { (1...nameLimit).contains($0.utf8.count) }
    }

    private static func converter(
        _ chain: String, key: String, _ reader: SettingsReader
    ) throws(SettingsFault) -> Converter? {
        guard !chain.isEmpty else { return nil }
        do throws(ConverterFault) {
            return try Converter(chain)
        } catch {
            throw reader.fault(
                key: key, problem: "\(key) is wrong \(error.description)",
                remedy: "Try it with lanyard decode --convert.")
        }
    }

    private static func takeDialogue(_ reader: inout SettingsReader) throws(SettingsFault) -> Dialogue {
        Dialogue(
            secondFactor: try reader.take(
                "second-factor", SettingFormat<SecondFactor>.word, default: .ifSet,
                "When a PIN is asked for: if-set, when-typed, always or never."),
            selfRegistration: try reader.take(
                "self-registration", SettingFormat<SelfRegistration>.word, default: .off,
                "How people make an unknown badge theirs: off, activation, login or both."),
            billingCode: try reader.take(
                "billing-code", SettingFormat<BillingCode>.word, default: .none,
                "Whether a release names a billing code: none, optional or required."),
            logOut: try reader.take(
                "log-out", .duration(.seconds(10)...SessionRule.longestLogOutSetting),
                default: SessionRule.standardLogOut,
                "After so long without a key or a badge a person is logged out."))
    }

    private static func takeTariff(_ reader: inout SettingsReader) throws(SettingsFault) -> Tariff {
        let standard = Tariff.standard
        let price = SettingFormat.price(scale: standard.scale)
        let mono = try reader.take("price-mono", price, default: standard.mono, "The price of a mono page.")
        let color = try reader.take("price-color", price, default: standard.color, "The price of a colour page.")
        let unknown = try reader.take(
            "price-unknown", price, default: standard.unknown, "The price of a page of which nobody knows the colour.")
        let currency = try reader.take(
            "currency", .currency, default: standard.currency, "The currency's three letters (ISO 4217).")
        return Tariff(currency: currency, scale: standard.scale, mono: mono, color: color, unknown: unknown)
    }
}

/// The words of the setting `agent-approval`.
enum AgentApproval: String, CaseIterable, Sendable {
    case automatic
    case required
}

extension Network {
    /// 127.0.0.0/8 and ::1.
    package static var loopback: [Network] {
        [Network(.loopback4, prefix: 8), Network(.loopback6, prefix: 128)]
    }
}

extension SettingFormat where Value == IPAddress {
    package static var address: Self {
        Self("an IPv4 or IPv6 address", parse: { IPAddress($0) }, text: { $0.description })
    }
}

extension SettingFormat where Value == Money {
    /// The most that a page costs, in whole units of the currency.
    private static var limit: Int64 { 1_000_000 }

    /// With as many digits after the point as the tariff's scale says.
    static func price(scale: Int) -> Self {
        let example = Money(minor: 5).text(scale: scale)
        let most = (0..<scale).reduce(limit) { most, _ in most * 10 }
        return Self(
            "an amount like \(example), at most \(limit)",
            parse: { Money($0, scale: scale).flatMap { $0.minor <= most ? $0 : nil } },
            text: { $0.text(scale: scale) })
    }
}

extension SettingFormat where Value == String {
    fileprivate static var cardFormat: Self {
        Self(
            "one of " + WiegandFormat.table.map(\.name).joined(separator: ", "),
            parse: { name in WiegandFormat.table.contains { $0.name == name } ? name : nil }, text: { $0 })
    }

    /// LPD clients put it between spaces.
    fileprivate static var queue: Self {
        Self(
            "a queue's name of 1 to 64 characters without a space",
            parse: { (1...64).contains($0.count) && !$0.contains(where: \.isWhitespace) ? $0 : nil }, text: { $0 })
    }

    fileprivate static var currency: Self {
        Self(
            "three capital letters",
            parse: { $0.utf8.count == 3 && $0.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? $0 : nil },
            text: { $0 })
    }
}
