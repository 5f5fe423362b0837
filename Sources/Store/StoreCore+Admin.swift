// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ServerCore

extension AdminRequest {
    /// Changes nothing, so it may be asked of a second connection.
    package var isReading: Bool {
        switch self {
        case .listUsers, .showUser, .listAgents, .listPrinters, .listJobs, .listAccounts, .report, .history, .audit:
            true
        case .listReaders, .showEnrolment, .countState: true
        case .importUsers(let order): order.isDryRun
        case .addUser, .lockUser, .deleteUser, .addBadge, .revokeBadge, .setPIN, .setPassword, .setNumber,
            .makeActivationCode, .makeEnrolmentCode, .makeReportingCode, .revokeAgent, .approveAgent, .setRight,
            .noteReport, .unlockAgent, .addPrinter, .movePrinter, .removePrinter, .cancelJob, .settleJob, .correctJob,
            .recallJob, .addAccount, .deleteAccount, .armEnrolment, .cancelEnrolment:
            false
        }
    }
}

/// What the administrator asks; each change leaves a line in the audit.
extension StoreCore {
    func reply(to request: AdminRequest, at now: WallTime, by: String) throws(StoreFault) -> AdminReply {
        let who = Administrator(name: by, now: now)
        return switch request {
        case .addUser(let name, let fullName, let department, let number):
            try addUser(name, fullName: fullName, department: department, number: number, who)
        case .importUsers(let order): try importUsers(order, who)
        case .listUsers: .users(try users(at: now))
        case .showUser(let name): try showUser(name, at: now)
        case .lockUser(let name, let locked): try lockUser(name, locked, who)
        case .deleteUser(let name): try deleteUser(name, who)
        case .addBadge(let name, let form, let label): try addBadge(name, form, label: label, who)
        case .revokeBadge(let id): try revokeBadge(id, who)
        case .setPIN(let name, let hash): try setPIN(name, hash, who)
        case .setPassword(let name, let hash): try setPassword(name, hash, who)
        case .setNumber(let name, let number): try setNumber(name, number, who)
        case .makeActivationCode(let name): try makeActivationCode(name, who)
        case .addAccount(let code, let name): try addAccount(code, name: name, who)
        case .listAccounts: .accounts(try accounts())
        case .deleteAccount(let code): try deleteAccount(code, who)
        case .makeEnrolmentCode: try makeEnrolmentCode(forReports: false, who)
        case .makeReportingCode: try makeEnrolmentCode(forReports: true, who)
        case .listAgents: .agents(try agents(at: now))
        case .revokeAgent(let name): try revokeAgent(name, who)
        case .approveAgent(let name): try approveAgent(name, who)
        case .setRight(let right, let name, let isGranted): try setRight(right, of: name, isGranted: isGranted, who)
        case .unlockAgent(let name): try unlockAgent(name, who)
        case .addPrinter(let name, let agent, let uri): try addPrinter(name, agent: agent, uri: uri, who)
        case .movePrinter(let name, let agent): try movePrinter(name, to: agent, who)
        case .listPrinters: .printers(try printers())
        case .removePrinter(let name): try removePrinter(name, who)
        case .listJobs(let state, let owner, let limit): .jobs(try jobs(state, owner: owner, limit: limit))
        case .cancelJob(let job): try cancelJob(job, who)
        case .settleJob(let job, let pages, let person, let evenIfMore):
            try settleJob(job, Said(pages: pages, evenIfMore: evenIfMore), person: person, who)
        case .correctJob(let job, let pages, let evenIfMore):
            try correctJob(job, Said(pages: pages, evenIfMore: evenIfMore), who)
        case .recallJob(let job, let isLost): try recallJob(job, agentIsLost: isLost, who)
        case .report(let report, let from, let until): try self.report(report, from: from, until: until)
        case .history(let from, let until, let after, let limit):
            try history(ReportPeriod(from: from, until: until), after: after, limit: limit)
        case .noteReport(let subject): try done("report-seen", subject, who)
        case .audit(let since, let after, let limit): try audit(since: since, after: after, limit: limit)
        case .countState: .state(try countState())
        case .listReaders(let agent): try listReaders(agent, at: now)
        case .armEnrolment(let order): try armEnrolment(order, who)
        case .showEnrolment(let id): try showEnrolment(id, at: now)
        case .cancelEnrolment(let id): try cancelEnrolment(id, who)
        }
    }

    /// Who changes something, and when.
    struct Administrator {
        let name: String
        let now: WallTime
    }

    func audit(_ action: String, _ subject: String, at now: WallTime, by: String) throws(StoreFault) {
        try database.run(
            "INSERT INTO audit (at, by, action, subject) VALUES (?1, ?2, ?3, ?4)",
            .time(now), .text(by), .text(action), .text(subject))
    }

    func done(_ action: String, _ subject: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        try audit(action, subject, at: who.now, by: who.name)
        return .done
    }

    func refuse(_ code: AdminRefusal.Code, _ detail: String) -> AdminReply { .refused(AdminRefusal(code, detail)) }
}
