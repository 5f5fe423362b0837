// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// What one release must have cost in the end, as it was heard and as people said.
struct KnownBill {
    let job: JobID
    let agent: String
    /// Of a lent job: the custody.
    var fence: Fence?
    /// What its agent told, as far as that counts.
    var told: Outcome?
    /// What a person said of its doubt, the last time.
    var word: Int?
    /// A release of the server's that has ended: what is told or said later changes nothing.
    var isOver = false

    /// Pages that are to be in the ledger, of all its lines together.
    var pages: Int {
        switch told {
        case .printed(let pages): pages
        case .neverStarted where fence != nil: 0
        case .neverStarted, .unconfirmed, nil: word ?? 0
        }
    }

    /// Whether there is a line of pages that corrects nothing.
    var hasLine: Bool {
        if let word, word > 0 { return true }
        return if case .printed(1...) = told { true } else { false }
    }

    /// What a person said may be put right: other pages, or another billing code.
    var isCorrected: Bool { fence != nil && told != nil && (word ?? 0) > 0 }

    /// Nobody has told or said how it ended.
    var isOpen: Bool {
        guard !isOver else { return false }
        return switch told {
        case .printed: false
        case .neverStarted: fence == nil && word == nil
        case .unconfirmed: true
        case nil: word == nil
        }
    }
}

/// What is to be paid, kept here a second time: the site's people may be wrong about what came out of a printer, and
/// the printer's own count comes whenever its agent is heard again.
extension SimOracle {
    func granted(_ release: ReleaseID, of job: JobID, at agent: String) {
        bills[release] = KnownBill(job: job, agent: agent)
    }

    /// For the first time, or for longer: nothing has come out yet, and it may come into doubt once more.
    func lent(_ fence: Fence) {
        if bills[Self.key(fence)]?.word == 0 { bills[Self.key(fence)]?.word = nil }
        guard let custody = custodies.byFence[fence], bills[Self.key(fence)] == nil else { return }
        bills[Self.key(fence)] = KnownBill(
            job: custody.job, agent: agentNames[custody.agent] ?? "", fence: fence)
    }

    /// As the store has committed it.
    func billed(_ message: ReleaseMessage?) {
        switch message {
        case .progress(let progress): told(progress)
        case .account(let charge): told(charge)
        default: break
        }
    }

    /// The first end of one of the server's releases stands, whoever tells it.
    func told(_ progress: Progress) {
        guard let bill = bills[progress.release], !bill.isOver else { return }
        bills[progress.release]?.told = Self.believed(progress.outcome)
        if case .printed = bills[progress.release]?.told { bills[progress.release]?.isOver = true }
    }

    /// What came out of a lent copy counts, whatever was decided meanwhile.
    func told(_ charge: OfflineCharge) {
        guard bills[Self.key(charge.fence)]?.told == nil else { return }
        bills[Self.key(charge.fence)]?.told = Self.believed(charge.outcome)
    }

    /// No printer has printed less than nothing.
    private static func believed(_ outcome: Outcome) -> Outcome {
        if case .printed(..<0) = outcome { .unconfirmed } else { outcome }
    }

    /// A person has said of a job in doubt how many pages came out.
    func said(_ pages: Int, of job: JobID) {
        guard let key = doubt(of: job) else {
            return violate("I4: nothing of job \(job) can be in doubt")
        }
        bills[key]?.word = pages
        if bills[key]?.fence == nil { bills[key]?.isOver = true }
        if pages == 0 { jobs[job]?.onPaper = nil }
    }

    /// The release of the job that is in doubt.
    func doubt(of job: JobID) -> ReleaseID? {
        let open = bills.filter { $0.value.job == job && $0.value.isOpen }
        let sent = open.keys.filter { $0.value > 0 && releases[$0]?.isSending == true }
        let isBack = { (key: ReleaseID) in self.bills[key]?.told != nil && self.bills[key]?.told != .unconfirmed }
        let lent = open.keys.filter { key in
            bills[key]?.fence.flatMap { custodies.byFence[$0] }.map { $0.isCharged || !$0.isGivenBack } ?? false
        }
        // The latest custody has the least number here.
        return sent.filter { !isBack($0) }.max() ?? lent.min() ?? sent.max()
    }

    /// What really came out of it, whole.
    func paper(of key: ReleaseID) -> (pages: Int, isTold: Bool)? {
        printed.first { $0.release == key }.map { ($0.pages, $0.isTold) }
    }

    /// Of one of the server's releases its number, of a lent copy that of the custody.
    static func key(_ fence: Fence) -> ReleaseID { ReleaseID(-fence.value) }

    /// By title, in order.
    func bills(ofJob title: String) -> [(key: ReleaseID, bill: KnownBill)] {
        bills.filter { jobs[$0.value.job]?.title == title }.sorted { $0.key < $1.key }
            .map { (key: $0.key, bill: $0.value) }
    }
}
