// SPDX-License-Identifier: Apache-2.0

import AdminCommands
import Credentials
import HTTPClient
import HTTPServer
import Ops
import PrintModel
import Primitives
import ServerCore
import Testing

@Suite struct AdminProgramTests {
    static let badge = (try? CredentialForm(typed: "12:34567"))!
    static let november = WallTime(milliseconds: 1_793_491_200_000)
    static let december = WallTime(milliseconds: 1_796_083_200_000)
    static let beginning = WallTime(milliseconds: -62_167_219_200_000)
    static let end = WallTime(milliseconds: 253_402_300_799_999)

    static let table: [([String], AdminRequest)] = [
        (["user", "add", "ada", "--department", "R&D"], .addUser(name: "ada", fullName: "", department: "R&D")),
        (
            ["user", "add", "ada", "--department=IT", "--full-name", "Ada L."],
            .addUser(name: "ada", fullName: "Ada L.", department: "IT")
        ),
        (
            ["user", "add", "ada", "--department", "IT", "--number", "4711"],
            .addUser(name: "ada", fullName: "", department: "IT", number: "4711")
        ),
        (["user", "number", "ada", "4711"], .setNumber(user: "ada", "4711")),
        (["user", "number", "ada", "--remove"], .setNumber(user: "ada", nil)),
        (["user", "password", "ada", "--remove"], .setPassword(user: "ada", nil)),
        (["user", "activation-code", "ada"], .makeActivationCode(user: "ada")),
        (["code", "add", "P-1", "--name", "Bridge"], .addAccount(code: "P-1", name: "Bridge")),
        (["code", "list"], .listAccounts), (["code", "delete", "P-1"], .deleteAccount("P-1")),
        (["agent", "unlock", "box"], .unlockAgent("box")),
        (["report", "accounts", "--summary"], .report(.accounts, from: beginning, until: end)),
        (["user", "list"], .listUsers), (["user", "show", "a/b é"], .showUser("a/b é")),
        (["user", "show", "--", "-x"], .showUser("-x")),
        (["user", "lock", "ada"], .lockUser("ada", locked: true)),
        (["user", "unlock", "ada"], .lockUser("ada", locked: false)), (["user", "delete", "ada"], .deleteUser("ada")),
        (
            ["badge", "add", "ada", "12:34567", "--label", "blue"], .addBadge(user: "ada", badge, label: "blue")
        ),
        (["badge", "revoke", "7"], .revokeBadge(7)), (["pin", "remove", "ada"], .setPIN(user: "ada", nil)),
        (["agent", "enrol-code"], .makeEnrolmentCode), (["agent", "list"], .listAgents),
        (["agent", "revoke", "box"], .revokeAgent("box")),
        (
            ["printer", "add", "p", "--agent", "box", "--uri", "socket://h:9101"],
            .addPrinter(name: "p", agent: "box", uri: "socket://h:9101")
        ),
        (["printer", "move", "p", "--agent", "box"], .movePrinter("p", agent: "box")),
        (
            ["jobs", "settle", "12", "--printed", "30", "--even-if-more"],
            .settleJob(JobID(12), pages: 30, by: "root", evenIfMore: true)
        ),
        (["jobs", "correct", "12", "--pages", "0"], .correctJob(JobID(12), pages: 0, evenIfMore: false)),
        (
            ["jobs", "correct", "12", "--pages", "30", "--even-if-more"],
            .correctJob(JobID(12), pages: 30, evenIfMore: true)
        ),
        (["readers"], .listReaders(agent: nil)), (["readers", "--agent", "box"], .listReaders(agent: "box")),
        (["printer", "list"], .listPrinters), (["printer", "remove", "p"], .removePrinter("p")),
        (["jobs"], .listJobs(state: nil, owner: nil, limit: 100)),
        (["jobs", "--state", "in-doubt"], .listJobs(state: .inDoubt, owner: nil, limit: 100)),
        (
            ["jobs", "--in-doubt", "--owner", "a&b=c", "--limit", "7"],
            .listJobs(state: .inDoubt, owner: "a&b=c", limit: 7)
        ),
        (["jobs", "cancel", "12"], .cancelJob(JobID(12))),
        (["jobs", "recall", "12"], .recallJob(JobID(12), agentIsLost: false)),
        (["jobs", "recall", "12", "--agent-lost"], .recallJob(JobID(12), agentIsLost: true)),
        (["jobs", "settle", "12", "--printed", "3"], .settleJob(JobID(12), pages: 3, by: "root")),
        (["jobs", "settle", "12", "--not-printed"], .settleJob(JobID(12), pages: 0, by: "root")),
        (["report", "users"], .history(from: beginning, until: end, after: 0, limit: 1000)),
        (["report", "users", "--summary"], .report(.users, from: beginning, until: end)),
        (
            ["report", "departments", "--summary", "--month", "2026-11"],
            .report(.departments, from: november, until: december)
        ),
        (
            ["report", "history", "--month", "2026-11"],
            .history(from: november, until: december, after: 0, limit: 1000)
        ),
        (["agent", "enrol-code", "--right", "reports"], .makeReportingCode),
        (["agent", "approve", "box"], .approveAgent("box")),
        (["agent", "grant", "box", "reports"], .setRight(.reports, of: "box", isGranted: true)),
        (["agent", "revoke-right", "box", "release"], .setRight(.release, of: "box", isGranted: false)),
        (["audit", "--since", "2026-11-01"], .audit(since: november, after: 0, limit: 1000)),
        (["status"], .countState),
    ]

    @Test(arguments: table.indices)
    func aCommandAsksTheServer(index: Int) {
        let desk = Desk()
        desk.run(arguments: Self.table[index].0)
        let asked = desk.asked.filter { if case .noteReport = $0 { false } else { true } }
        #expect(asked.first == Self.table[index].1, "\(desk.complaints)")
    }

    @Test(
        arguments: [
            ([], "a command is missing"), (["frob"], "\"frob\""), (["user"], "user needs one word more"),
            (["user", "frob"], "there is no command \"user frob\""), (["user", "show"], "needs NAME"),
            (["printer", "add"], "needs NAME --agent AGENT --uri URI"),
            (["user", "show", "a", "b"], "unexpected argument \"b\""), (["user", "show", ".."], "is no name"),
            (["user", "show", ""], "is no name"), (["user", "add", "ada"], "--department DEPARTMENT is missing"),
            (["badge", "revoke", "x"], "ID must be a number above 0, not \"x\""),
            (["badge", "revoke", "0"], "above 0"), (["jobs", "--state", "lost"], "one of held, reserved"),
            (["jobs", "--state", "held", "--in-doubt"], "exclude each other"),
            (["jobs", "--limit", "0"], "from 1 to 1000"), (["jobs", "--limit", "1001"], "from 1 to 1000"),
            (["jobs", "settle", "5"], "either --printed PAGES or --not-printed"),
            (["jobs", "settle", "5", "--printed", "1", "--not-printed"], "either"),
            (["jobs", "settle", "5", "--printed", "0"], "from 1 to 1000000"),
            (["jobs", "correct", "5"], "--pages N is missing"),
            (["jobs", "correct", "5", "--pages", "-1"], "from 0 to 1000000"),
            (["printer", "move", "p"], "--agent AGENT is missing"),
            (["report", "weather"], "users, departments, accounts, history"),
            (["report", "users", "--month", "2026-13"], "a month like 2026-11"),
            (["report", "history", "--summary"], "a history has no summary"),
            (["report", "users", "--format", "xml"], "one of table, csv, json"), (["--colour"], "\"--colour\""),
            (["--socket"], "needs PATH"), (["--socket", "", "status"], "--socket is empty"),
            (["decode", "A=1", "B=2"], "decode --infer A=1"),
            (["decode", "100063E9AE"], "or give pairs to --infer"), (["pin", "set", "ada"], "no PIN"),
            (["badge", "add", "ada", "-"], "no badge"),
            (["pin", "set", "ada", "4711"], "unexpected argument"),
            (["user", "password", "ada", "secret"], "unexpected argument"),
            (["user", "password", "ada"], "no password"), (["user", "number", "ada", "-"], "no number"),
            (["user", "number", "ada"], "either DIGITS or --remove"),
            (["user", "number", "ada", "4711", "--remove"], "exclude each other"),
            (["user", "import"], "needs FILE"), (["user", "import", "a", "b"], "unexpected argument"),
            (["code", "add"], "needs CODE"),
        ] as [([String], String)])
    func aWrongCommandLineIsOneLineThatSaysWhatWouldBeRight(words: [String], hint: String) {
        let desk = Desk()
        #expect(desk.run(arguments: words) == .usage)
        #expect(desk.complaints.count == 1 && desk.output.isEmpty && desk.asked.isEmpty)
        let line = desk.complaints.first ?? ""
        #expect(line.hasPrefix("lanyard: ") && line.contains(hint) && !line.contains("\n"), "\(line)")
    }

    @Test(
        arguments: [
            (HTTPClientFault.socketMissing, Exit.unavailable, "Start lanyard-server"),
            (.refused, .unavailable, "Start lanyard-server"), (.timedOut, .unavailable, "before you try again"),
            (.closed, .unavailable, "log says why"), (.permissionDenied, .permission, "as root"),
            (.badSocketPath, .usage, "107"), (.answerTooLong(limit: 64 << 20), .badData, "64 MiB"),
            (.other("x"), .unavailable, "x"),
        ])
    func aServerThatIsAwayHasARemedy(fault: HTTPClientFault, exit: Exit, hint: String) {
        let desk = Desk()
        desk.fault = fault
        #expect(desk.run("user", "list") == exit)
        #expect(desk.complaints.count == 1 && desk.complaints[0].contains(hint), "\(desk.complaints)")
    }

    @Test(
        arguments: [
            (AdminReply.refused(AdminRefusal(.notFound, "There is no user ada.")), Exit.badData),
            (.refused(AdminRefusal(.exists, "x")), .badData), (.refused(AdminRefusal(.invalid, "x")), .badData),
            (.failed(.busy), .unavailable), (.failed(.full), .inputOutput), (.failed(.broken("x")), .inputOutput),
            (.done, .bug),
        ])
    func whatTheServerRefusesHasItsExitCode(reply: AdminReply, exit: Exit) {
        let desk = Desk()
        desk.reply = { _ in reply }
        #expect(desk.run("user", "show", "ada") == exit)
        if case .refused(let refusal) = reply, refusal.code == .notFound {
            #expect(desk.complaints == ["lanyard: There is no user ada."])
        }
    }

    @Test func aStrangerIsTold() {
        let desk = Desk()
        desk.peer = PeerIdentity(user: 1000, group: 1000)
        #expect(desk.run("user", "list") == .permission)
        #expect(desk.complaints[0].contains("User 1000"))
    }

    @Test func theSocketComesFromOptionThenEnvironmentThenDefault() {
        let desk = Desk()
        desk.run("user", "list")
        desk.environment = ["LANYARD_SOCKET": ""]
        desk.run("user", "list")
        desk.environment = ["LANYARD_SOCKET": "/e"]
        desk.run("user", "list")
        desk.run("--socket", "/a", "user", "list")
        desk.run("--socket=/b", "user", "list")
        desk.run("--socket=/b", "user", "list", "--socket", "/c")
        #expect(desk.sockets == ["/run/lanyard/admin.sock", "/run/lanyard/admin.sock", "/e", "/a", "/b", "/c"])
    }

    @Test func helpIsThereForEverythingAndAsksNobody() {
        let desk = Desk()
        for words in [["--help"], ["user", "--help"], ["user", "add", "--help"], ["--help", "jobs", "settle"]] {
            #expect(desk.run(arguments: words) == .fine)
            #expect(desk.output.hasPrefix("Usage: lanyard"))
        }
        #expect(desk.output.contains("--not-printed"))
        #expect(desk.sockets.isEmpty)
    }

    @Test func theVersionAndTheShortHelpAskNobody() {
        let desk = Desk()
        #expect(desk.run("--version") == .fine && desk.output == "lanyard \(Product.version)\n")
        for words in [["-h"], ["user", "-h"], ["user", "add", "-h"]] {
            #expect(desk.run(arguments: words) == .fine && desk.output.hasPrefix("Usage: lanyard"))
        }
        #expect(desk.sockets.isEmpty)
    }

    @Test func outputThatCannotBeWrittenIsAFailure() {
        let desk = Desk()
        desk.canWrite = false
        #expect(desk.run("user", "lock", "ada") == .inputOutput)
    }
}
