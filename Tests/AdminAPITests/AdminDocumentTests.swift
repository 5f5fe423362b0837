// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import AdminModel
import HTTPServer
import PrintModel
import Primitives
import ServerCore
import Testing

@Suite struct AdminDocumentTests {
    static let time = WallTime(milliseconds: 1_795_228_989_500)
    static let user = {
        var user = UserFacts(
            name: "ada", fullName: "Ada L.", department: "R/D", isLocked: false, hasPIN: true,
            badges: [BadgeFacts(id: 7, label: "blue", addedAt: time)], heldJobs: 2)
        (user.number, user.hasPassword) = ("4711", true)
        return user
    }()
    static let badgeText = #"{"addedAt":"2026-11-21T02:43:09Z","id":7,"label":"blue"}"#
    static let userText =
        #"{"badges":[\#(badgeText)],"department":"R/D","fullName":"Ada L.","hasPIN":true,"#
        + #""hasPassword":true,"heldJobs":2,"locked":false,"name":"ada","number":"4711"}"#
    static let agent = AgentFacts(
        name: "box", key: KeyHash([UInt8](repeating: 0xAB, count: 32))!, isRevoked: false, epoch: 3, lastHelloAt: nil)
    static let key = String(repeating: "ab", count: 32)
    static let printer = PrinterFacts(name: "p", agent: "box", uri: "socket://10.0.0.7:9100")
    static let job = JobFacts(
        job: JobID(9), owner: "ada", title: "\"x\"", state: .inDoubt, count: PageCount(pages: 3, colorPages: nil),
        size: 70_000, receivedAt: time, printer: "p")
    static let row = ReportRow(
        user: "ada", department: "R/D", title: "t", printer: "p", at: time, releases: 1, monoPages: 2, colorPages: 1,
        unknownPages: 0, amount: Money(minor: 35))

    static var lost: AgentReader {
        var status = ReaderStatus(name: "front", kind: "osdp", state: .lost)
        status.place = "/dev/ttyUSB0"
        status.security = .insecure
        status.obstacle = "it does not answer"
        status.since = .seconds(90)
        return AgentReader(agent: "copier", status: status)
    }
    static let lostText =
        #"{"agent":"copier","connected":false,"driver":"osdp","drops":{},"name":"front","#
        + #""obstacle":"it does not answer","place":"/dev/ttyUSB0","reads":0,"secondsInState":90,"secure":false,"#
        + #""state":"lost","tampered":false}"#
    static var used: AgentReader {
        var status = ReaderStatus(name: "desk", kind: "wedge", state: .attached)
        status.model = "Sycreader"
        status.isTampered = true
        status.reads = 4
        status.drops = [.init(reason: "too-short", count: 2)]
        status.lastRead = .init(what: "wedge, 10 characters", age: .milliseconds(2900))
        return AgentReader(agent: "box", status: status)
    }
    static let usedText =
        #"{"agent":"box","connected":true,"driver":"wedge","drops":{"too-short":2},"#
        + #""lastRead":{"secondsAgo":2,"what":"wedge, 10 characters"},"model":"Sycreader","name":"desk","place":"","#
        + #""reads":4,"secondsInState":0,"state":"attached","tampered":true}"#
    static var enrolled: EnrolmentFacts {
        var facts = EnrolmentFacts(id: 3, user: "ada", agent: "box", reader: nil, state: .enrolled, expires: time)
        facts.badge = user.badges[0]
        return facts
    }
    static var taken: EnrolmentFacts {
        var facts = EnrolmentFacts(id: 3, user: "ada", agent: "box", reader: "desk", state: .taken, expires: time)
        facts.holder = "ben"
        return facts
    }

    @Test(
        arguments: [
            (.readers([lost, used]), #"{"readers":[\#(lostText),\#(usedText)]}"#),
            (
                .enrolment(enrolled),
                #"{"enrolment":{"agent":"box","badge":\#(badgeText),"expiresAt":"2026-11-21T02:43:09Z","id":3,"#
                    + #""over":true,"state":"enrolled","user":"ada"}}"#
            ),
            (
                .enrolment(taken),
                #"{"enrolment":{"agent":"box","expiresAt":"2026-11-21T02:43:09Z","holder":"ben","id":3,"over":true,"#
                    + #""reader":"desk","state":"taken","user":"ada"}}"#
            ),
            (.user(user), #"{"user":\#(userText)}"#), (.users([user]), #"{"users":[\#(userText)]}"#),
            (.badge(user.badges[0]), #"{"badge":\#(badgeText)}"#),
            (
                .enrolmentCode(SecretBytes(Array("ABCDE-FGHIJ".utf8)), expires: time),
                #"{"code":"ABCDE-FGHIJ","expiresAt":"2026-11-21T02:43:09Z"}"#
            ),
            (
                .activationCode(SecretBytes(Array("12345678".utf8)), expires: time),
                #"{"code":"12345678","expiresAt":"2026-11-21T02:43:09Z"}"#
            ),
            (.account(AccountFacts(code: "P-1", name: "x")), #"{"account":{"code":"P-1","name":"x"}}"#),
            (.accounts([]), #"{"accounts":[]}"#),
            (
                .agents([agent]),
                #"{"agents":[{"approved":true,"connected":true,"key":"\#(key)","name":"box","revoked":false,"#
                    + #""rights":["release"]}]}"#
            ),
            (.printer(printer), #"{"printer":{"agent":"box","name":"p","uri":"socket://10.0.0.7:9100"}}"#),
            (.printers([]), #"{"printers":[]}"#),
            (
                .jobs([job]),
                #"{"jobs":[{"bytes":70000,"copies":1,"id":9,"owner":"ada","pages":3,"printer":"p","#
                    + #""receivedAt":"2026-11-21T02:43:09Z","state":"in_doubt","title":"\"x\""}]}"#
            ),
            (
                .report([row], currency: "EUR", scale: 2),
                #"{"currency":"EUR","rows":[{"amount":35,"at":"2026-11-21T02:43:09Z","colorPages":1,"#
                    + #""department":"R/D","monoPages":2,"printer":"p","releases":1,"title":"t","unknownPages":0,"#
                    + #""user":"ada"}],"scale":2}"#
            ),
        ] as [(AdminReply, String)])
    func aReplyHasItsJSON(reply: AdminReply, text: String) throws {
        let server = RecordedServer { _ in reply }
        server.connectedAgents = ["box"]
        #expect(try server.answer("GET", "/users").text == text + "\n")
    }

    @Test func statusJoinsTheStoresCountsWithTheServersFacts() throws {
        let server = RecordedServer { request in
            switch request {
            case .listAgents: .agents([Self.agent])
            case .listReaders: .readers([Self.lost])
            default: .state(StateCounts(jobs: [.held: 4], users: 2, agents: 1, ledgerEntries: 8))
            }
        }
        let listener = StatusAnswer.Port.Listener(process: "lanyard-server", pid: 42, user: "lanyard")
        server.facts.ports = [
            StatusAnswer.Port(service: "release", address: "0.0.0.0", port: 1351, listener: listener),
            StatusAnswer.Port(service: "lpd", address: "0.0.0.0", port: 515, listener: nil),
        ]
        server.facts.warnings = ["little room"]
        let expected =
            #"{"agents":[{"approved":true,"connected":false,"key":"\#(Self.key)","name":"box","revoked":false,"#
            + #""rights":["release"]}],"#
            + #""jobs":{"canceled":0,"held":4,"in_doubt":0,"printed":0,"purged":0,"reserved":0,"sending":0},"#
            + #""ledgerEntries":8,"ports":[{"address":"0.0.0.0","listener":{"pid":42,"process":"lanyard-server","#
            + #""user":"lanyard"},"port":1351,"service":"release"},{"address":"0.0.0.0","port":515,"service":"lpd"}],"#
            + #""readers":[\#(Self.lostText)],"#
            + #""startedAt":"2023-11-14T22:13:20Z","users":2,"version":"1.0","warnings":["little room"]}"#
        #expect(try server.answer("GET", "/status").text == expected + "\n")
        #expect(server.asked.map(\.request) == [.countState, .listAgents, .listReaders(agent: nil)])
    }

    @Test func statusTellsThatTheStoreFailed() throws {
        #expect(try RecordedServer { _ in .failed(.busy) }.answer("GET", "/status").status == 503)
    }
}
