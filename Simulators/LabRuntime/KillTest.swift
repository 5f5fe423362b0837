// SPDX-License-Identifier: Apache-2.0

import HostIO
import Primitives
import SimRandom

/// Kills server and agent at random moments of their work, again and again, or cuts the line between them, and then
/// holds what everybody says side by side: no job may be lost, printed twice or charged twice.
package final class KillTest {
    private static let workBetweenKills = 0..<400
    /// One time in so many the next kill does not wait until all is up again.
    private static let impatience = 4
    /// Some are over before anybody notices, some outlast a read.
    private static let cutLength = 200..<7000
    /// An agent that found nobody for so long tries again within 30 seconds.
    private static let reconnectPatience = Duration.seconds(60)
    private static let drainPatience = Duration.seconds(120)
    /// Longer than the printer takes for the longest document.
    private static let quiet = Duration.milliseconds(700)

    let site: Site
    var report: KillTestReport
    private let settings: KillTestSettings
    private let traffic: KillTestTraffic
    private var dice: SplitMix
    /// Of the server, which comes back to the same ones: nobody else may take them in the meantime.
    private let releasePort: HeldPort
    private let lpdPort: HeldPort
    /// `nil` when nobody cuts lines.
    private let line: CutLine?

    /// - Parameter site: not yet started, with ``KillTestSettings/people``.
    package init(_ settings: KillTestSettings, at site: Site) throws(LabFault) {
        self.settings = settings
        self.site = site
        report = KillTestReport(settings)
        line = settings.cutsLines ? try CutLine(on: site.pump) : nil
        traffic = try KillTestTraffic(site, seed: settings.seed)
        dice = SplitMix(seed: settings.seed)
        do throws(SystemFault) {
            releasePort = try HeldPort(0)
            lpdPort = try HeldPort(0)
        } catch {
            throw LabFault(error, while: "taking ports")
        }
        site.ports.release = releasePort.number
        site.ports.lpd = lpdPort.number
    }

    /// Stops the site in any case. Throws when the test could not be done; what it found is in the report.
    package func run() throws(LabFault) -> KillTestReport {
        let begun = site.pump.loop.now
        do throws(LabFault) {
            try site.start()
            try work()
            try takeStock()
        } catch {
            traffic.stop()
            try? site.stop(keepingLogs: error != .interrupted)
            if error == .interrupted { throw error }
            throw LabFault("\(error)\nThe seed is \(settings.seed), the logs are in \(site.folders.logs).")
        }
        report.logs = site.folders.logs
        do throws(LabFault) { try site.stop(keepingLogs: !report.holds) } catch {
            report.violations.append("\(error)")
        }
        try findLeftOvers()
        report.milliseconds = Int(site.pump.loop.now.elapsed(since: begun) / .milliseconds(1))
        return report
    }

    private func work() throws(LabFault) {
        traffic.begin()
        for _ in 1...settings.rounds {
            try site.pump.pause(dice.milliseconds(Self.workBetweenKills))
            if let line, dice.below(2) == 0 { try cut(line) } else { try killSomeone() }
            if dice.below(Self.impatience) > 0 { try waitUntilUp() }
        }
        try waitUntilUp()
        traffic.stopPrinting()
        try site.pump.wait("rlpr to end", atMost: .seconds(20)) { traffic.isIdle }
        try drain()
        traffic.stopPresenting()
        try waitForQuiet()
        report.badges = traffic.badgeCount
    }

    private func killSomeone() throws(LabFault) {
        let who = dice.below(3)
        if who != 0 {
            try site.killAgent()
            report.agentKills += 1
        }
        if who != 1 {
            try site.killServer()
            report.serverKills += 1
            try site.startServer()
        }
        if who != 0 { try site.launchAgent() }
    }

    private func cut(_ line: CutLine) throws(LabFault) {
        try line.cut(dice.one(of: CutLine.Direction.allCases), port: site.ports.release)
        report.cuts += 1
        try site.pump.pause(dice.milliseconds(Self.cutLength))
        try line.mend()
        // Whoever was killed just before may not be up yet, nor the display watched.
        try site.waitForServer()
        try site.waitForAgent(reachingItWithin: Self.reconnectPatience)
    }

    private func waitUntilUp() throws(LabFault) {
        try site.waitForServer()
        try site.waitForAgent()
    }

    /// Badges are presented until nothing is held or under way.
    private func drain() throws(LabFault) {
        let begun = site.pump.loop.now
        while true {
            let open = try site.administrator.rows(["jobs", "--limit", "1000"]).filter {
                $0["state"]?.string != "in_doubt"
            }
            if open.isEmpty { return }
            guard site.pump.loop.now.elapsed(since: begun) < Self.drainPatience else {
                throw LabFault("after \(Self.drainPatience) in peace \(open.count) jobs are not through")
            }
            traffic.wanted = Set(open.filter { $0["state"]?.string == "held" }.compactMap { $0["owner"]?.string })
            try site.pump.pause(.milliseconds(200))
        }
    }

    private func waitForQuiet() throws(LabFault) {
        var count = -1
        while site.printed.count != count {
            count = site.printed.count
            try site.pump.pause(Self.quiet)
        }
    }

    private func takeStock() throws(LabFault) {
        var facts = KillTestFacts(jobs: Array(traffic.jobs.values), printed: site.printed)
        for user in KillTestSettings.people.map(\.name) {
            for state in ["held", "reserved", "sending", "printed", "in-doubt", "canceled", "purged"] {
                let rows = try site.administrator.rows(["jobs", "--state", state, "--owner", user, "--limit", "1000"])
                facts.listed += rows.map(KillTestFacts.Listed.init)
            }
        }
        facts.charged = try site.administrator.rows(["report", "history"]).map(KillTestFacts.Charged.init)
        facts.shownInDoubt = Set(
            try site.administrator.rows(["jobs", "--in-doubt", "--limit", "1000"]).compactMap { $0["title"]?.string })
        report.take(KillTestFindings(facts))
        let counted: ControlReply = try site.pump.answer("the printer's facts", atMost: .seconds(5)) {
            site.printer?.ask(.printerFacts, then: $0)
        }
        report.violations += PrinterFacts(try counted.facts()).violations.map { "the printer says: \($0)" }
        try inspectFiles()
    }
}

extension KillTestFacts.Listed {
    fileprivate init(_ row: JSONValue) {
        self.init(title: row["title"]?.string ?? "", state: row["state"]?.string ?? "")
    }
}

extension KillTestFacts.Charged {
    fileprivate init(_ row: JSONValue) {
        self.init(
            title: row["title"]?.string ?? "", user: row["user"]?.string ?? "",
            pages: ["monoPages", "colorPages", "unknownPages"].compactMap { row[$0]?.integer }.reduce(0, +))
    }
}
