// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import PrinterMachines
import Primitives
import ReleaseRules
import ServerCore

/// Everything that the API offers.
package enum Routes {
    /// Rows of `GET /jobs`.
    static let jobLimit = 1000
    static let defaultJobLimit = 100

    package static let all: [Route] =
        users + secrets + badges + readers + agents + printers + accounts + jobs + reports

    private static let users: [Route] = [
        Route("GET", "/users") { _ in .ask(.listUsers) },
        Route("POST", "/users", success: 201) { input throws(AdminFault) in
            let name = try input.body.text("name")
            let department = try input.body.text("department")
            let fullName = try input.body.optionalText("fullName") ?? ""
            let number = try input.body.optionalNumber("number")
            return .ask(.addUser(name: name, fullName: fullName, department: department, number: number))
        },
        Route("POST", "/user-imports") { input throws(AdminFault) in
            .ask(.importUsers(try UserImportOrder(&input.body)))
        },
        Route("GET", "/users/{name}") { input throws(AdminFault) in .ask(.showUser(try input.name())) },
        Route("PATCH", "/users/{name}") { input throws(AdminFault) in
            .ask(.lockUser(try input.name(), locked: try input.body.flag("locked")))
        },
        Route("DELETE", "/users/{name}") { input throws(AdminFault) in .ask(.deleteUser(try input.name())) },
        Route("PUT", "/users/{name}/number") { input throws(AdminFault) in
            let user = try input.name()
            return .ask(.setNumber(user: user, try input.body.number("number")))
        },
        Route("DELETE", "/users/{name}/number") { input throws(AdminFault) in
            .ask(.setNumber(user: try input.name(), nil))
        },
    ]

    private static let secrets: [Route] = [
        Route("POST", "/users/{name}/activation-code", success: 201) { input throws(AdminFault) in
            .ask(.makeActivationCode(user: try input.name()))
        },
        Route("PUT", "/users/{name}/password") { input throws(AdminFault) in
            let user = try input.name()
            let password = try input.body.secret("password")
            guard PasswordRule.isAcceptable(password.revealed) else {
                throw .badField("password", PasswordRule.words)
            }
            return .setPassword(user: user, password)
        },
        Route("DELETE", "/users/{name}/password") { input throws(AdminFault) in
            .ask(.setPassword(user: try input.name(), nil))
        },
        Route("PUT", "/users/{name}/pin") { input throws(AdminFault) in
            let user = try input.name()
            let digits = try input.body.secret("pin")
            do throws(PINFault) {
                return .setPIN(user: user, try PIN(digits.revealed))
            } catch {
                throw AdminFault(400, "invalid-field", "The field pin is \(error.description).")
            }
        },
        Route("DELETE", "/users/{name}/pin") { input throws(AdminFault) in
            .ask(.setPIN(user: try input.name(), nil))
        },
    ]

    private static let badges: [Route] = [
        Route("POST", "/users/{name}/badges", success: 201) { input throws(AdminFault) in
            let user = try input.name()
            let number = try input.body.secret("number")
            let label = try input.body.optionalText("label") ?? ""
            do throws(CredentialFault) {
                let form = try CredentialForm(typed: String(decoding: number.revealed, as: UTF8.self))
                return .ask(.addBadge(user: user, form, label: label))
            } catch {
                throw AdminFault(400, "invalid-field", "The field number: \(error.description).")
            }
        },
        Route("DELETE", "/badges/{id}") { input throws(AdminFault) in .ask(.revokeBadge(try input.number())) },
    ]

    private static let readers: [Route] = [
        Route("GET", "/readers") { input throws(AdminFault) in .ask(.listReaders(agent: try input.query.text("agent")))
        },
        Route("POST", "/badge-enrolments", success: 201) { input throws(AdminFault) in
            let user = try input.body.text("user")
            let agent = try input.body.text("agent")
            let reader = try input.body.optionalText("reader")
            let label = try input.body.optionalText("label") ?? ""
            return .armEnrolment(
                EnrolmentOrder(user: user, agent: agent, reader: reader?.isEmpty == true ? nil : reader, label: label))
        },
        Route("GET", "/badge-enrolments/{id}") { input throws(AdminFault) in .ask(.showEnrolment(try input.number())) },
        Route("DELETE", "/badge-enrolments/{id}") { input throws(AdminFault) in
            .ask(.cancelEnrolment(try input.number()))
        },
    ]

    private static let agents: [Route] = [
        Route("POST", "/agents/enrolment-codes", success: 201) { input throws(AdminFault) in
            guard let word = try input.body.optionalText("right") else { return .ask(.makeEnrolmentCode) }
            return .ask(try right(word, "right") == .reports ? .makeReportingCode : .makeEnrolmentCode)
        },
        Route("GET", "/agents") { _ in .ask(.listAgents) },
        Route("POST", "/agents/{name}/unlock") { input throws(AdminFault) in .ask(.unlockAgent(try input.name())) },
        Route("POST", "/agents/{name}/revoke") { input throws(AdminFault) in .ask(.revokeAgent(try input.name())) },
        Route("POST", "/agents/{name}/approve") { input throws(AdminFault) in .ask(.approveAgent(try input.name())) },
        Route("PUT", "/agents/{name}/rights/{right}") { input throws(AdminFault) in
            .ask(.setRight(try right(try input.name("right"), "right"), of: try input.name(), isGranted: true))
        },
        Route("DELETE", "/agents/{name}/rights/{right}") { input throws(AdminFault) in
            .ask(.setRight(try right(try input.name("right"), "right"), of: try input.name(), isGranted: false))
        },
    ]

    private static func right(_ word: String, _ field: String) throws(AdminFault) -> AgentRight {
        guard let right = AgentRight(rawValue: word) else {
            throw .badField(field, "one of " + AgentRight.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return right
    }

    private static let printers: [Route] = [
        Route("GET", "/printers") { _ in .ask(.listPrinters) },
        Route("POST", "/printers", success: 201) { input throws(AdminFault) in
            let name = try input.body.text("name")
            let agent = try input.body.text("agent")
            let text = try input.body.text("uri")
            do throws(PrinterURIFault) {
                return .ask(.addPrinter(name: name, agent: agent, uri: try PrinterURI(text).description))
            } catch {
                throw AdminFault(400, "invalid-field", "The field uri: \(error.description).")
            }
        },
        Route("PATCH", "/printers/{name}") { input throws(AdminFault) in
            .ask(.movePrinter(try input.name(), agent: try input.body.text("agent")))
        },
        Route("DELETE", "/printers/{name}") { input throws(AdminFault) in .ask(.removePrinter(try input.name())) },
    ]

    private static let accounts: [Route] = [
        Route("GET", "/accounts") { _ in .ask(.listAccounts) },
        Route("POST", "/accounts", success: 201) { input throws(AdminFault) in
            let code = try input.body.text("code")
            return .ask(.addAccount(code: code, name: try input.body.optionalText("name") ?? ""))
        },
        Route("DELETE", "/accounts/{name}") { input throws(AdminFault) in .ask(.deleteAccount(try input.name())) },
    ]

    private static let jobs: [Route] = [
        Route("GET", "/jobs") { input throws(AdminFault) in
            let state: JobState? = try input.query.word("state")
            let owner = try input.query.text("owner")
            let limit = try input.query.integer("limit", in: 1...jobLimit) ?? defaultJobLimit
            return .ask(.listJobs(state: state, owner: owner, limit: limit))
        },
        Route("POST", "/jobs/{id}/cancel") { input throws(AdminFault) in
            .ask(.cancelJob(JobID(try input.number())))
        },
        Route("POST", "/jobs/{id}/recall") { input throws(AdminFault) in
            let job = JobID(try input.number())
            return .ask(.recallJob(job, agentIsLost: try input.body.flag("agentLost")))
        },
        Route("POST", "/jobs/{id}/settle") { input throws(AdminFault) in
            let job = JobID(try input.number())
            let pages = try input.body.integer("pages", in: 0...OutcomeRule.pageLimit)
            let evenIfMore = try input.body.optionalFlag("evenIfMore") ?? false
            return .ask(.settleJob(job, pages: pages, by: input.by, evenIfMore: evenIfMore))
        },
        Route("POST", "/jobs/{id}/correct") { input throws(AdminFault) in
            let job = JobID(try input.number())
            let pages = try input.body.integer("pages", in: 0...OutcomeRule.pageLimit)
            let evenIfMore = try input.body.optionalFlag("evenIfMore") ?? false
            return .ask(.correctJob(job, pages: pages, evenIfMore: evenIfMore))
        },
    ]

    /// Rows of one page of a history or of the audit.
    static let pageLimit = 1000

    private static let reports: [Route] =
        [AdminRequest.Report.users, .departments, .accounts].map { report in
            Route("GET", "/reports/\(report.rawValue)") { input throws(AdminFault) in
                let (from, until) = try period(&input)
                let subject = ReportSubject(report, from: from, until: until)
                return .report(.report(report, from: from, until: until), subject: subject.description)
            }
        } + [
            Route("GET", "/reports/history") { input throws(AdminFault) in
                let (from, until) = try period(&input)
                let after = UInt64(try input.query.integer("after", in: 0...Int.max) ?? 0)
                let limit = try input.query.integer("limit", in: 1...pageLimit) ?? pageLimit
                let shownAs: AdminRequest.Report? = try input.query.word("for")
                let subject = ReportSubject(.history, shownAs: shownAs, from: from, until: until)
                return .report(
                    .history(from: from, until: until, after: after, limit: limit),
                    subject: subject.description + (after == 0 ? "" : " after \(after)"))
            },
            Route("GET", "/audit") { input throws(AdminFault) in
                let since = try input.query.time("since") ?? Timestamp.earliest
                let after = Int64(try input.query.integer("after", in: 0...Int.max) ?? 0)
                let limit = try input.query.integer("limit", in: 1...pageLimit) ?? pageLimit
                return .ask(.audit(since: since, after: after, limit: limit))
            },
            Route("GET", "/status") { _ in .status },
        ]

    private static func period(_ input: inout RouteInput) throws(AdminFault) -> (from: WallTime, until: WallTime) {
        let from = try input.query.time("from") ?? Timestamp.earliest
        let until = try input.query.time("until") ?? Timestamp.latest
        guard from < until else { throw .badField("until", "later than from") }
        return (from, until)
    }
}
