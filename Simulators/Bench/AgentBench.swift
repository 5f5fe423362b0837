// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops
import Primitives
import SimDevices

/// A real agent with eight serial readers whose far ends are in this process, and a relay between it and its server.
final class AgentBench {
    static let idleHow = "8 serial readers, nothing presented, nothing polled; /proc/PID/smaps_rollup; the limit is"
    static let sleepsHow = "voluntary context switches of all threads in \(idleTime); the link's own ping is every 15 s"
    static let readHow = "last byte of a read on a pty -> CREDENTIAL at the server's side; the limit is p99 2 ms"
    static let streamHow =
        "badge to shown answer while \(documentSize >> 20) MiB go to the printer; the limit is p99 200 ms"
    static let documentSize = 500 << 20

    private static let readerCount = 8
    private static let settling = Duration.seconds(3)
    private static let idleTime = Duration.seconds(10)
    private static let reads = 300
    private static let patience = Duration.seconds(10)
    private static let uploadPatience = Duration.seconds(120)
    private static let user = LabUser(name: "ana", department: "Bench", badge: "0006547886")

    let site: Site
    private let pump: Pump
    private let sink: PaperSink
    private var relay: ServerRelay?
    private var readers: [FarEnd] = []
    private var lastBadge: UInt64 = 0x01_1000_0000

    init(on pump: Pump) throws(LabFault) {
        self.pump = pump
        sink = try PaperSink(on: pump)
        let programs = try Programs(folder: nil)
        var settings = SiteSettings(programs: programs, documents: try programs.documents(nil))
        settings.printerURI = "socket://127.0.0.1:\(sink.port)"
        settings.users = [Self.user]
        site = try Site(settings, on: pump)
    }

    func start() throws(LabFault) {
        var lines: [String] = []
        for number in 0..<Self.readerCount {
            do throws(SystemFault) {
                let line = try Pty.open()
                lines.append("reader.\(Self.name(number)) = id12 \(line.slavePath)")
                readers.append(FarEnd(line.takeMaster()))
            } catch {
                throw LabFault(error, while: "making a serial line")
            }
        }
        try site.start()
        try site.killAgent()
        let relay = try ServerRelay(to: site.ports.release, on: pump)
        self.relay = relay
        site.ownReaders = ((0..<Self.readerCount).map(Self.name), lines)
        site.agentPort = relay.port
        try site.startAgent()
    }

    func close(keepingLogs: Bool) throws(LabFault) {
        defer {
            relay?.close()
            sink.close()
        }
        try site.stop(keepingLogs: keepingLogs)
    }

    private static func name(_ number: Int) -> String { "r\(number)" }

    // MARK: At rest

    func measureIdle() throws(LabFault) -> (facts: ProcessFacts, sleeps: Int) {
        try pump.pause(Self.settling)
        guard let process = site.agentProcess else { throw LabFault("the agent does not run", exit: .bug) }
        let before = try ProcessFacts(of: process)
        try pump.pause(Self.idleTime)
        let after = try ProcessFacts(of: process)
        return (after, after.sleeps - before.sleeps)
    }

    // MARK: Reads

    /// From a badge to the agent's word on the wire.
    func measureReads() throws(LabFault) -> Samples {
        guard let relay else { throw LabFault("there is no relay", exit: .bug) }
        var samples: [Duration] = []
        for number in 0..<Self.reads {
            var isAnswered = false
            let reader = number % Self.readerCount
            expectAnswer(at: reader) { isAnswered = true }
            relay.listen()
            let begun = try present(at: reader)
            try pump.wait("the read's answer", atMost: Self.patience) { isAnswered }
            guard let spoken = relay.spokenAt else { throw LabFault("an answer without a question", exit: .bug) }
            samples.append(spoken.elapsed(since: begun))
            // The record of the outcome follows the answer; it must not be taken for the next read.
            try pump.pause(.milliseconds(20))
        }
        return Samples(samples)
    }

    private func expectAnswer(at reader: Int, then done: @escaping () -> Void) {
        site.display.next(
            at: Self.name(reader), within: Self.patience, where: { $0 != "checking" }, then: { if $0 != nil { done() } }
        )
    }

    /// A badge that nobody has, another one each time.
    private func present(at reader: Int, badge: UInt64? = nil) throws(LabFault) -> MonotonicTime {
        lastBadge += 1
        let frame = SimID12.frame(badge ?? lastBadge, model: .id12)
        let begun = pump.loop.now
        guard write(readers[reader].descriptor.raw, frame, frame.count) == frame.count else {
            throw LabFault("the serial line takes nothing")
        }
        return begun
    }

    // MARK: While a document streams

    /// The times of reads at one reader while the document of another one's user goes to the printer, and how fast it
    /// went.
    func measureWhileStreaming() throws(LabFault) -> (reads: Samples, bytesPerSecond: Double) {
        guard let badge = try BadgeText("0006547886").em4100 else { throw LabFault("no badge", exit: .bug) }
        try LPDUpload.printOne(size: Self.documentSize, as: Self.user.name, port: site.ports.lpd, on: pump)
        _ = try present(at: 0, badge: badge)
        try pump.wait("the document's beginning", atMost: Self.patience) { sink.count > 1 << 20 }
        let (begun, first) = (pump.loop.now, sink.count)
        var samples: [Duration] = []
        while sink.count < Self.documentSize {
            var isAnswered = false
            expectAnswer(at: 1) { isAnswered = true }
            let asked = try present(at: 1)
            try pump.wait("the read's answer", atMost: Self.patience) { isAnswered }
            samples.append(pump.loop.now.elapsed(since: asked))
            try pump.pause(.milliseconds(5))
        }
        let rate = Double(sink.count - first) / (pump.loop.now.elapsed(since: begun) / .seconds(1))
        return (Samples(samples), rate)
    }
}

/// A reader's end of a serial line.
private final class FarEnd {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// A printer that takes everything at once and says nothing.
final class PaperSink {
    private(set) var count = 0
    private var listener: Listener?

    init(on pump: Pump) throws(LabFault) {
        do throws(SystemFault) {
            listener = try Listener.tcp(.loopback4, port: 0, on: pump.loop) { [weak self] descriptor, _ in
                guard let stream = try? HostIO.Stream(descriptor, on: pump.loop) else { return }
                stream.onBytes = { self?.count += $0.count }
            }
        } catch {
            throw LabFault(error, while: "opening the printer's port")
        }
    }

    var port: UInt16 { listener?.port ?? 0 }

    func close() { listener?.close() }
}
