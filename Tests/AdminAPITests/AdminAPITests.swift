// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import HTTPServer
import PrintModel
import Primitives
import ServerCore
import Testing

@testable import AdminAPI

@Suite struct AdminAPITests {
    typealias Row = (method: String, target: String, body: String, request: AdminRequest, status: Int)

    static let november = WallTime(milliseconds: 1_793_491_200_000)
    static let december = WallTime(milliseconds: 1_796_083_200_000)

    static let badge = (try? CredentialForm(typed: "6547886"))!

    static let importOrder = {
        var row = UserImportOrder.Row(line: 2, user: "ada")
        (row.badges, row.givesPIN, row.checked) = ([badge], true, .init(isNew: true, badges: 1))
        let problem = UserImportProblem(line: 2, column: .badge, "cannot be read: \(CredentialFault.unknownForm)")
        var order = UserImportOrder(rows: [row], label: "x", isDryRun: true, problems: [problem])
        order.revives = true
        return order
    }()

    static let table: [Row] = [
        ("GET", "/users", "", .listUsers, 200),
        (
            "POST", "/users", #"{"name":"ada","department":"R&D","fullName":"Ada L."}"#,
            .addUser(name: "ada", fullName: "Ada L.", department: "R&D"), 201
        ),
        (
            "POST", "/users", #"{"name":"ada","department":"IT"}"#,
            .addUser(name: "ada", fullName: "", department: "IT"), 201
        ),
        (
            "POST", "/users", #"{"name":"ada","department":"IT","number":"4711"}"#,
            .addUser(name: "ada", fullName: "", department: "IT", number: "4711"), 201
        ),
        (
            "POST", "/user-imports",
            #"{"dryRun":true,"revive":true,"label":"x","users":[{"line":2,"user":"ada","badges":["0006547886","7x"],"#
                + #""givesPIN":true,"checked":{"isNew":true,"badges":1}}]}"#,
            .importUsers(importOrder), 200
        ),
        ("PUT", "/users/ada/number", #"{"number":"4711"}"#, .setNumber(user: "ada", "4711"), 200),
        ("DELETE", "/users/ada/number", "", .setNumber(user: "ada", nil), 200),
        (
            "PUT", "/users/ada/password", #"{"password":"correct horse"}"#,
            .setPassword(user: "ada", RecordedServer.hash), 200
        ),
        ("DELETE", "/users/ada/password", "", .setPassword(user: "ada", nil), 200),
        ("POST", "/users/ada/activation-code", "", .makeActivationCode(user: "ada"), 201),
        ("GET", "/accounts", "", .listAccounts, 200),
        ("POST", "/accounts", #"{"code":"P-1","name":"Bridge"}"#, .addAccount(code: "P-1", name: "Bridge"), 201),
        ("POST", "/accounts", #"{"code":"P-1"}"#, .addAccount(code: "P-1", name: ""), 201),
        ("DELETE", "/accounts/P-1", "", .deleteAccount("P-1"), 200),
        ("POST", "/agents/box-3/unlock", "", .unlockAgent("box-3"), 200),
        ("GET", "/users/ada", "", .showUser("ada"), 200),
        ("GET", "/users/CORP%2Fad%C3%A9", "", .showUser("CORP/adé"), 200),
        ("PATCH", "/users/ada", #"{"locked":true}"#, .lockUser("ada", locked: true), 200),
        ("PATCH", "/users/ada", #"{"locked":false}"#, .lockUser("ada", locked: false), 200),
        ("DELETE", "/users/ada", "", .deleteUser("ada"), 200),
        (
            "POST", "/users/ada/badges", #"{"number":"0006547886","label":"blue"}"#,
            .addBadge(user: "ada", badge, label: "blue"), 201
        ),
        ("DELETE", "/badges/7", "", .revokeBadge(7), 200),
        ("PUT", "/users/ada/pin", #"{"pin":"4711"}"#, .setPIN(user: "ada", RecordedServer.hash), 200),
        ("DELETE", "/users/ada/pin", "", .setPIN(user: "ada", nil), 200),
        ("POST", "/agents/enrolment-codes", "", .makeEnrolmentCode, 201),
        ("GET", "/agents", "", .listAgents, 200),
        ("POST", "/agents/box-3/revoke", "", .revokeAgent("box-3"), 200),
        ("GET", "/readers", "", .listReaders(agent: nil), 200),
        ("GET", "/readers?agent=box", "", .listReaders(agent: "box"), 200),
        (
            "POST", "/badge-enrolments", #"{"user":"ada","agent":"box","reader":"desk","label":"blue"}"#,
            .armEnrolment(EnrolmentOrder(user: "ada", agent: "box", reader: "desk", label: "blue")), 201
        ),
        (
            "POST", "/badge-enrolments", #"{"user":"ada","agent":"box"}"#,
            .armEnrolment(EnrolmentOrder(user: "ada", agent: "box", reader: nil, label: "")), 201
        ),
        ("GET", "/badge-enrolments/7", "", .showEnrolment(7), 200),
        ("DELETE", "/badge-enrolments/7", "", .cancelEnrolment(7), 200),
        ("GET", "/printers", "", .listPrinters, 200),
        (
            "POST", "/printers", #"{"name":"p","agent":"box","uri":"socket://10.0.0.7"}"#,
            .addPrinter(name: "p", agent: "box", uri: "socket://10.0.0.7:9100"), 201
        ),
        ("DELETE", "/printers/p", "", .removePrinter("p"), 200),
        ("PATCH", "/printers/p", #"{"agent":"box"}"#, .movePrinter("p", agent: "box"), 200),
        ("GET", "/jobs", "", .listJobs(state: nil, owner: nil, limit: 100), 200),
        (
            "GET", "/jobs?state=in_doubt&owner=ada&limit=1000", "",
            .listJobs(state: .inDoubt, owner: "ada", limit: 1000), 200
        ),
        ("POST", "/jobs/12/cancel", "", .cancelJob(JobID(12)), 200),
        ("POST", "/jobs/12/recall", #"{"agentLost":true}"#, .recallJob(JobID(12), agentIsLost: true), 200),
        ("POST", "/jobs/12/settle", #"{"pages":3}"#, .settleJob(JobID(12), pages: 3, by: "root"), 200),
        (
            "POST", "/jobs/12/settle", #"{"pages":30,"evenIfMore":true}"#,
            .settleJob(JobID(12), pages: 30, by: "root", evenIfMore: true), 200
        ),
        (
            "POST", "/jobs/12/correct", #"{"pages":0}"#, .correctJob(JobID(12), pages: 0, evenIfMore: false), 200
        ),
        ("POST", "/agents/enrolment-codes", #"{"right":"reports"}"#, .makeReportingCode, 201),
        ("POST", "/agents/box-3/approve", "", .approveAgent("box-3"), 200),
        ("PUT", "/agents/box-3/rights/reports", "", .setRight(.reports, of: "box-3", isGranted: true), 200),
        ("DELETE", "/agents/box-3/rights/release", "", .setRight(.release, of: "box-3", isGranted: false), 200),
        ("GET", "/audit", "", .audit(since: Timestamp.earliest, after: 0, limit: 1000), 200),
        ("GET", "/audit?since=2026-11-01&after=7&limit=3", "", .audit(since: november, after: 7, limit: 3), 200),
    ]

    @Test(arguments: table.indices)
    func aRouteAsksTheStore(index: Int) throws {
        let row = Self.table[index]
        let server = RecordedServer()
        server.connectedAgents = ["box"]
        let response = try server.answer(row.method, row.target, row.body)
        #expect(server.asked == [RecordedServer.Asked(request: row.request, by: "root")])
        #expect(response.status == row.status && response.text == "{\"done\":true}\n")
        #expect(response.headers.contains(HeaderField("Content-Type", "application/json")))
    }

    @Test func everyRouteIsInTheTableButReportsAndTheStatus() {
        let left = Routes.all.filter { route in
            !Self.table.contains { row in
                let path = row.target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
                return row.method == route.method && route.match(["api", "v1"] + path) != nil
            }
        }
        #expect(
            left.map(\.pattern)
                == ["users", "departments", "accounts", "history"].map { "/api/v1/reports/" + $0 } + ["/api/v1/status"])
    }

    @Test(arguments: [RecordedServer.stranger, nil])
    func everyRouteIsClosedToStrangers(peer: PeerIdentity?) throws {
        for route in Routes.all {
            let server = RecordedServer()
            let target = String(route.pattern.dropFirst("/api/v1".count))
            let response = try server.answer(route.method, target, peer: peer)
            #expect(response.status == 403 && server.asked.isEmpty, "\(route.method) \(target)")
        }
        #expect(try RecordedServer().answer("GET", "/nothing", peer: peer).status == 403)
    }

    @Test func theRefusalSaysWhatToDo() throws {
        let text = try RecordedServer().answer("GET", "/users", peer: RecordedServer.stranger).text
        #expect(text.contains("User 1000") && text.contains("group lanyard-admin"))
    }

    @Test(
        arguments: [
            (PeerIdentity(user: 987, group: 1), "server"), (PeerIdentity(user: 5, group: 555), "uid 5"),
            (PeerIdentity(user: 6, group: 1, groups: [2, 555]), "uid 6"),
        ])
    func serverAndGroupAreAdmittedUnderTheirName(peer: PeerIdentity, by: String) throws {
        let server = RecordedServer()
        #expect(try server.answer("GET", "/users", peer: peer).status == 200)
        #expect(server.asked.map(\.by) == [by])
    }

    @Test(
        arguments: [
            ("GET", "/nothing", "", 404, "unknown-route"),
            ("GET", "/users/", "", 404, "unknown-route"),
            ("GET", "/users/a%GG", "", 404, "unknown-route"),
            ("PUT", "/users", "", 405, "DELETE, GET"),
            ("POST", "/users", "{", 400, "bad-json"),
            ("POST", "/users", "[1]", 400, "bad-json"),
            ("POST", "/users", #"{"name":"ada"}"#, 400, "field department is missing"),
            ("POST", "/users", #"{"name":"ada","department":"x","colour":1}"#, 400, "field colour"),
            ("POST", "/users", #"{"name":7,"department":"x"}"#, 400, "field name must be a text"),
            ("POST", "/users", #"{"name":" a","department":"x"}"#, 400, "field name"),
            ("POST", "/users", #"{"name":"a\nb","department":"x"}"#, 400, "field name"),
            ("POST", "/users", #"{"name":"","department":"x"}"#, 400, "field name"),
            ("PUT", "/users/ada/password", #"{"password":"1234567"}"#, 400, "field password must be 8 to 128 bytes"),
            ("PATCH", "/users/ada", #"{"locked":1}"#, 400, "field locked must be true or false"),
            ("GET", "/users", #"{"x":1}"#, 400, "field x"),
            ("GET", "/users?x=1", "", 400, "parameter x"),
            ("GET", "/jobs?limit=0", "", 400, "field limit"),
            ("GET", "/jobs?limit=1001", "", 400, "from 1 to 1000"),
            ("GET", "/jobs?state=lost", "", 400, "held, reserved"),
            ("GET", "/jobs?owner=a&owner=b", "", 400, "twice"),
            ("POST", "/jobs/x/cancel", "", 400, "field id"),
            ("POST", "/jobs/0/cancel", "", 400, "field id"),
            ("POST", "/jobs/1/settle", #"{"pages":-1}"#, 400, "field pages"),
            ("POST", "/jobs/1/settle", #"{"pages":1.5}"#, 400, "field pages"),
            ("POST", "/jobs/1/settle", #"{"pages":1000001}"#, 400, "field pages"),
            ("GET", "/reports/users?from=2026-02-30", "", 400, "field from"),
            ("GET", "/reports/users?from=2026-02-02&until=2026-02-02", "", 400, "later than from"),
            ("GET", "/reports/users?releases=true", "", 400, "parameter releases"),
            ("GET", "/reports/history?limit=1001", "", 400, "field limit"),
            ("GET", "/audit?since=yesterday", "", 400, "field since"),
            ("PUT", "/agents/box/rights/fly", "", 400, "one of release, reports"),
            ("GET", "/reports/weather", "", 404, "unknown-route"),
            ("POST", "/printers", #"{"name":"p","agent":"a","uri":"lpd://x"}"#, 400, "socket://"),
            ("DELETE", "/badges/-1", "", 400, "field id"),
            ("POST", "/user-imports", #"{"dryRun":true}"#, 400, "field users is missing"),
            ("POST", "/user-imports", #"{"dryRun":true,"users":[{"line":1}]}"#, 400, "objects with line, user"),
            ("POST", "/user-imports", #"{"dryRun":true,"users":[{"line":1,"user":"a","x":1}]}"#, 400, "field users"),
            (
                "POST", "/user-imports", #"{"dryRun":false,"users":[{"line":1,"user":"a","pinHash":"0f"}]}"#, 400,
                "field pinHash"
            ),
        ])
    func aWrongRequestIsRefusedByName(
        method: String, target: String, body: String, status: Int, hint: String
    ) throws {
        let server = RecordedServer()
        let response = try server.answer(method, target, body)
        #expect(response.status == status)
        let allow = response.headers.filter { $0.name == "Allow" }.map(\.value).joined()
        #expect(response.text.contains(hint) || (status == 405 && allow == "GET, POST"), "\(response.text)")
        #expect(response.text.hasPrefix(#"{"error":{"code":""#))
        #expect(server.asked.isEmpty)
    }

    @Test func whatIsWrongWithLinesIsListed() throws {
        let server = RecordedServer { _ in
            var answer = UserImportAnswer(dryRun: true)
            answer.problems = [UserImportProblem(line: 3, column: .user, "x"), UserImportProblem(line: 4, "y")]
            return .imported(answer)
        }
        let response = try server.answer("POST", "/user-imports", #"{"dryRun":true,"users":[]}"#)
        let text =
            #"{"error":{"code":"import-refused","detail":"2 of the lines cannot be taken. Nothing was changed."},"#
            + #""problems":[{"column":"user","detail":"x","line":3},{"detail":"y","line":4}]}"#
        #expect(response.status == 422 && response.text == text + "\n", "\(response.text)")
    }

    @Test(arguments: [255, 256])
    func aNameHasALimit(length: Int) throws {
        let body = #"{"name":"\#(String(repeating: "n", count: length))","department":"x"}"#
        #expect(try RecordedServer().answer("POST", "/users", body).status == (length == 255 ? 201 : 400))
    }

    @Test(
        arguments: [
            (AdminReply.refused(AdminRefusal(.notFound, "no user ada")), 404, "not-found"),
            (.refused(AdminRefusal(.exists, "x")), 409, "exists"),
            (.refused(AdminRefusal(.conflict, "x")), 409, "conflict"),
            (.refused(AdminRefusal(.invalid, "x")), 422, "invalid"),
            (.failed(.full), 503, "store-full"), (.failed(.busy), 503, "store-busy"),
            (.failed(.broken("row 7 of table")), 503, "store-failed"),
            (.state(StateCounts(jobs: [:], users: 0, agents: 0, ledgerEntries: 0)), 500, "internal"),
        ] as [(AdminReply, Int, String)])
    func whatTheStoreRefusesHasItsStatus(reply: AdminReply, status: Int, code: String) throws {
        let response = try RecordedServer { _ in reply }.answer("GET", "/users")
        #expect(response.status == status && response.text.contains("\"code\":\"\(code)\""))
        #expect(!response.text.contains("row 7"))
    }

    @Test(
        arguments: [
            ("POST", "/users/ada/badges", #"{"number":"31337x99"}"#, "31337"),
            ("POST", "/users/ada/badges", #"{"number":313379}"#, "313379"),
            ("POST", "/users/ada/badges", #"{"number":"31337",}}"#, "31337"),
            ("PUT", "/users/ada/pin", #"{"pin":"313"}"#, "313"),
            ("PUT", "/users/ada/pin", #"{"pin":3133}"#, "3133"),
            ("PUT", "/users/ada/pin", #"{"pin":"3133","label":"3133"}"#, "3133"),
        ])
    func anErrorNeverRepeatsASecret(method: String, target: String, body: String, secret: String) throws {
        let response = try RecordedServer().answer(method, target, body)
        #expect(response.status == 400 && !response.text.contains(secret), "\(response.text)")
    }

    @Test(arguments: [
        (AdminReply.readers([]), 409, "box is not connected"),
        (.refused(AdminRefusal(.notFound, "there is no agent box")), 404, "there is no agent box"),
    ])
    func aBadgeIsEnrolledOnlyAtAnAgentThatIsConnected(reply: AdminReply, status: Int, hint: String) throws {
        let server = RecordedServer { _ in reply }
        let response = try server.answer("POST", "/badge-enrolments", #"{"user":"ada","agent":"box"}"#)
        #expect(response.status == status && response.text.contains(hint), "\(response.text)")
        #expect(server.asked.map(\.request) == [.listReaders(agent: "box")])
    }

    @Test func aPINIsHashedBeforeTheStoreSeesItAndNotWhenTooManyWait() throws {
        let server = RecordedServer()
        #expect(try server.answer("PUT", "/users/ada/pin", #"{"pin":"4711"}"#).status == 200)
        #expect(server.hashed == [SecretBytes(Array("4711".utf8))])
        server.canHash = false
        #expect(try server.answer("PUT", "/users/ada/pin", #"{"pin":"4711"}"#).status == 503)
        #expect(server.asked.count == 1)
    }
}
