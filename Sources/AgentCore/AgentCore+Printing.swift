// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import PrinterMachines
import Primitives
import ReleaseWire

/// The documents on their way to the printer: one at a time, in the order they were released.
struct PrintQueue: Sendable {
    var waiting: [PrintItem] = []
    var current: PrintRun?
    /// What the person at the reader is told at the end, by the key of the read.
    var tallies: [[UInt8]: Tally] = [:]
}

struct PrintItem: Sendable {
    let grant: ReleaseGrant
    let printer: PrinterLink
    let read: OpenRead
    /// The box's own copy comes out; the server knows nothing of it yet.
    var custody: CustodyFacts?
    /// What the person had chosen, of a copy of the box's own; otherwise the server knows it.
    var account: AccountID?
}

/// One release being printed.
struct PrintRun: Sendable {
    let item: PrintItem
    var machine: RawPrinter
    /// The request that the document comes under; `nil` before it is asked for and while the link is away.
    var correlation: UInt32?
    var isAskedFor = false
    /// The server had no time for it, or no room: when it is asked again for what is missing.
    var openAgainAt: MonotonicTime?
    var hasBegun = false
    /// Pieces that came before the printer wanted them; at most the window's worth.
    var pieces: [[UInt8]] = []
    var received: UInt64 = 0
    var isComplete = false
    /// The server cannot hand out the rest.
    var hasFailed = false
    var wantsPiece = false
}

/// What came of the documents that one badge released.
struct Tally: Sendable {
    var documents = 0
    var pages = 0
    var inDoubt = 0
    var held = 0
    var left: Int
}

extension AgentCore {
    mutating func enqueue(
        _ items: [PrintItem], for read: OpenRead, at now: MonotonicTime
    ) -> [Action] {
        queue.waiting += items
        queue.tallies[read.key, default: Tally(left: 0)].left += items.count
        return startNext(at: now)
    }

    private mutating func startNext(at now: MonotonicTime) -> [Action] {
        guard queue.current == nil else { return [] }
        if isStopping { return putBackWaiting() + stopIfDone(at: now) }
        guard !queue.waiting.isEmpty else { return [] }
        // What begins must fit into the journal and into the next hello.
        if journal.state.isFull { return refuseWaiting() }
        let item = queue.waiting.removeFirst()
        guard mayStart(item, at: now) else {
            return notStarted(item, .documentUnavailable) + startNext(at: now)
        }
        let ticket = PrintTicket(
            releaseName: "lanyard-\(item.grant.release)", title: item.grant.title, user: item.grant.user,
            format: item.grant.format, override: item.grant.override ?? .none)
        let machine = RawPrinter(ticket: ticket, openedAt: now, limits: limits.printer)
        queue.current = PrintRun(item: item, machine: machine)
        return [.dialPrinter(item.grant.release, uri: item.printer.uri)]
    }

    private func mayStart(_ item: PrintItem, at now: MonotonicTime) -> Bool {
        item.custody.map { mayUse($0.fence, at: now) } ?? !isUsed(item.grant.job)
    }

    /// Told to the person, and to the server what it has granted.
    private mutating func notStarted(_ item: PrintItem, _ reason: NotStarted) -> [Action] {
        let event = DurableEvent.progress(progress(item.grant.release, .neverStarted(reason), .none))
        return (item.custody == nil ? record([event]) : []) + count(.neverStarted(reason), of: item)
    }

    mutating func printer(_ release: ReleaseID, _ event: PrinterEvent, at now: MonotonicTime) -> [Action] {
        switch event {
        case .connected: feedPrinter(release, .connected, at: now)
        case .connectFailed(let obstacle): feedPrinter(release, .connectFailed(obstacle), at: now)
        case .drained: feedPrinter(release, .drained, at: now)
        case .received(let bytes): feedPrinter(release, .received(bytes), at: now)
        case .disconnected: feedPrinter(release, .disconnected, at: now)
        }
    }

    /// A late event of a release that is over is nobody's.
    mutating func feedPrinter(_ release: ReleaseID, _ event: RawPrinter.Event, at now: MonotonicTime) -> [Action] {
        guard queue.current?.item.grant.release == release,
            let actions = queue.current?.machine.handle(event, at: now)
        else { return [] }
        return perform(actions, of: release, at: now)
    }

    mutating func tickPrinting(at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, let actions = queue.current?.machine.tick(at: now) else { return [] }
        return perform(actions, of: run.item.grant.release, at: now) + openAgain(at: now)
    }

    private mutating func perform(
        _ actions: [RawPrinter.Action], of release: ReleaseID, at now: MonotonicTime
    ) -> [Action] {
        actions.flatMap { action -> [Action] in
            switch action {
            case .pull: return pull(at: now)
            case .begin: return begin(release, at: now)
            case .write(let bytes): return [.writePrinter(release, bytes)]
            case .progress: return []
            case .close: return [.hangUpPrinter(release)]
            case .finish(let outcome, let evidence): return finish(outcome, evidence, at: now)
            }
        }
    }

    private mutating func begin(_ release: ReleaseID, at now: MonotonicTime) -> [Action] {
        guard let item = queue.current?.item else { return [] }
        guard mayStart(item, at: now) else {
            return feedPrinter(release, .cancelled(.documentUnavailable), at: now)
        }
        queue.current?.hasBegun = true
        let entries = entriesAtBegin(of: item)
        let given = entries.compactMap { entry -> Action? in
            if case .offline(.over(let fence)) = entry { .removeCustody(fence) } else { nil }
        }
        return [journal.append(entries, then: .begin(release)), .note(.releaseBegan(release.description))] + given
    }

    // MARK: The document

    private mutating func pull(at now: MonotonicTime) -> [Action] {
        guard let run = queue.current else { return [] }
        queue.current?.wantsPiece = true
        if !run.pieces.isEmpty || run.isComplete || run.hasFailed { return handOver(at: now) }
        return run.isAskedFor ? [] : openDocument(at: now)
    }

    /// From the start, or from where the link broke.
    private mutating func openDocument(at now: MonotonicTime) -> [Action] {
        guard let run = queue.current else { return [] }
        if let custody = run.item.custody {
            queue.current?.isAskedFor = true
            return [.readCustody(custody.fence, offset: run.received, limit: DocumentPiece.limit)]
        }
        guard canRequest else {
            return feedPrinter(run.item.grant.release, .cancelled(.serverLost), at: now)
        }
        let open = DocumentOpen(
            release: run.item.grant.release, offset: run.received, window: limits.documentWindow)
        let (correlation, sent) = request(.documentOpen(open), at: now)
        queue.current?.correlation = correlation
        queue.current?.isAskedFor = true
        return sent
    }

    mutating func custodyRead(_ piece: DocumentPiece, of fence: Fence, at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, run.item.custody?.fence == fence, run.isAskedFor else { return [] }
        queue.current?.isAskedFor = false
        return arrived(piece, of: run, at: now)
    }

    mutating func documentAnswered(_ message: ReleaseMessage, at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, case .refused(let refusal) = message else { return [] }
        queue.current?.correlation = nil
        return documentRefused(refusal, run, at: now)
    }

    mutating func arrived(_ piece: DocumentPiece, _ correlation: UInt32, at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, run.correlation == correlation else { return [] }
        return arrived(piece, of: run, at: now)
    }

    private mutating func arrived(_ piece: DocumentPiece, of run: PrintRun, at now: MonotonicTime) -> [Action] {
        switch piece {
        case .bytes(let bytes):
            queue.current?.pieces.append(bytes)
            queue.current?.received += UInt64(bytes.count)
        case .end:
            queue.current?.isComplete = true
            queue.current?.correlation = nil
        case .failed(let refusal):
            queue.current?.correlation = nil
            return documentRefused(refusal, run, at: now)
        }
        return handOver(at: now)
    }

    /// What is only so for now is asked for again from the same place, for as long as the printer's machine waits.
    private mutating func documentRefused(_ refusal: Refusal, _ run: PrintRun, at now: MonotonicTime) -> [Action] {
        guard refusal.code.isForNow, run.item.custody == nil else { return documentFailed(run, at: now) }
        queue.current?.openAgainAt = now + max(refusal.retryAfter ?? limits.documentRetry, limits.firstRetry)
        return []
    }

    private mutating func openAgain(at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, let due = run.openAgainAt, now >= due else { return [] }
        guard canRequest || !run.hasBegun else {
            queue.current?.openAgainAt = now + limits.documentRetry
            return []
        }
        queue.current?.openAgainAt = nil
        return openDocument(at: now)
    }

    /// Told to the printer's machine only when it waits for the document: it may be writing an earlier piece.
    private mutating func documentFailed(_ run: PrintRun, at now: MonotonicTime) -> [Action] {
        guard run.hasBegun else {
            return feedPrinter(run.item.grant.release, .cancelled(.documentUnavailable), at: now)
        }
        queue.current?.hasFailed = true
        return handOver(at: now)
    }

    private mutating func handOver(at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, run.wantsPiece else { return [] }
        let release = run.item.grant.release
        guard let piece = run.pieces.first else {
            if run.hasFailed { return feedPrinter(release, .pullFailed, at: now) }
            guard run.isComplete else { return [] }
            queue.current?.wantsPiece = false
            return feedPrinter(release, .pulled(nil), at: now)
        }
        queue.current?.wantsPiece = false
        queue.current?.pieces.removeFirst()
        let credit = run.correlation.map { feedLink(.grant($0, bytes: piece.count), at: now) } ?? []
        return feedPrinter(release, .pulled(piece), at: now) + credit
    }

    /// What was not begun goes back at the server; what was begun waits for the link, up to the printer's patience.
    mutating func linkLostWhilePrinting(at now: MonotonicTime) -> [Action] {
        var actions = putBackWaiting()
        guard let run = queue.current else { return actions }
        queue.current?.correlation = nil
        queue.current?.openAgainAt = nil
        if !run.hasBegun, run.item.custody == nil {
            actions += feedPrinter(run.item.grant.release, .cancelled(.serverLost), at: now)
        }
        return actions
    }

    /// Without a record: the server holds again what was reserved, at the latest when this connection is over.
    /// What is lent to this box stays; what is stopping takes nothing along.
    mutating func putBackWaiting() -> [Action] {
        let items = queue.waiting.filter { $0.custody == nil || isStopping || journal.state.isFull }
        queue.waiting.removeAll { $0.custody == nil || isStopping || journal.state.isFull }
        return items.flatMap { count(.neverStarted(.serverLost), of: $0) }
    }

    private mutating func refuseWaiting() -> [Action] {
        // Hanging up puts them back at the server; a record of it would have to go into the journal that is full.
        let told = [Action.note(.journalFull)] + putBackWaiting()
        return link.session == nil ? told : told + [.hangUp]
    }

    mutating func resumeDocument(at now: MonotonicTime) -> [Action] {
        guard let run = queue.current, run.hasBegun, !run.isComplete, !run.hasFailed, run.item.custody == nil else {
            return []
        }
        return openDocument(at: now)
    }

    // MARK: The end

    private mutating func finish(_ outcome: Outcome, _ evidence: Evidence, at now: MonotonicTime) -> [Action] {
        guard let run = queue.current else { return [] }
        let release = run.item.grant.release
        let abandoned = run.correlation.map { feedLink(.abandon($0), at: now) } ?? []
        queue.current = nil
        var events = ending(of: run, outcome, evidence)
        var told = count(outcome, of: run.item)
        if case .neverStarted(let reason) = outcome, reason == .printerUnreachable || reason == .printerRefused {
            // The next ones would only wait as long for the same printer.
            let hopeless = queue.waiting.filter { $0.printer.id == run.item.printer.id }
            queue.waiting.removeAll { $0.printer.id == run.item.printer.id }
            for item in hopeless {
                if item.custody == nil { events.append(.progress(progress(item.grant.release, outcome, .none))) }
                told += count(outcome, of: item)
            }
        }
        if let custody = run.item.custody, run.hasBegun { told.append(.removeCustody(custody.fence)) }
        let recorded = record(events)
        if !events.isEmpty { unlisted = journal.state.nextSequence - 1 }
        let note = AgentNote.releaseEnded(
            release.description, outcome.words, at: run.item.printer, run.machine.obstacle)
        return abandoned + [.note(note)] + recorded + told + startNext(at: now)
    }

    /// Of the box's own copy nothing is to be told unless it began: it is lent as before.
    private func ending(of run: PrintRun, _ outcome: Outcome, _ evidence: Evidence) -> [DurableEvent] {
        guard let custody = run.item.custody else {
            return [.progress(progress(run.item.grant.release, outcome, evidence))]
        }
        return run.hasBegun ? charge(custody, outcome, evidence).map { [$0] } ?? [] : []
    }

    private func progress(_ release: ReleaseID, _ outcome: Outcome, _ evidence: Evidence) -> Progress {
        Progress(release: release, outcome: outcome, evidence: evidence, at: wall)
    }

    /// Adds one document's end to its badge's tally, and tells the person when it was the last.
    private mutating func count(_ outcome: Outcome, of item: PrintItem) -> [Action] {
        guard var tally = queue.tallies[item.read.key] else { return [] }
        switch outcome {
        case .printed(let pages):
            tally.documents += 1
            tally.pages += pages
        case .unconfirmed: tally.inDoubt += 1
        case .neverStarted: tally.held += 1
        }
        tally.left -= 1
        queue.tallies[item.read.key] = tally.left > 0 ? tally : nil
        guard tally.left == 0 else { return [] }
        return [.show(reader: item.read.reader, tally.feedback)]
    }
}

extension Tally {
    /// The worst news first: somebody should look at the printer.
    var feedback: Feedback {
        if inDoubt > 0 { return .mayHavePrinted(documents: inDoubt) }
        if held > 0 { return .printerUnavailable(held: held) }
        return .printed(documents: documents, pages: pages)
    }
}
