// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

@Suite(.timeLimit(.minutes(10))) struct KillTestTests {
    private static let letter = SampleDocument(name: "letter.ps", path: "", sha256: "aa", pages: 3, colorPages: 0)

    /// Ten moments, real programs.
    @Test(.enabled(if: Tools.areThere)) func nothingIsLostOrDoubledWhenProgramsAreKilled() throws {
        let programs = try Programs(folder: nil)
        let documents = try SampleDocuments(folder: SampleDocumentsTests.folder)
        var settings = SiteSettings(programs: programs, documents: documents)
        settings.users = KillTestSettings.people
        let site = try Site(settings, on: try Pump())
        let report = try KillTest(KillTestSettings(rounds: 10, seed: 7), at: site).run()
        #expect(report.violations == [], "\(report.text)")
        #expect(report.accepted > 0 && report.printed > 0)
        #expect(report.serverKills > 0 && report.agentKills > 0)
        #expect(!LabFolder.exists(site.folders.run))
    }

    /// In a network namespace, so that it is nobody else's line that is cut.
    @Test(.enabled(if: Tools.areThere && Tools.canIsolate)) func nothingIsLostOrDoubledWhenLinesAreCut() throws {
        let script = try Script(
            """
            unshare --net sh -c 'ip link set lo up && exec "$LAB" kill-test --cut-lines --rounds 6 --seed 5 --json' \
                > report 2> errors
            """, on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("report")) \(script.text("errors"))")
        let report = try #require(JSONValue(script.text("report").utf8))
        #expect((report["cuts"]?.integer ?? 0) > 0 && (report["printed"]?.integer ?? 0) > 0)
        #expect(report["violations"] == [])
    }

    @Test(.enabled(if: Tools.areThere)) func nobodyElsesLineIsCut() throws {
        let script = try Script("\"$LAB\" kill-test --cut-lines --rounds 1 2> errors", on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 77)
        #expect(script.text("errors").contains("unshare --net"))
    }

    // MARK: What would be found

    /// One job, printed and charged as it should be.
    private static func wellDone() -> KillTestFacts {
        var facts = KillTestFacts(
            jobs: [KillTestFacts.Job(title: "1", user: "ana", document: letter, isAccepted: true)],
            printed: [paper()])
        facts.listed = [KillTestFacts.Listed(title: "1", state: "printed")]
        facts.charged = [KillTestFacts.Charged(title: "1", user: "ana", pages: 3)]
        return facts
    }

    private static func paper(pages: Int = 3, isWhole: Bool = true, sha256: String = "aa") -> PrintedDocument {
        PrintedDocument([
            "title": "1", "sha256": .string(sha256), "pages": .integer(pages), "whole": .bool(isWhole),
        ])
    }

    private static func violations(_ change: (inout KillTestFacts) -> Void) -> [String] {
        var facts = wellDone()
        change(&facts)
        return KillTestFindings(facts).violations
    }

    @Test func aJobThatWasPrintedAndChargedOnceIsWell() {
        let findings = KillTestFindings(Self.wellDone())
        #expect(findings.violations == [])
        #expect(findings.accepted == 1 && findings.printed == 1 && findings.chargedPages == 3)
        #expect(findings.lost == 0 && findings.printedTwice == 0 && findings.chargedTwice == 0)
    }

    @Test func aJobInDoubtIsWellWhetherOrNotPaperCameOut() {
        for paper in [[], [Self.paper(pages: 1, isWhole: false, sha256: "bb")], [Self.paper()]] {
            let found = Self.violations {
                $0.listed = [KillTestFacts.Listed(title: "1", state: "in_doubt")]
                $0.shownInDoubt = ["1"]
                $0.charged = []
                $0.printed = paper
            }
            #expect(found == [])
        }
    }

    @Test func aRefusedJobMayExistOrNot() {
        let job = KillTestFacts.Job(title: "1", user: "ana", document: Self.letter)
        #expect(KillTestFindings(KillTestFacts(jobs: [job], printed: [])).violations == [])
        #expect(Self.violations { $0.jobs = [job] } == [])
    }

    @Test func whatIsLostOrDoubledIsFound() {
        var lost = Self.wellDone()
        (lost.listed, lost.charged, lost.printed) = ([], [], [])
        #expect(KillTestFindings(lost).lost == 1)
        #expect(KillTestFindings(lost).violations == ["1: accepted and lost"])
        var twice = Self.wellDone()
        twice.printed.append(Self.paper(pages: 1, isWhole: false))
        twice.charged.append(twice.charged[0])
        #expect(KillTestFindings(twice).printedTwice == 1 && KillTestFindings(twice).chargedTwice == 1)
        #expect(KillTestFindings(twice).violations.count == 2)
        #expect(Self.violations { $0.listed.append($0.listed[0]) } == ["1: stored 2 times"])
    }

    @Test func whatDoesNotAgreeIsFound() {
        #expect(Self.violations { $0.charged = [] } == ["1: printed, and not charged"])
        #expect(Self.violations { $0.printed = [] } == ["1: charged, and no paper came out"])
        #expect(Self.violations { $0.printed = [Self.paper(pages: 2)] }.count == 1)
        #expect(Self.violations { $0.printed = [Self.paper(isWhole: false)] }.count == 1)
        #expect(Self.violations { $0.printed = [Self.paper(sha256: "bb")] } == ["1: printed changed"])
        #expect(Self.violations { $0.charged = [.init(title: "1", user: "ben", pages: 3)] }.count == 1)
        #expect(Self.violations { $0.charged = [.init(title: "1", user: "ana", pages: 4)] }.count == 2)
        #expect(Self.violations { $0.shownInDoubt = ["1"] } == ["1: lanyard jobs --in-doubt shows it"])
        #expect(Self.violations { $0.listed = [.init(title: "1", state: "sending")] } == ["1: ended as sending"])
        #expect(Self.violations { $0.listed.append(.init(title: "2", state: "held")) } == ["2: nobody printed this"])
        let unshown = Self.violations {
            $0.listed = [.init(title: "1", state: "in_doubt")]
            $0.charged = []
        }
        #expect(unshown == ["1: lanyard jobs --in-doubt does not show it"])
    }
}
