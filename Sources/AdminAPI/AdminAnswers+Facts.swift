// SPDX-License-Identifier: Apache-2.0

import AdminModel
import PrintModel
import Primitives
import ServerCore

// The store's facts as the API tells them.

extension UserAnswer {
    init(_ user: UserFacts) {
        self.init()
        (name, fullName, department) = (user.name, user.fullName, user.department)
        (locked, hasPIN, hasPassword) = (user.isLocked, user.hasPIN, user.hasPassword)
        (number, heldJobs) = (user.number, user.heldJobs)
        (wrongPINs, lockedUntil) = (user.lockOut?.failures, user.lockOut?.until.map(Timestamp.text))
        badges = user.badges.map(BadgeAnswer.init)
    }
}

extension BadgeAnswer {
    init(_ badge: BadgeFacts) {
        self.init(id: badge.id, label: badge.label, addedAt: Timestamp.text(badge.addedAt))
    }
}

extension AccountAnswer {
    init(_ account: AccountFacts) { self.init(code: account.code, name: account.name) }
}

extension EnrolmentCodeAnswer {
    init(_ code: SecretBytes, _ expires: WallTime) {
        self.init(code: String(decoding: code.revealed, as: UTF8.self), expiresAt: Timestamp.text(expires))
    }
}

extension AgentAnswer {
    static func list(_ agents: [AgentFacts], connected: Set<String>) -> [AgentAnswer] {
        agents.map { AgentAnswer($0, isConnected: connected.contains($0.name)) }
    }

    private init(_ agent: AgentFacts, isConnected: Bool) {
        self.init()
        (name, key, nextKey) = (agent.name, agent.key.description, agent.nextKey?.description)
        (approved, revoked, connected) = (agent.isApproved, agent.isRevoked, isConnected)
        rights = agent.rights.map(\.rawValue).sorted()
        lastHelloAt = agent.lastHelloAt.map(Timestamp.text)
        lentJobs = agent.lentJobs > 0 ? agent.lentJobs : nil
        lockedUntil = agent.barredUntil.map(Timestamp.text)
    }
}

extension PrinterAnswer {
    init(_ printer: PrinterFacts) {
        self.init(name: printer.name, agent: printer.agent, uri: printer.uri)
        agentRevoked = printer.isAgentRevoked ? true : nil
    }
}

extension CorrectionAnswer {
    init(_ facts: CorrectionFacts) {
        self.init(line: facts.line, pagesBefore: facts.before, pages: facts.pages, amount: facts.amount.minor)
    }
}

extension JobAnswer {
    init(_ job: JobFacts) {
        self.init()
        (id, owner, title, state) = (job.job.value, job.owner, job.title, job.state.rawValue)
        (pages, colorPages, copies) = (job.count?.pages, job.count?.colorPages, job.count?.copies)
        (bytes, receivedAt) = (job.size, Timestamp.text(job.receivedAt))
        (printer, lentTo) = (job.printer, job.lentTo)
        ownerUnknown = job.isOwnerKnown ? nil : true
    }
}

extension ReportAnswer {
    init(_ rows: [ReportRow], _ currency: String, _ scale: Int, next: UInt64? = nil) {
        self.init(currency: currency, scale: scale, rows: rows.map(Row.init), next: next)
    }
}

extension ReportAnswer.Row {
    fileprivate init(_ row: ReportRow) {
        self.init()
        (user, department, account) = (row.user, row.department, row.account)
        (title, printer, at) = (row.title, row.printer, row.at.map(Timestamp.text))
        (releases, amount) = (row.releases, row.amount.minor)
        lateSince = row.lateSince.map(Timestamp.text)
        (monoPages, colorPages, unknownPages) = (row.monoPages, row.colorPages, row.unknownPages)
    }
}

extension AuditAnswer {
    init(_ entries: [AuditEntry], next: Int64?) {
        let told = entries.map { entry in
            Entry(
                id: entry.id, at: Timestamp.text(entry.at), by: entry.by, action: entry.action, subject: entry.subject)
        }
        self.init(entries: told, next: next)
    }
}
