// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import AdminModel
import Ops
import PrintModel
import Primitives
import ServerCore
import Testing

@Suite struct OutputTests {
    static let time = WallTime(milliseconds: 1_795_228_989_500)
    static let users = {
        var ada = UserFacts(
            name: "ada", fullName: "Ada L.", department: "R&D", isLocked: false, hasPIN: true,
            badges: [BadgeFacts(id: 7, label: "blue", addedAt: time)], heldJobs: 12)
        ada.number = "4711"
        let bob = UserFacts(
            name: "bob", fullName: "", department: "IT", isLocked: true, hasPIN: false, badges: [], heldJobs: 0)
        return [ada, bob]
    }()
    static let agent = AgentFacts(
        name: "box", key: KeyHash([UInt8](repeating: 0xAB, count: 32))!, isRevoked: false, epoch: 3,
        lastHelloAt: time)

    private func output(_ reply: AdminReply, _ words: String...) -> String {
        let desk = Desk()
        desk.reply = { _ in reply }
        desk.connectedAgents = ["box"]
        #expect(desk.run(arguments: words) == .fine, "\(desk.complaints)")
        return desk.output
    }

    @Test func usersAreATable() {
        #expect(
            output(.users(Self.users), "user", "list") == """
                NAME  FULL NAME  DEPARTMENT  NUMBER  BADGES  PIN  HELD  STATE
                ada   Ada L.     R&D           4711       1  yes    12  active
                bob              IT                       0  no      0  locked

                """)
        #expect(output(.users([]), "user", "list") == "There are no users.\n")
    }

    @Test func oneUserIsShownWithBadges() {
        #expect(
            output(.user(Self.users[0]), "user", "show", "ada") == """
                NAME        ada
                FULL NAME   Ada L.
                DEPARTMENT  R&D
                STATE       active
                NUMBER      4711
                PIN         yes
                PASSWORD    no
                HELD JOBS   12
                BADGES      1

                ID  LABEL  ADDED (UTC)
                 7  blue   2026-11-21 02:43

                """)
    }

    @Test func jobsAreATableWithWhatIsNotKnown() {
        let jobs = [
            JobFacts(
                job: JobID(104), owner: "ada", title: "\u{1B}[31mred", state: .inDoubt,
                count: PageCount(pages: 3, colorPages: nil), size: 70_000, receivedAt: Self.time, printer: "p"),
            JobFacts(
                job: JobID(9), owner: "bob", title: "日本", state: .held, count: nil, size: 5, receivedAt: Self.time,
                printer: nil),
        ]
        #expect(
            output(.jobs(jobs), "jobs") == """
                 ID  OWNER  DOCUMENT  STATE     PAGES  COLOR    SIZE  RECEIVED (UTC)    PRINTER
                104  ada    \u{FFFD}[31mred  in-doubt      3      ?  68 KiB  2026-11-21 02:43  p
                  9  bob    日本      held          ?      ?     5 B  2026-11-21 02:43

                """)
    }

    @Test func agentsPrintersAndCodesAreShown() {
        #expect(
            output(.agents([Self.agent]), "agent", "list") == """
                AGENT  KEY           STATE      RIGHTS   LAST SEEN (UTC)
                box    abababababab  connected  release  2026-11-21 02:43

                """)
        let printer = PrinterFacts(name: "p", agent: "box", uri: "socket://h:9100")
        #expect(
            output(.printers([printer]), "printer", "list") == """
                PRINTER  AGENT  URI
                p        box    socket://h:9100

                """)
        #expect(
            output(.enrolmentCode(SecretBytes(Array("ABC-DEF".utf8)), expires: Self.time), "agent", "enrol-code")
                == "ABC-DEF\nGood for one agent until 2026-11-21 02:43 UTC.\n")
        for (right, whom) in [("release", "agent"), ("reports", "program that reads reports")] {
            let text = output(
                .enrolmentCode(SecretBytes([0x41]), expires: Self.time), "agent", "enrol-code", "--right", right)
            #expect(text == "A\nGood for one \(whom) until 2026-11-21 02:43 UTC.\n")
        }
    }

    @Test func whoIsLockedOutIsTold() {
        var (ada, bob) = (Self.users[0], Self.users[1])
        ada.lockOut = LockOut(failures: 5, until: Self.time)
        bob.isLocked = false
        bob.lockOut = LockOut(failures: 100, until: nil)
        #expect(
            output(.users([ada, bob]), "user", "list") == """
                NAME  FULL NAME  DEPARTMENT  NUMBER  BADGES  PIN  HELD  STATE
                ada   Ada L.     R&D           4711       1  yes    12  locked until 02:43:09 UTC (5 wrong PINs)
                bob              IT                       0  no      0  locked until unlocked (100 wrong PINs)

                """)
        #expect(
            output(.user(ada), "user", "show", "ada").contains(
                "STATE       locked until 02:43:09 UTC (5 wrong PINs)\n"))
        var agent = Self.agent
        agent.barredUntil = Self.time
        #expect(output(.agents([agent]), "agent", "list").contains("connected, locked until 02:43:09 UTC  release"))
    }

    @Test func aPrinterWithoutAnAgentIsTold() {
        var printer = PrinterFacts(name: "copier-3", agent: "box-3", uri: "socket://h:9100")
        printer.isAgentRevoked = true
        #expect(output(.printers([printer]), "printer", "list").contains("copier-3  box-3 (revoked)  socket"))
        let revoked = output(.doneButPrinterWaits(printer), "agent", "revoke", "box-3")
        #expect(
            revoked == """
                Agent box-3 revoked.
                Printer copier-3 has no agent now. Give it to another one: lanyard printer move copier-3 --agent NAME

                """)
        let approved = output(.doneButPrinterWaits(printer), "agent", "approve", "box-3")
        #expect(approved.contains("lanyard printer move copier-3 --agent box-3\n"))
        #expect(output(.done, "agent", "revoke", "box-3") == "Agent box-3 revoked.\n")
        let json = output(.doneButPrinterWaits(printer), "agent", "revoke", "box-3", "--json")
        let waiting = #"{"agent":"box-3","agentRevoked":true,"name":"copier-3","uri":"socket://h:9100"}"#
        #expect(json == #"{"done":true,"printerWithoutAgent":\#(waiting)}"# + "\n")
    }

    @Test func aCorrectionIsTold() {
        let facts = CorrectionFacts(line: 12, before: 1_000_000, pages: 3, amount: Money(minor: -4_999_985))
        #expect(
            output(.corrected(facts), "jobs", "correct", "8", "--pages", "3")
                == "Job 8 is charged with 3 pages instead of 1000000: ledger line 12.\n")
        #expect(
            output(.corrected(facts), "jobs", "correct", "8", "--pages", "3", "--json")
                == #"{"correction":{"amount":-4999985,"line":12,"pages":3,"pagesBefore":1000000}}"# + "\n")
    }

    @Test func aListWithoutJobsSaysOfWhichOnes() {
        let table = [
            (["jobs"], "No job is held, under way or in doubt; --state printed lists those that came out."),
            (
                ["jobs", "--owner", "ana"],
                "No job of ana is held, under way or in doubt; --state printed lists those that came out."
            ), (["jobs", "--in-doubt"], "No job is in-doubt."),
            (["jobs", "--owner", "ana", "--state", "printed"], "No job of ana is printed."),
        ]
        for (words, text) in table {
            let desk = Desk()
            desk.reply = { _ in .jobs([]) }
            #expect(desk.run(arguments: words) == .fine && desk.output == text + "\n")
        }
    }

    @Test func ownersWhoAreNoUsersAreMarked() {
        var job = JobFacts(
            job: JobID(9), owner: "nobody1", title: "x", state: .held, count: nil, size: 5, receivedAt: Self.time,
            printer: nil)
        job.isOwnerKnown = false
        #expect(output(.jobs([job]), "jobs").contains("9  nobody1 (no such user)  x"))
        #expect(output(.jobs([job]), "jobs", "--json").contains(#""ownerUnknown":true"#))
    }

    @Test func agentsThatWaitAndThoseThatOnlyReadReportsAreToldApart() {
        var (waiting, reader) = (Self.agent, Self.agent)
        (waiting.name, waiting.isApproved) = ("new", false)
        (reader.name, reader.rights) = ("desk", [.reports])
        #expect(
            output(.agents([waiting, reader]), "agent", "list") == """
                AGENT  KEY           STATE         RIGHTS   LAST SEEN (UTC)
                new    abababababab  not approved  release  2026-11-21 02:43
                desk   abababababab  away          reports  2026-11-21 02:43

                """)
    }

    @Test func theAuditIsATableOrOneDocument() {
        let entry = AuditEntry(id: 7, at: Self.time, by: "root", action: "report-seen", subject: "users 2026-11")
        #expect(
            output(.audit([entry], next: nil), "audit") == """
                WHEN (UTC)        BY    ACTION       SUBJECT
                2026-11-21 02:43  root  report-seen  users 2026-11

                """)
        let document =
            #"{"entries":[{"action":"report-seen","at":"2026-11-21T02:43:09Z","by":"root","id":7,"#
            + #""subject":"users 2026-11"}]}"# + "\n"
        #expect(output(.audit([entry], next: nil), "audit", "--json") == document)
        #expect(output(.audit([], next: nil), "audit") == "Nothing was recorded.\n")
    }

    @Test func billingCodesAndActivationCodesAreShown() {
        let accounts = [AccountFacts(code: "P-1", name: "Bridge"), AccountFacts(code: "P-20", name: "")]
        #expect(
            output(.accounts(accounts), "code", "list") == """
                CODE  NAME
                P-1   Bridge
                P-20

                """)
        #expect(output(.accounts([]), "code", "list") == "There are no billing codes.\n")
        #expect(
            output(
                .activationCode(SecretBytes(Array("12345678".utf8)), expires: Self.time), "user", "activation-code",
                "ada") == "12345678\nGood for one badge of ada until 2026-11-21 02:43 UTC.\n")
    }

    @Test func jsonIsTheServersDocument() {
        let expected = "{\"users\":[]}\n"
        #expect(output(.users([]), "user", "list", "--json") == expected)
        #expect(output(.users([]), "--json", "user", "list") == expected)
        #expect(output(.done, "--json", "user", "lock", "ada") == "{\"done\":true}\n")
        let report = "{\"currency\":\"EUR\",\"rows\":[],\"scale\":2}\n"
        #expect(output(.report([], currency: "EUR", scale: 2), "report", "history", "--format", "json") == report)
        let detail = "{\"currency\":\"EUR\",\"releases\":[],\"rows\":[],\"scale\":2}\n"
        #expect(output(.report([], currency: "EUR", scale: 2), "report", "users", "--json") == detail)
    }

    @Test func statusIsShown() {
        let desk = Desk()
        desk.reply = { request in
            switch request {
            case .listAgents: .agents([Self.agent])
            case .listReaders: .readers([])
            default: .state(StateCounts(jobs: [.held: 4], users: 2, agents: 1, ledgerEntries: 8))
            }
        }
        desk.facts.ports = [
            .init(
                service: "release", address: "0.0.0.0", port: 1351,
                listener: .init(process: "lanyard-server", pid: 42, user: "lanyard")),
            .init(service: "lpd", address: "127.0.0.1", port: 515, listener: nil),
        ]
        desk.facts.warnings = ["The spool is nearly full."]
        #expect(desk.run("status") == .fine)
        #expect(
            desk.output == """
                lanyard-server 1.0, running since 2023-11-14 22:13 UTC
                Warning: The spool is nearly full.

                JOBS
                held            4
                reserved        0
                sending         0
                printed         0
                in-doubt        0
                canceled        0
                purged          0

                USERS           2
                LEDGER ENTRIES  8

                AGENT  KEY           STATE  RIGHTS   LAST SEEN (UTC)
                box    abababababab  away   release  2026-11-21 02:43

                SERVICE  ADDRESS    PORT  LISTENER        PID  USER
                release  0.0.0.0    1351  lanyard-server   42  lanyard
                lpd      127.0.0.1   515  nobody

                """)
    }
}
