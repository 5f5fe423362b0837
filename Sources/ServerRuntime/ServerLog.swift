// SPDX-License-Identifier: Apache-2.0

import Ops
import PrintModel
import Primitives
import ReleaseRules
import ServerCore
import Store

/// Notes of the machines as records of the log.
enum ServerLog {
    static func write(_ note: ServerNote, to observer: Observer) {
        switch note {
        case .agentConnected, .agentRefused, .agentsRefused, .agentEnrolled, .agentLeft, .linkClosed, .keyAnnounced,
            .reportSeen:
            writeLink(note, observer)
        case .jobAccepted, .jobRefused, .intakeRefused, .analysisFailed, .purged, .storeFailed, .spool,
            .reserveGivenUp:
            writeJob(note, observer)
        case .readAnswered(let agent, let reader, let result):
            observer.log(.info, "badge-read", ["agent": agent, "reader": reader, "answer": result])
        case .readAmbiguous(let agent, let reader, let users):
            observer.log(
                .warning, "badge-ambiguous",
                ["agent": agent, "reader": reader, "users": users.joined(separator: ", ")])
        case .badgesGuessed(let agent, let reader, let count):
            observer.log(.warning, "badges-guessed", ["agent": agent, "reader": reader, "refused": count])
        case .readerChanged(let agent, let news): write(news, of: agent, observer)
        case .released(let agent, let jobs): observer.log(.info, "released", ["agent": agent, "jobs": jobs])
        case .deleted(let agent, let jobs): observer.log(.info, "jobs-deleted", ["agent": agent, "jobs": jobs])
        case .documentOpened(let agent, let release):
            observer.log(.info, "document-opened", ["agent": agent, "release": release])
        case .documentFailed(let release, let code):
            observer.log(.warning, "document-refused", ["release": release, "reason": "\(code)"])
        case .outcome(let agent, let release, let outcome):
            observer.log(.info, "outcome", ["agent": agent, "release": release, "outcome": outcome.words])
        case .offlineRelease(let agent, let job, let outcome):
            observer.log(.info, "offline-release", ["agent": agent, "job": job, "outcome": outcome.words])
        case .chargeUnbooked(let agent, let job):
            observer.log(.warning, "charge-unbooked", ["agent": agent, "job": job])
        case .readRecorded(let agent, let reader, let result):
            observer.log(.info, "read-outcome", ["agent": agent, "reader": reader, "outcome": "\(result)"])
        }
    }

    private static func write(_ news: ReaderNews, of agent: String, _ observer: Observer) {
        let fields: Observer.Fields = ["agent": agent, "reader": news.reader, "obstacle": news.obstacle]
        switch news.change {
        case .lost: observer.log(.warning, "reader-lost", fields)
        case .blocked: observer.log(.warning, "reader-blocked", fields)
        case .tampered: observer.log(.warning, "reader-tampered", fields)
        case .back: observer.log(.info, "reader-back", ["agent": agent, "reader": news.reader])
        }
    }

    /// A machine's step, for debugging.
    static func write(_ machine: String, _ step: (kind: String, name: String), to observer: Observer) {
        observer.log(.debug, "step", ["machine": machine, "kind": step.kind, "name": step.name])
    }

    private static func writeLink(_ note: ServerNote, _ observer: Observer) {
        switch note {
        case .agentConnected(let name, let key, let epoch):
            observer.log(.info, "agent-connected", ["agent": name, "key": key.short, "epoch": epoch])
        case .agentRefused(let key, let code):
            observer.log(.warning, "agent-refused", ["key": key.short, "reason": "\(code)"])
        case .agentsRefused(let connections):
            observer.log(.warning, "agents-refused", ["connections": connections])
        case .agentEnrolled(let name, let key):
            observer.log(.info, "agent-enrolled", ["agent": name, "key": key.short])
        case .agentLeft(let name, let reason):
            observer.log(.info, "agent-left", ["agent": name, "reason": "\(reason)"])
        case .linkClosed(let reason): observer.log(.info, "link-closed", ["reason": "\(reason)"])
        case .keyAnnounced(let agent): observer.log(.info, "key-announced", ["agent": agent])
        case .reportSeen(let agent, let key, let report):
            observer.log(.info, "report-seen", ["by": agent, "key": key.short, "report": report])
        case .readAnswered, .readAmbiguous, .badgesGuessed, .readerChanged, .released, .deleted, .documentOpened,
            .documentFailed,
            .outcome, .offlineRelease, .chargeUnbooked, .readRecorded, .jobAccepted, .jobRefused, .intakeRefused,
            .analysisFailed, .purged, .storeFailed, .spool, .reserveGivenUp:
            preconditionFailure("the caller has sorted out the rest")
        }
    }

    /// What an operator should look at; `nil` for nothing.
    static func warning(of disk: DiskWatch) -> String? {
        let full = "the disk of the spool is \(disk.percent) % full"
        return switch disk.state {
        case .open: nil
        case .noLargeJobs: "\(full): jobs of more than \(disk.marks.smallJob >> 20) MiB are refused"
        case .noJobs: "\(full): all jobs are refused"
        }
    }

    private static func writeJob(_ note: ServerNote, _ observer: Observer) {
        switch note {
        case .jobAccepted(let job, let owner, let host, let size, let isNew):
            let again = isNew ? "no" : "yes"
            observer.log(
                .info, "job-held", ["job": job, "owner": owner, "host": host, "bytes": size, "again": again])
        case .jobRefused(let host, let reason):
            observer.log(.warning, "job-refused", ["host": host, "reason": reason])
        case .intakeRefused(let host, let reason):
            observer.log(.warning, "intake-refused", ["host": host, "reason": reason])
        case .analysisFailed(let job, let reason):
            observer.log(.warning, "analysis-failed", ["job": job, "reason": reason])
        case .purged(let documents): observer.log(.info, "purged", ["jobs": documents])
        case .storeFailed(.busy):
            observer.log(.warning, "store-busy", ["requests": StoreThread.requestLimit])
        // It is told once, by who sees when it ends.
        case .storeFailed(.full): break
        case .storeFailed(let failure):
            observer.log(
                OperatorError(
                    .storeFailed, "the store refused a request: \(failure)",
                    remedy: "Is there room on the disk of the state folder? See the lines before."))
        case .spool(let state, let percent):
            observer.log(state == .open ? .info : .warning, "spool", ["takes": state.rawValue, "full": "\(percent) %"])
        case .reserveGivenUp: observer.log(.warning, "reserve-given-up")
        case .agentConnected, .agentRefused, .agentsRefused, .agentEnrolled, .agentLeft, .linkClosed, .keyAnnounced,
            .reportSeen, .readAnswered, .readAmbiguous, .badgesGuessed, .readerChanged, .released, .deleted,
            .documentOpened,
            .documentFailed, .outcome, .offlineRelease, .chargeUnbooked, .readRecorded:
            preconditionFailure("the caller has sorted out the rest")
        }
    }
}
