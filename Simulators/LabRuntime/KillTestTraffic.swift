// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import Primitives
import SimRandom

/// The work of a site, whether or not anybody is there to serve it: people print documents and hold badges to both
/// readers. All of it happens in callbacks, while the test itself kills and waits.
final class KillTestTraffic {
    /// Documents on their way from the computers to the paper; more are only given out when some have come out.
    private static let backlogLimit = 32
    private static let clientLimit = 2
    private static let fewPages = 4
    /// An agent takes the same badge at the same reader for one that is still held, for 2 seconds.
    private static let heldStill = Duration.milliseconds(2100)

    private(set) var jobs: [String: KillTestFacts.Job] = [:]
    private(set) var badgeCount = 0
    /// Whose badges are presented; `nil` for everybody's.
    var wanted: Set<String>?

    private let site: Site
    private let client: String
    private let users: [LabUser]
    private let documents: [SampleDocument]
    private var printing: SplitMix
    private var presenting: SplitMix
    private var clients: [String: Child] = [:]
    private var isPrinting = false
    private var isPresenting = false
    private var lastHeld: [String: MonotonicTime] = [:]

    init(_ site: Site, seed: UInt64) throws(LabFault) {
        self.site = site
        client = try Programs.printClient()
        users = site.settings.users.filter { $0.badge != nil }
        // The long one less often, so that more of them get through.
        let all = site.settings.documents.all
        documents = all + all.filter { $0.pages <= Self.fewPages } + all.filter { $0.pages <= Self.fewPages }
        printing = SplitMix(seed: seed ^ 1)
        presenting = SplitMix(seed: seed ^ 2)
    }

    var isIdle: Bool { clients.isEmpty }

    func begin() {
        isPrinting = true
        isPresenting = true
        print()
        present()
    }

    func stopPrinting() { isPrinting = false }
    func stopPresenting() { isPresenting = false }

    func stop() {
        stopPrinting()
        stopPresenting()
        for child in clients.values { child.kill(SIGKILL) }
    }

    // MARK: Printing

    private func print() {
        guard isPrinting else { return }
        let underWay = jobs.values.count { $0.isAccepted } - Set(site.printed.map(\.title)).count
        if clients.count < Self.clientLimit, underWay < Self.backlogLimit { printOne() }
        _ = site.pump.loop.schedule(after: printing.milliseconds(20..<100)) { [weak self] in self?.print() }
    }

    private func printOne() {
        let document = printing.one(of: documents)
        let user = printing.one(of: users).name
        let title = "\(jobs.count + 1) \(document.name)"
        jobs[title] = KillTestFacts.Job(title: title, user: user, document: document)
        let settings = ChildSettings(
            path: client, arguments: site.printArguments(document.path, title: title, user: user),
            environment: ["PATH": "/usr/bin:/bin"], descriptors: [2: .collect(limit: 1024)], hasOwnGroup: true)
        do throws(SystemFault) {
            clients[title] = try Child(settings, on: site.pump.loop) { [weak self] in self?.ended(title, $0) }
        } catch {
            site.pump.fail(LabFault(error, while: "running rlpr"))
        }
    }

    private func ended(_ title: String, _ result: ChildResult) {
        clients[title] = nil
        jobs[title]?.isAccepted = result.status == .exited(0)
    }

    // MARK: Badges

    private func present() {
        guard isPresenting else { return }
        let readers = LabReaders.readers.filter { site.display.readers[$0] == "attached" }
        if !readers.isEmpty { presentOne(at: presenting.one(of: readers)) }
        _ = site.pump.loop.schedule(after: presenting.milliseconds(40..<160)) { [weak self] in self?.present() }
    }

    private func presentOne(at reader: String) {
        let now = site.pump.loop.now
        let ready = users.filter { user in
            let last = lastHeld["\(reader) \(user.name)"]
            return wanted?.contains(user.name) != false
                && last.map { now.elapsed(since: $0) > Self.heldStill } ?? true
        }
        guard !ready.isEmpty else { return }
        let user = presenting.one(of: ready)
        lastHeld["\(reader) \(user.name)"] = now
        badgeCount += 1
        // A reader does not know whether anybody heard it.
        site.readers?.ask(.present(badge: user.badge ?? "", reader: reader)) { _ in }
    }
}
