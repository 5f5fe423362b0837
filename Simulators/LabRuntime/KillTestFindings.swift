// SPDX-License-Identifier: Apache-2.0

/// What everybody says after a kill test: the people, the server, the ledger and the paper.
package struct KillTestFacts {
    /// A document that was given to `rlpr`.
    package struct Job: Hashable, Sendable {
        /// No two jobs have the same.
        package let title: String
        package let user: String
        package let document: SampleDocument
        /// `rlpr` said that the server has it. Otherwise nobody knows: the server may have died behind its last step.
        package internal(set) var isAccepted: Bool

        package init(title: String, user: String, document: SampleDocument, isAccepted: Bool = false) {
            self.title = title
            self.user = user
            self.document = document
            self.isAccepted = isAccepted
        }
    }

    /// A job as the server lists it.
    package struct Listed: Hashable {
        package let title: String
        package let state: String

        package init(title: String, state: String) {
            self.title = title
            self.state = state
        }
    }

    /// A line of the ledger.
    package struct Charged: Hashable {
        package let title: String
        package let user: String
        package let pages: Int

        package init(title: String, user: String, pages: Int) {
            self.title = title
            self.user = user
            self.pages = pages
        }
    }

    package var jobs: [Job] = []
    /// In whatever state.
    package var listed: [Listed] = []
    /// The titles that `lanyard jobs --in-doubt` shows.
    package var shownInDoubt: Set<String> = []
    package var charged: [Charged] = []
    /// What came out of the printer.
    package var printed: [PrintedDocument] = []

    package init(jobs: [Job], printed: [PrintedDocument]) {
        self.jobs = jobs
        self.printed = printed
    }
}

/// What the facts say when they are laid side by side.
package struct KillTestFindings: Hashable {
    package private(set) var accepted = 0
    package private(set) var refused = 0
    package private(set) var printed = 0
    package private(set) var chargedPages = 0
    package private(set) var inDoubt = 0
    package private(set) var lost = 0
    package private(set) var printedTwice = 0
    package private(set) var chargedTwice = 0
    /// One sentence each; empty when all is well.
    package private(set) var violations: [String] = []

    package init(_ facts: KillTestFacts) {
        accepted = facts.jobs.count { $0.isAccepted }
        refused = facts.jobs.count - accepted
        printed = facts.listed.count { $0.state == "printed" }
        inDoubt = facts.listed.count { $0.state == "in_doubt" }
        chargedPages = facts.charged.map(\.pages).reduce(0, +)
        let listed = Dictionary(grouping: facts.listed, by: \.title)
        let charged = Dictionary(grouping: facts.charged, by: \.title)
        let paper = Dictionary(grouping: facts.printed, by: \.title)
        for job in facts.jobs.sorted(by: { $0.title < $1.title }) {
            check(job, listed[job.title] ?? [], charged[job.title] ?? [], paper[job.title] ?? [])
            let isInDoubt = listed[job.title]?.first?.state == "in_doubt"
            demand(
                isInDoubt == facts.shownInDoubt.contains(job.title),
                "\(job.title): lanyard jobs --in-doubt \(isInDoubt ? "does not show it" : "shows it")")
        }
        let known = Set(facts.jobs.map(\.title))
        for title in Set(listed.keys).union(charged.keys).union(paper.keys).subtracting(known).sorted() {
            demand(false, "\(title): nobody printed this")
        }
    }

    private mutating func demand(_ isSo: Bool, _ otherwise: @autoclosure () -> String) {
        if !isSo { violations.append(otherwise()) }
    }

    private mutating func check(
        _ job: KillTestFacts.Job, _ listed: [KillTestFacts.Listed], _ charged: [KillTestFacts.Charged],
        _ paper: [PrintedDocument]
    ) {
        if job.isAccepted, listed.isEmpty {
            lost += 1
            demand(false, "\(job.title): accepted and lost")
        }
        demand(listed.count <= 1, "\(job.title): stored \(listed.count) times")
        // An attempt that never started brings no byte to the printer, so a second piece of paper is a second try.
        if paper.count > 1 {
            printedTwice += 1
            demand(false, "\(job.title): sent to the printer \(paper.count) times")
        }
        if charged.count > 1 {
            chargedTwice += 1
            demand(false, "\(job.title): charged \(charged.count) times")
        }
        demand(paper.allSatisfy { !$0.isWhole || $0.sha256 == job.document.sha256 }, "\(job.title): printed changed")
        switch listed.first?.state {
        case "printed": checkCharge(job, charged, paper)
        case "in_doubt": demand(charged.isEmpty, "\(job.title): in doubt, and charged")
        case let state?: demand(false, "\(job.title): ended as \(state)")
        case nil: demand(charged.isEmpty && paper.isEmpty, "\(job.title): printed or charged, but not known")
        }
    }

    /// What a printed job was charged is what came out.
    private mutating func checkCharge(
        _ job: KillTestFacts.Job, _ charged: [KillTestFacts.Charged], _ paper: [PrintedDocument]
    ) {
        guard let line = charged.first else { return demand(false, "\(job.title): printed, and not charged") }
        demand(line.user == job.user, "\(job.title): charged to \(line.user), printed by \(job.user)")
        demand(
            line.pages == job.document.pages, "\(job.title): \(line.pages) pages charged, it has \(job.document.pages)")
        guard let sheet = paper.first else { return demand(false, "\(job.title): charged, and no paper came out") }
        demand(
            sheet.isWhole && sheet.pages == line.pages,
            "\(job.title): \(line.pages) pages charged, \(sheet.pages) came out\(sheet.isWhole ? "" : ", cut off")")
    }
}
