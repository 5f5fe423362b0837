// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ServerCore
import Store

/// Whether everything came out as it must.
extension SimSite {
    private static let look = 3000

    func checkStore() {
        do throws(StoreFault) {
            for broken in try store.brokenInvariants() { oracle.violate("store: not true that \(broken)") }
        } catch {
            oracle.violate("the store fails: \(error)")
        }
    }

    /// The purge also puts into doubt what was lent to agents that are not heard.
    func purged(at now: WallTime) {
        let purged = jobs(.purged).map(\.job).filter { !purgedJobs.contains($0) }
        purgedJobs.formUnion(purged)
        oracle.saw(.purged, times: purged.count)
        if let life = plan.holdLife { oracle.purged(purged, at: now, life: life) }
        let lapsed = jobs(.inDoubt).filter { $0.lentTo != nil && !lapsedJobs.contains($0.job) }.map(\.job)
        lapsedJobs.formUnion(lapsed)
        oracle.saw(.lapsed, times: lapsed.count)
        for job in lapsed where faults.administrators > 0 && world.chance(0.9) {
            world.after(0...6000) { [unowned self] in settleHastily(job) }
        }
    }

    /// After a minute without faults nothing is under way any more.
    func judgeCalm() {
        for state in [JobState.reserved, .sending] {
            for job in jobs(state) { oracle.violate("liveness: \(job.title) is still \(state.rawValue)") }
        }
        oracle.judgeReads()
        for agent in agents where agent.pendingEvents > 0 && oracle.revoked[agent.name] == nil {
            oracle.violate("liveness: \(agent.name) has \(agent.pendingEvents) events left")
        }
        for agent in agents { oracle.scan(agent.journalBytes, in: "the journal of \(agent.name)") }
    }

    /// Everybody is told a PIN at the print room and goes to a copier at which it can be typed.
    func fetchTheRest() {
        for job in jobs(.inDoubt) where world.chance(0.5) && oracle.isQuiet(job.job) {
            settle(job, isSure: true)
        }
        let able = agents.filter { oracle.revoked[$0.name] == nil && ($0.box.hasKeypad || $0.box.hasScreen) }
        for agent in agents { _ = administer(.unlockAgent(agent.name)) }
        for (index, user) in users.filter({ !$0.isGone }).enumerated() {
            _ = administer(.lockUser(user.name, locked: false))
            // Somebody else may have chosen one for them, at a screen where they were logged in.
            set(user.pin, of: user)
            let agent = able[index % able.count]
            present(user.badge, of: user, agent, agent.box.readers[0])
            if index % able.count == able.count - 1 { passWhileBusy(12_000) }
        }
        passWhileBusy(60_000)
        let here = Set(users.filter { !$0.isGone }.map(\.name))
        for job in jobs(.held) where here.contains(job.owner) {
            oracle.violate("liveness: \(job.owner) cannot release \(job.title)")
        }
        // Nothing went wrong any more, so nothing may be in doubt that was not before.
        judgeCalm()
    }

    /// So long at most.
    private func passWhileBusy(_ milliseconds: Int) {
        for _ in 0..<(milliseconds / Self.look) {
            pass(Self.look)
            let isBusy = [JobState.held, .reserved, .sending].contains { state in
                jobs(state).contains { job in users.contains { $0.name == job.owner && !$0.isGone } }
            }
            let isSettled = agents.allSatisfy { $0.pendingEvents == 0 } && oracle.openReads.values.allSatisfy(\.isEmpty)
            if !isBusy, isSettled { return }
        }
    }

    func judgeEnd() {
        checkStore()
        var states: [String: JobState] = [:]
        for state in JobState.allCases { for job in jobs(state) { states[job.title] = state } }
        for title in oracle.acceptedTitles.sorted() where states[title] == nil {
            oracle.violate("I5: \(title) was accepted and is lost")
        }
        oracle.saw(.inDoubt, times: jobs(.inDoubt).count)
        oracle.saw(.printed, times: jobs(.printed).count)
        scanAudit()
        let interval = (from: WallTime(milliseconds: 0), until: WallTime(milliseconds: .max))
        guard case .report(let rows, _, _) = administer(.report(.history, from: interval.from, until: interval.until))
        else { return oracle.violate("there is no report") }
        let ledger = Dictionary(grouping: rows) { $0.title ?? "" }
        judge(ledger)
        judge(states, ledger)
    }

    private func judge(_ states: [String: JobState], _ ledger: [String: [ReportRow]]) {
        for id in oracle.jobs.keys.sorted() {
            guard let job = oracle.jobs[id], let state = states[job.title], !oracle.twins.contains(job.title) else {
                continue
            }
            // What came out of a lent copy after somebody had decided leaves the job as it is.
            let isSettled = job.onPaper.flatMap { oracle.bills[$0] }.map { bill in
                bill.fence != nil && bill.told != nil && (bill.word != nil || isLate(bill, ledger[job.title] ?? []))
            }
            if job.onPaper != nil, state != .printed, state != .inDoubt, isSettled != true {
                oracle.violate("I6: \(job.title) was sent and is \(state)")
            }
            guard let wasLent = oracle.deletedJobs[id], state != .canceled else { continue }
            if !wasLent || ![.printed, .inDoubt].contains(state) {
                oracle.violate("I6: \(job.title) was deleted and is \(state)")
            }
        }
        for (title, state) in states.sorted(by: { $0.key < $1.key }) where state == .printed {
            if ledger[title] == nil { oracle.violate("I4: \(title) is printed and not charged") }
        }
    }

    private func isLate(_ bill: KnownBill, _ rows: [ReportRow]) -> Bool {
        rows.contains { $0.lateSince != nil && $0.printer == Self.printer(of: bill.agent) }
    }

    private static func printer(of agent: String) -> String { "printer of \(agent)" }

    /// Line by line and paper by paper.
    private func judge(_ ledger: [String: [ReportRow]]) {
        for title in oracle.submitted.keys.sorted() where !oracle.twins.contains(title) {
            let (rows, bills) = (ledger[title] ?? [], oracle.bills(ofJob: title))
            oracle.saw(.late, times: rows.count { $0.lateSince != nil })
            for agent in agents.map(\.name) {
                let here = bills.filter { $0.bill.agent == agent }
                judge(rows.filter { $0.printer == Self.printer(of: agent) }, title, here.map(\.bill))
                for (key, bill) in here { judge(key, bill, title) }
            }
            for row in rows { judge(row, title, bills) }
        }
    }

    /// What one copier printed of a job.
    private func judge(_ rows: [ReportRow], _ title: String, _ bills: [KnownBill]) {
        let pages = rows.reduce(0) { $0 + $1.pages }
        let due = bills.reduce(0) { $0 + $1.pages }
        if pages != due { oracle.violate("I4: \(title) is charged with \(pages) pages and not \(due): \(bills)") }
        let (lines, releases) = (rows.count { $0.releases > 0 && $0.pages != 0 }, bills.count(where: \.hasLine))
        if lines != releases { oracle.violate("I4: \(title) has \(lines) lines for \(releases) releases: \(bills)") }
        let corrections = rows.count { $0.releases == 0 }
        if corrections > 0, !bills.contains(where: \.isCorrected) {
            oracle.violate("I4: \(title) is put right \(corrections) times, and nobody was wrong")
        }
        let amount = rows.reduce(0) { $0 + $1.amount.minor }
        let prices = oracle.tariffs.flatMap { [$0.mono.minor, $0.unknown.minor] }
        let range = (Int64(due) * (prices.min() ?? 0))...(Int64(due) * (prices.max() ?? 0))
        if !range.contains(amount) { oracle.violate("I4: \(title), \(due) pages, costs \(amount) and not \(range)") }
        oracle.saw(.corrected, times: corrections)
    }

    /// What a printer's count says is what came out, unless the printer lies.
    private func judge(_ key: ReleaseID, _ bill: KnownBill, _ title: String) {
        guard case .printed(let pages) = bill.told else { return }
        guard let paper = oracle.paper(of: key) else {
            return oracle.violate("I4: \(title), \(key), is charged with \(pages) pages and was not printed")
        }
        if paper.isTold, paper.pages != pages {
            oracle.violate("I4: \(title), \(key), is charged with \(pages) pages, printed are \(paper.pages)")
        }
    }

    private func judge(_ row: ReportRow, _ title: String, _ bills: [(key: ReleaseID, bill: KnownBill)]) {
        if row.user != oracle.submitted[title]?.owner { oracle.violate("I4: \(row.user) pays for \(title)") }
        let here = bills.filter { row.printer == Self.printer(of: $0.bill.agent) }
        if here.isEmpty { oracle.violate("I4: \(title) is charged at \(row.printer ?? "")") }
        // What a holder was told to charge it to is not known before it is heard.
        let codes = here.map { oracle.accountCode(ofRelease: $0.key) }
        let isUnheard = here.contains { $0.bill.fence != nil && $0.bill.word != nil }
        if !codes.contains(row.account), row.account != nil || !isUnheard {
            oracle.violate("I4: \(title) is charged to \(row.account ?? "nothing"), \(codes) were chosen")
        }
    }

    private func scanAudit() {
        guard
            case .audit(let entries, _) = administer(
                .audit(since: WallTime(milliseconds: 0), after: 0, limit: 10_000))
        else { return }
        for entry in entries { oracle.scan(entry.subject, in: "the audit") }
    }
}

extension ReportRow {
    fileprivate var pages: Int { monoPages + colorPages + unknownPages }
}
