// SPDX-License-Identifier: Apache-2.0

import AdminModel
import FoundationEssentials
import Primitives
import ServerCore

/// Everything that the API answers with, as one JSON object each.
enum AdminDocument {
    case done(DoneAnswer)
    case user(UserAnswer)
    case users([UserAnswer])
    case imported(UserImportAnswer)
    case badge(BadgeAnswer)
    case enrolmentCode(EnrolmentCodeAnswer)
    case account(AccountAnswer)
    case accounts([AccountAnswer])
    case agents([AgentAnswer])
    case printer(PrinterAnswer)
    case printers([PrinterAnswer])
    case jobs([JobAnswer])
    case correction(CorrectionAnswer)
    case report(ReportAnswer)
    case audit(AuditAnswer)
    case status(StatusAnswer)
    case readers([ReaderAnswer])
    case enrolment(EnrolmentAnswer)
    case fault(AdminFault)

    static func make(_ reply: AdminReply, connected: () -> Set<String>) -> Result<AdminDocument, AdminFault> {
        switch reply {
        case .done: .success(.done(DoneAnswer()))
        case .doneButPrinterWaits(let printer):
            .success(.done(DoneAnswer(printerWithoutAgent: PrinterAnswer(printer))))
        case .corrected(let correction): .success(.correction(CorrectionAnswer(correction)))
        case .user(let user): .success(.user(UserAnswer(user)))
        case .users(let users): .success(.users(users.map(UserAnswer.init)))
        case .imported(let answer) where answer.problems.isEmpty: .success(.imported(answer))
        case .imported(let answer): .failure(AdminFault(answer.problems))
        case .badge(let badge): .success(.badge(BadgeAnswer(badge)))
        case .account(let account): .success(.account(AccountAnswer(account)))
        case .accounts(let accounts): .success(.accounts(accounts.map(AccountAnswer.init)))
        case .enrolmentCode(let code, let expires), .activationCode(let code, let expires):
            .success(.enrolmentCode(EnrolmentCodeAnswer(code, expires)))
        case .agents(let agents): .success(.agents(AgentAnswer.list(agents, connected: connected())))
        case .printer(let printer): .success(.printer(PrinterAnswer(printer)))
        case .printers(let printers): .success(.printers(printers.map(PrinterAnswer.init)))
        case .jobs(let jobs): .success(.jobs(jobs.map(JobAnswer.init)))
        case .report(let rows, let currency, let scale): .success(.report(ReportAnswer(rows, currency, scale)))
        case .reportPage(let rows, let next, let currency, let scale):
            .success(.report(ReportAnswer(rows, currency, scale, next: next)))
        case .audit(let entries, let next): .success(.audit(AuditAnswer(entries, next: next)))
        case .readers(let readers): .success(.readers(ReaderAnswer.list(readers, connected: connected())))
        case .enrolment(let enrolment): .success(.enrolment(EnrolmentAnswer(enrolment)))
        case .state, .refused, .failed: .failure(fault(of: reply))
        }
    }

    /// The fault in a reply that is not the one that was asked for.
    static func fault(of reply: AdminReply) -> AdminFault {
        switch reply {
        case .refused(let refusal): AdminFault(refusal)
        case .failed(let failure): AdminFault(failure)
        default: AdminFault(500, "internal", "The store answered something else than was asked. Please report this.")
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .done(let answer): Self.encode(answer)
        case .correction(let correction): Self.encode(["correction": correction])
        case .user(let user): Self.encode(["user": user])
        case .users(let users): Self.encode(["users": users])
        case .imported(let answer): Self.encode(answer)
        case .badge(let badge): Self.encode(["badge": badge])
        case .enrolmentCode(let code): Self.encode(code)
        case .account(let account): Self.encode(["account": account])
        case .accounts(let accounts): Self.encode(["accounts": accounts])
        case .agents(let agents): Self.encode(["agents": agents])
        case .printer(let printer): Self.encode(["printer": printer])
        case .printers(let printers): Self.encode(["printers": printers])
        case .jobs(let jobs): Self.encode(["jobs": jobs])
        case .report(let report): Self.encode(report)
        case .audit(let audit): Self.encode(audit)
        case .status(let status): Self.encode(status)
        case .readers(let readers): Self.encode(["readers": readers])
        case .enrolment(let enrolment): Self.encode(["enrolment": enrolment])
        case .fault(let fault): Self.encode(FaultJSON(fault))
        }
    }

    private static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("our own values have a JSON form") }
        return Array(data) + [UInt8(ascii: "\n")]
    }
}

private struct FaultJSON: Encodable {
    struct Fault: Encodable {
        let code: String
        let detail: String
    }

    let error: Fault
    /// Of single lines; only where there are any.
    let problems: [UserImportProblem]?

    init(_ fault: AdminFault) {
        error = Fault(code: fault.code, detail: fault.detail)
        problems = fault.problems.isEmpty ? nil : fault.problems
    }
}
