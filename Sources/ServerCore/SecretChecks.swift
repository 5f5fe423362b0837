// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire

/// Whose PIN or password is looked at next. Each costs a tenth of a second, so one agent that asks for many must not be
/// why nobody else gets in.
///
/// ```
/// asked ──▶ in line behind the same link's ──links in turn──▶ at the threads ──▶ answered
///   │ the places are taken: busy   │ waited for longer than ``patience``: busy
/// ```
struct SecretChecks: Sendable {
    enum Work: Equatable, Sendable {
        /// Against a dummy when there is nothing to check against, so that the time tells nothing.
        case check(SecretBytes, PINHash?)
        /// A new one.
        case hash(SecretBytes)
    }

    struct Check: Equatable, Sendable {
        let question: QuestionID
        let work: Work
    }

    /// At the threads at once, those that wait there included: enough that none of them is ever idle.
    static let underWayLimit = 4
    /// Of one link, at the threads at once; and places that one link takes. Its others wait behind them and take none:
    /// they are as many as the requests that an agent may have open.
    static let shareLimit = 2
    /// Places. Whoever asks when all are taken is told that the server is busy, and it counts as no try.
    static let placeLimit = 64
    /// What has waited longer is not begun any more: the person is told so while they still stand there. The check
    /// itself, and the few before it at the threads, take less than the rest of two seconds.
    static let patience = Duration.milliseconds(1500)

    private struct Waiting: Sendable {
        let check: Check
        let until: MonotonicTime
    }

    private var lines: [LinkID: [Waiting]] = [:]
    /// The links that have somebody in line; the next one first.
    private var turns: [LinkID] = []
    private var begun: [QuestionID: LinkID] = [:]
    private var shares: [LinkID: Int] = [:]

    /// When the first of those in line has waited for long enough.
    var deadline: MonotonicTime? { lines.values.compactMap(\.first?.until).min() }

    /// False when all places are taken.
    mutating func add(_ check: Check, of link: LinkID, at now: MonotonicTime) -> Bool {
        guard placesTaken < Self.placeLimit else { return false }
        if lines[link] == nil { turns.append(link) }
        lines[link, default: []].append(Waiting(check: check, until: now + Self.patience))
        return true
    }

    /// What may go to the threads now.
    mutating func takeNext() -> [Check] {
        var next: [Check] = []
        while begun.count < Self.underWayLimit,
            let turn = turns.firstIndex(where: { shares[$0, default: 0] < Self.shareLimit })
        {
            let link = turns.remove(at: turn)
            guard var line = lines.removeValue(forKey: link) else { continue }
            let check = line.removeFirst().check
            if !line.isEmpty {
                lines[link] = line
                turns.append(link)
            }
            begun[check.question] = link
            shares[link, default: 0] += 1
            next.append(check)
        }
        return next
    }

    /// The threads have answered.
    mutating func finish(_ question: QuestionID) {
        guard let link = begun.removeValue(forKey: question), let share = shares[link] else { return }
        shares[link] = share > 1 ? share - 1 : nil
    }

    /// Those that have waited for too long, in the order of their links.
    mutating func takeLate(at now: MonotonicTime) -> [QuestionID] {
        guard let deadline, deadline <= now else { return [] }
        var late: [QuestionID] = []
        for link in lines.keys.sorted() {
            guard let line = lines[link] else { continue }
            let patient = line.drop { $0.until <= now }
            late += line.prefix(line.count - patient.count).map(\.check.question)
            lines[link] = patient.isEmpty ? nil : Array(patient)
        }
        turns.removeAll { lines[$0] == nil }
        return late
    }

    /// The link is gone: nobody waits for its answers. What is at the threads goes on.
    mutating func forget(_ link: LinkID) -> [QuestionID] {
        turns.removeAll { $0 == link }
        return (lines.removeValue(forKey: link) ?? []).map(\.check.question)
    }

    private var placesTaken: Int {
        let inLine = lines.reduce(0) { $0 + min($1.value.count + shares[$1.key, default: 0], Self.shareLimit) }
        return inLine + shares.reduce(0) { lines[$1.key] == nil ? $0 + $1.value : $0 }
    }
}
