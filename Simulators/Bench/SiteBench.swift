// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops
import Primitives
import SimDevices

/// A site whose serial reader and printer are in this process, so that one clock sees a badge go in and paper start.
final class SiteBench {
    static let how =
        "frame written to the reader's pty -> printer's first byte; 100 badges, 1 KiB held each; TLS, all syncs"

    private static let people = 25
    private static let rounds = 4
    /// An agent takes the same badge for one that is still held, for 2 seconds. By then the pages are counted, too.
    private static let settling = Duration.milliseconds(2100)
    private static let patience = Duration.seconds(10)

    let site: Site
    private let pump: Pump
    private let printer: PrinterBench
    private var reader: Descriptor?
    private var firstByte: MonotonicTime?

    init(on pump: Pump) throws(LabFault) {
        self.pump = pump
        let programs = try Programs(folder: nil)
        do throws(SystemFault) {
            var paper = SimPrinter.Settings()
            paper.timePerPage = .milliseconds(1)
            paper.connectionsServed = 8
            printer = try PrinterBench(paper, port: 0, on: pump.loop)
        } catch {
            throw LabFault(error, while: "opening the printer's port")
        }
        var settings = SiteSettings(programs: programs, documents: try programs.documents(nil))
        settings.printerURI = "socket://127.0.0.1:\(printer.port)"
        settings.users = (0..<Self.people).map { number in
            LabUser(name: Self.user(number), department: "Bench", badge: Self.badge(number))
        }
        site = try Site(settings, on: pump)
        printer.onBytes = { [weak self] in
            guard let self else { return }
            firstByte = firstByte ?? pump.loop.now
        }
    }

    private static func user(_ number: Int) -> String { "user\(number)" }
    private static func badge(_ number: Int) -> String { "00065478\(number + 10)" }

    /// Starts the site, then puts a line of our own in the place of the serial reader's.
    func start() throws(LabFault) {
        try site.start()
        try site.killAgent()
        let control = SiteControl(site)
        let name = LabReaders.readers[0]
        let reply: ControlReply = try pump.answer("the reader to be pulled out", atMost: Self.patience) {
            control.perform(.unplug(name), then: $0)
        }
        _ = try reply.facts()
        do throws(SystemFault) {
            let line = try Pty.open()
            let link = LabReaders.link(to: name, in: site.folders.run)
            let path = line.slavePath
            try retrying("symlink \(link)") { symlink(path, link) }
            reader = line.takeMaster()
        } catch {
            throw LabFault(error, while: "making a serial line")
        }
        try site.startAgent()
    }

    func measureBadges() throws(LabFault) -> Samples {
        var samples: [Duration] = []
        for round in 0..<Self.rounds {
            for number in 0..<Self.people {
                try LPDClient.printOne(
                    LPDDocument(user: Self.user(number), number: round * Self.people + number),
                    port: site.ports.lpd, on: pump)
            }
            try pump.pause(Self.settling)
            for number in 0..<Self.people { samples.append(try presentBadge(number)) }
        }
        return Samples(samples)
    }

    private func presentBadge(_ number: Int) throws(LabFault) -> Duration {
        guard let bits = try BadgeText(Self.badge(number)).em4100, let raw = reader?.raw else {
            throw LabFault("there is no reader", exit: .bug)
        }
        let frame = SimID12.frame(bits, model: .id12)
        var isThrough = false
        site.display.next(
            at: LabReaders.readers[0], within: Self.patience, where: { $0 == "printed" },
            then: { isThrough = $0 != nil })
        firstByte = nil
        let begun = pump.loop.now
        guard write(raw, frame, frame.count) == frame.count else { throw LabFault("the serial line takes nothing") }
        try pump.wait("the printer's first byte", atMost: Self.patience) { firstByte != nil }
        try pump.wait("the document's end", atMost: Self.patience) { isThrough }
        return firstByte.map { $0.elapsed(since: begun) } ?? .zero
    }
}
