// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops
import PrintModel
import Primitives

enum JobCommands {
    static let all: [Command] = [list, settle, correct, cancel, recall]

    /// What the server allows.
    private static let limits = 1...1000
    private static let pages = 0...1_000_000

    private static let list = Command(
        "jobs", "Lists jobs, the newest first; without a state those that are not finished.",
        options: [
            .value("--state", "STATE", "Only these: \(JobState.allCases.map(\.typed).joined(separator: ", "))."),
            .flag("--in-doubt", "The same as --state in-doubt: what jobs settle is for."),
            .value("--owner", "USER", "Only this user's."),
            .value("--limit", "N", "At most so many, \(limits.lowerBound) to \(limits.upperBound) (100)."),
        ]
    ) { use throws(OperatorError) in
        var state = try use.value("--state", as: .jobState)
        if use.arguments.has("--in-doubt") {
            if state != nil { throw use.usage("--state and --in-doubt exclude each other") }
            state = .inDoubt
        }
        let limit = try use.value("--limit", as: .integer(limits))
        let answer = try use.server.get(
            "/jobs",
            query: [
                ("state", state?.rawValue), ("owner", use.arguments.value("--owner")), ("limit", limit.map { "\($0)" }),
            ])
        return try use.output(answer) { answer throws(OperatorError) in
            let jobs: [JobAnswer] = try answer.read("jobs")
            if !jobs.isEmpty { return table(jobs) }
            return nothing(in: state, of: use.arguments.value("--owner")?.displaySafe(limit: 128))
        }
    }

    private static func nothing(in state: JobState?, of owner: String?) -> String {
        let whose = owner.map { " of \($0)" } ?? ""
        if let state { return "No job\(whose) is \(state.typed).\n" }
        return "No job\(whose) is held, under way or in doubt; --state printed lists those that came out.\n"
    }

    private static func table(_ jobs: [JobAnswer]) -> String {
        let lends = jobs.contains { $0.lentTo != nil }
        var table = Table(
            [
                .right("ID"), .left("OWNER"), .left("DOCUMENT", limit: 32), .left("STATE"), .right("PAGES"),
                .right("COLOR"), .right("SIZE"), .left("RECEIVED (UTC)"), .left("PRINTER"),
            ] + (lends ? [.left("LENT TO")] : []))
        for job in jobs {
            table.add(
                [
                    "\(job.id)", job.ownerUnknown == true ? "\(job.owner) (no such user)" : job.owner, job.title,
                    Shown.state(job.state), Shown.number(job.pages),
                    Shown.number(job.colorPages), Shown.size(job.bytes), Shown.minute(job.receivedAt),
                    job.printer ?? "",
                ] + (lends ? [job.lentTo ?? ""] : []))
        }
        return table.text
    }

    private static let settle = Command(
        "jobs settle", "Says what became of a job in doubt; printed pages are charged.", operands: ["ID"],
        options: [
            .value("--printed", "PAGES", "So many pages came out."),
            .flag("--not-printed", "Nothing came out: the job is held again."), evenIfMore,
        ]
    ) { use throws(OperatorError) in
        let id = try use.number(0, "ID")
        let printed = try use.value("--printed", as: .integer(1...pages.upperBound))
        guard (printed != nil) != use.arguments.has("--not-printed") else {
            throw use.usage("say either --printed PAGES or --not-printed")
        }
        let answer = try use.server.ask("POST", "/jobs/\(id)/settle", fields(printed ?? 0, use))
        return try use.output(answer) { _ in
            printed.map { "Job \(id) settled: \($0) pages printed.\n" } ?? "Job \(id) is held again.\n"
        }
    }

    private static let evenIfMore = Option.flag("--even-if-more", "Though the document has fewer pages than that.")

    /// What is not meant is left out: an older server does not know it.
    private static func fields(_ pages: Int, _ use: Invocation) -> [String: FieldValue?] {
        ["pages": .integer(pages), "evenIfMore": use.arguments.has("--even-if-more") ? .flag(true) : nil]
    }

    private static let correct = Command(
        "jobs correct", "Says how many pages of a printed job came out after all; the difference is booked.",
        operands: ["ID"], needs: "--pages N",
        options: [.value("--pages", "N", "So many came out in all; 0 for none (needed)."), evenIfMore]
    ) { use throws(OperatorError) in
        let id = try use.number(0, "ID")
        guard let count = try use.value("--pages", as: .integer(pages)) else {
            throw use.usage("--pages N is missing")
        }
        let answer = try use.server.ask("POST", "/jobs/\(id)/correct", fields(count, use))
        return try use.output(answer) { answer throws(OperatorError) in
            let correction: CorrectionAnswer = try answer.read("correction")
            return "Job \(id) is charged with \(correction.pages) pages instead of \(correction.pagesBefore): "
                + "ledger line \(correction.line).\n"
        }
    }

    private static let recall = Command(
        "jobs recall", "Takes a job back that is lent to an agent, once the agent gives it up.", operands: ["ID"],
        options: [
            .flag("--agent-lost", "The agent is gone for good: the job may have printed, and is in doubt at once.")
        ]
    ) { use throws(OperatorError) in
        let id = try use.number(0, "ID")
        let isLost = use.arguments.has("--agent-lost")
        let answer = try use.server.ask("POST", "/jobs/\(id)/recall", ["agentLost": .flag(isLost)])
        return try use.output(answer) { _ in
            isLost
                ? "Job \(id) is in doubt: settle it.\n"
                : "Job \(id) is wanted back; its agent gives it up when it asks.\n"
        }
    }

    private static let cancel = Command(
        "jobs cancel", "Cancels a held job.", operands: ["ID"]
    ) { use throws(OperatorError) in
        let id = try use.number(0, "ID")
        return try use.output(try use.server.ask("POST", "/jobs/\(id)/cancel")) { _ in "Job \(id) canceled.\n" }
    }
}

extension JobState {
    fileprivate var typed: String { Shown.state(rawValue) }
}

extension SettingFormat where Value == JobState {
    /// With a hyphen as people type it, or with the line of the server's word.
    fileprivate static var jobState: Self {
        Self(
            "one of " + JobState.allCases.map(\.typed).joined(separator: ", "),
            parse: { text in JobState.allCases.first { $0.typed == text || $0.rawValue == text } },
            text: { $0.typed })
    }
}
