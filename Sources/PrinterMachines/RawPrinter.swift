// SPDX-License-Identifier: Apache-2.0

import PrintFormats
package import PrintModel
package import Primitives

/// Sends one document to a printer on port 9100 and learns from PJL how many pages came out.
///
///     connecting ─▶ first pull ─▶ asking ─mayBegin▶ writing ⇄ pulling ─▶ writing the trailer ─▶ confirming ─▶ finished
///
/// Nothing is written before the first piece of the document is here and the beginning is on record; until then the
/// outcome of every failure is `neverStarted`, afterwards `unconfirmed`. The job counts as printed when the printer
/// reports its end, not when the last byte has left: a charge for pages that jammed cannot be taken back quietly.
/// PJL in the document that would hold it in the printer or report in our name is taken out on the way. There is no
/// half-close at the end of the document: printers hang up on it and the report would be lost.
package struct RawPrinter: Machine {
    package enum Event: Sendable {
        case connected
        case connectFailed(PrinterObstacle)
        /// The answer to ``Action/pull``; `nil` is the end of the document.
        case pulled([UInt8]?)
        /// The document cannot be read on.
        case pullFailed
        /// The answer to ``Action/begin``: the beginning is durable.
        case mayBegin
        /// The socket took everything written so far.
        case drained
        case received([UInt8])
        case disconnected
        /// Give up; the reason counts only while nothing was written.
        case cancelled(NotStarted)
    }

    package enum Action: Equatable, Sendable {
        case pull
        /// Make it durable that this release begins, then say ``Event/mayBegin``.
        case begin
        case write([UInt8])
        /// So many pages of this job are out.
        case progress(pages: Int)
        case close
        /// The last action.
        case finish(Outcome, Evidence)
    }

    package struct Limits: Sendable {
        package var connect = Duration.seconds(10)
        package var pull = Duration.seconds(60)
        /// The printer takes no byte and shows no sign of life.
        package var stall = Duration.seconds(120)
        /// From the last byte, or the last sign of life, to the end report.
        package var endReport = Duration.seconds(120)
        /// From the last byte to the end report, whatever signs of life there are.
        package var endReportInAll = Duration.seconds(3600)

        package init() {}
    }

    private enum State: Sendable {
        case connecting(until: MonotonicTime)
        case pulling(until: MonotonicTime)
        /// Without a deadline: a record that cannot be written ends the program. `isWhole`: the first piece is also
        /// the last.
        case asking(first: [UInt8], isWhole: Bool)
        case writing(until: MonotonicTime, next: Next)
        case confirming(until: MonotonicTime, atMost: MonotonicTime)
        case finished
    }

    /// What follows when a write is through.
    private enum Next: Sendable { case pull, trailer, confirm }

    private let ticket: PrintTicket
    private let job: PJL.Job
    private let limits: Limits
    private var state: State
    private var hasBegun = false
    private var filter: PJLFilter
    private var replies = PJLReplyParser()
    /// Whether the pages reported now are of this job.
    private var isPrintingThisJob = false
    private var pagesSeen = 0
    /// Why the printer failed, once it has.
    package private(set) var obstacle: PrinterObstacle?

    package init(ticket: PrintTicket, openedAt now: MonotonicTime, limits: Limits = Limits()) {
        self.ticket = ticket
        self.limits = limits
        job = ticket.job
        filter = PJLFilter(reserving: PJL.variables(of: job))
        state = .connecting(until: now + limits.connect)
    }

    package var deadline: MonotonicTime? {
        switch state {
        case .connecting(let until), .pulling(let until), .writing(let until, _): until
        case .confirming(let until, let atMost): min(until, atMost)
        case .asking, .finished: nil
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch state {
        case .connecting: return giveUp(.printerUnreachable, .silent)
        case .pulling: return giveUp(.documentUnavailable)
        case .writing: return giveUp(.printerUnreachable, .stalled)
        case .confirming: return concludeFromLastReply(at: now)
        case .asking, .finished: return []
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch (state, event) {
        case (.finished, _): []
        case (_, .received(let bytes)): read(bytes, at: now)
        case (_, .disconnected): hungUp()
        case (_, .cancelled(let reason)): giveUp(reason)
        case (.connecting, .connected): pull(at: now)
        case (.connecting, .connectFailed(let obstacle)):
            finishUnstarted(obstacle == .refused ? .printerRefused : .printerUnreachable, obstacle)
        case (.pulling, .pulled(let piece)): pulled(piece, at: now)
        case (.pulling, .pullFailed): giveUp(.documentUnavailable)
        case (.asking(let first, let isWhole), .mayBegin): begin(with: first, isWhole: isWhole, at: now)
        case (.writing(_, let next), .drained): drained(next, at: now)
        case (.connecting, _), (.pulling, _), (.asking, _), (.writing, _), (.confirming, _): []
        }
    }

    // MARK: Sending

    private mutating func pull(at now: MonotonicTime) -> [Action] {
        state = .pulling(until: now + limits.pull)
        return [.pull]
    }

    private mutating func pulled(_ piece: [UInt8]?, at now: MonotonicTime) -> [Action] {
        let isEnd = piece == nil
        let bytes = piece.map { filter.feed($0) } ?? filter.finish()
        if hasBegun {
            if !bytes.isEmpty { return write(bytes, then: isEnd ? .trailer : .pull, at: now) }
            return isEnd ? write(PJL.trailer(job), then: .confirm, at: now) : pull(at: now)
        }
        if bytes.isEmpty {
            // An empty document would only make the printer eject a blank page.
            return isEnd ? giveUp(.documentUnavailable) : pull(at: now)
        }
        state = .asking(first: bytes, isWhole: isEnd)
        return [.begin]
    }

    private mutating func begin(with first: [UInt8], isWhole: Bool, at now: MonotonicTime) -> [Action] {
        hasBegun = true
        return write(PJL.header(job) + first, then: isWhole ? .trailer : .pull, at: now)
    }

    private mutating func write(_ bytes: [UInt8], then next: Next, at now: MonotonicTime) -> [Action] {
        state = .writing(until: now + limits.stall, next: next)
        return [.write(bytes)]
    }

    private mutating func drained(_ next: Next, at now: MonotonicTime) -> [Action] {
        switch next {
        case .pull: return pull(at: now)
        case .trailer: return write(PJL.trailer(job), then: .confirm, at: now)
        case .confirm:
            state = .confirming(until: now + limits.endReport, atMost: now + limits.endReportInAll)
            return []
        }
    }

    // MARK: Reports

    private mutating func read(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        heed(replies.feed(bytes), at: now)
    }

    /// Some printers send no form feed behind their last report. After so long a silence it is whole without one; cut
    /// off by the end of the connection it may not be, and half a page count is worse than none.
    private mutating func concludeFromLastReply(at now: MonotonicTime) -> [Action] {
        let actions = heed(replies.finish(), at: now)
        if case .finished = state { return actions }
        return actions + giveUp(.printerUnreachable, .noReport)
    }

    private mutating func heed(_ replies: [PJLReply], at now: MonotonicTime) -> [Action] {
        // What was reported before this job was sent is about other people's jobs.
        guard hasBegun else { return [] }
        var actions: [Action] = []
        for reply in replies {
            if case .finished = state { break }
            actions += heed(reply, at: now)
        }
        return actions
    }

    private mutating func heed(_ reply: PJLReply, at now: MonotonicTime) -> [Action] {
        switch reply {
        case .ustatusJob(.start, let name, _):
            isPrintingThisJob = name == ticket.releaseName
            return []
        case .ustatusJob(.end, let name, let pages), .ustatusJob(.canceled, let name, let pages):
            return ended(name, pages: pages)
        case .ustatusPage(let number):
            stayPatient(at: now)
            guard isPrintingThisJob, number > pagesSeen else { return [] }
            pagesSeen = number
            return [.progress(pages: number)]
        case .ustatusDevice:
            stayPatient(at: now)
            return []
        case .infoPageCount, .echo, .other: return []
        }
    }

    private mutating func ended(_ name: String?, pages: Int?) -> [Action] {
        guard name == ticket.releaseName else { return [] }
        // An end without a count is settled by the pages seen on the way; without those nobody knows.
        guard let known = pages ?? (pagesSeen > 0 ? pagesSeen : nil) else {
            return giveUp(.printerRefused, .noReport)
        }
        state = .finished
        return [.close, .finish(.printed(pages: known), .pjlJobEnd)]
    }

    private mutating func stayPatient(at now: MonotonicTime) {
        switch state {
        case .writing(_, let next): state = .writing(until: now + limits.stall, next: next)
        case .confirming(_, let atMost): state = .confirming(until: now + limits.endReport, atMost: atMost)
        case .connecting, .pulling, .asking, .finished: break
        }
    }

    // MARK: Ends

    private mutating func hungUp() -> [Action] {
        guard hasBegun else { return finishUnstarted(.printerRefused, .hungUp) }
        state = .finished
        obstacle = .hungUp
        return [.finish(.unconfirmed, .none)]
    }

    private mutating func giveUp(_ reason: NotStarted, _ obstacle: PrinterObstacle? = nil) -> [Action] {
        state = .finished
        self.obstacle = obstacle
        return [.close, .finish(hasBegun ? .unconfirmed : .neverStarted(reason), .none)]
    }

    private mutating func finishUnstarted(_ reason: NotStarted, _ obstacle: PrinterObstacle) -> [Action] {
        state = .finished
        self.obstacle = obstacle
        return [.finish(.neverStarted(reason), .none)]
    }
}

extension PrintTicket {
    fileprivate var job: PJL.Job {
        var job = PJL.Job(
            name: releaseName, title: title, user: user,
            language: DocumentKind(rawValue: format).flatMap { PJL.Language($0) })
        job.isMono = override.isMono
        job.sides =
            switch override.sides {
            case .asSent: nil
            case .one: .one
            case .longEdge: .longEdge
            case .shortEdge: .shortEdge
            }
        return job
    }
}
