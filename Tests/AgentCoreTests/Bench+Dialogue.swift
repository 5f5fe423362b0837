// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire

/// The server's words in a dialogue.
extension Bench {
    static let terms = SessionTerms(idleLife: .seconds(20), inDoubt: 0, account: .none, mayChangePIN: true)

    /// An agent and a server that both speak `dialogue`.
    static func agreed(
        opensList: Bool = false, hasKeypad: Bool = false, screens: Int = 0, entries: Int = 0
    ) -> Bench {
        var desk = AgentCore.Desk()
        (desk.opensList, desk.hasKeypad) = (opensList, hasKeypad)
        var bench = Bench.open(desk: desk, capabilities: [.dialogue])
        _ = bench.feed(.screens(screens))
        return bench
    }

    /// A badge that was asked for a PIN, and one that was typed.
    static func typed() -> Bench {
        var bench = agreed()
        _ = bench.read("1")
        _ = bench.challenge(.pin, to: 1)
        _ = bench.type("4711")
        return bench
    }

    /// A badge at a desk with this list, up to the choice.
    static func atDesk(
        jobs: [JobLine] = [held(1), held(2)], terms: SessionTerms = terms, hasKeypad: Bool = false, screens: Int = 1
    ) -> Bench {
        var bench = agreed(opensList: true, hasKeypad: hasKeypad, screens: screens)
        _ = bench.read("1")
        _ = bench.grant(jobs.count, terms: terms, to: 1)
        _ = bench.list(jobs, to: 2)
        return bench
    }

    static func held(_ id: Int64, _ state: JobLine.State = .held, pages: Int? = 3) -> JobLine {
        var job = JobLine(
            job: JobID(id), title: "doc \(id)", state: state, size: 10, receivedAt: WallTime(milliseconds: 0))
        job.pages = pages
        job.amount = pages.map { Money(minor: Int64($0) * 5) }
        return job
    }

    mutating func grant(_ jobs: Int = 1, terms: SessionTerms = terms, to correlation: UInt32) -> [String] {
        receive(
            .session(
                SessionGrant(
                    session: SessionID(5), user: "ada", jobs: jobs, printer: Self.printer, terms: terms)),
            to: correlation)
    }

    mutating func list(_ jobs: [JobLine], next: Int64? = nil, to correlation: UInt32) -> [String] {
        receive(
            .jobs(JobPage(jobs: jobs, next: next.map { JobID($0) }, currency: "EUR", scale: 2)), to: correlation)
    }

    mutating func challenge(_ kind: Challenge.Kind, prompt: UInt32 = 9, to correlation: UInt32) -> [String] {
        receive(.challenge(Challenge(prompt: prompt, kind: kind, triesLeft: 5)), to: correlation)
    }

    mutating func refuse(_ code: Refusal.Code, to correlation: UInt32) -> [String] {
        receive(.refused(Refusal(code)), to: correlation)
    }

    mutating func releases(_ ids: [Int64], to correlation: UInt32) -> [String] {
        let grants = ids.map {
            ReleaseGrant(
                release: ReleaseID($0 + 10), job: JobID($0), title: "t", user: "ada", format: "", size: 4, pages: nil,
                override: PrintOverride.none)
        }
        return receive(.releases(grants), to: correlation)
    }

    mutating func logIn(_ user: String = "ada", at reader: String? = nil) -> [String] {
        ask(.logIn(user: user, .password, SecretBytes(Array("secret".utf8))), at: reader)
    }
}
