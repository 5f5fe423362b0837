// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import Crypto
import PrintModel
import PrinterMachines
import Primitives
import ReaderMachines
import ReleaseWire

/// The agent's process: its core, and around it the disk, the printer and the people, which survive it.
final class SimAgent {
    let name: String
    let key: KeyHash
    let printer: SimPrinterHost
    /// Somebody is told something at a reader.
    var onShow: ((String, Feedback) -> Void)?

    private let server: SimServer
    private let disk: SimDisk
    private let custody: SimCustodyDisk
    private let world: World
    private let trace: SimTrace
    private let oracle: SimOracle
    private let faults: () -> SimFaults
    private let bug: SimBug?
    private var core: SimRunner<AgentCore>?
    private var stream: [UInt8] = []
    private var link: SimLink?
    private var dialing = false
    private var lines: [ReleaseID: PrinterLine] = [:]
    private(set) var life = 0
    /// Every other box has a keypad to choose with.
    private let desk: AgentCore.Desk
    private var isStopping = false
    /// The reader at which something was shown last.
    private var lastShown: String?
    static let keypad = "pad"
    private var boot = [UInt8](repeating: 0, count: 16)
    /// No way to the server.
    private var isCutOff = false

    private struct PrinterLine {
        var line: SimPrinterHost.Line?
        /// Only to plant a bug.
        var sent: [UInt8] = []
    }

    init(
        number: Int, server: SimServer, _ world: World, trace: SimTrace, oracle: SimOracle,
        faults: @escaping () -> SimFaults, bug: SimBug?
    ) {
        name = "agent-\(number)"
        var desk = AgentCore.Desk()
        (desk.opensList, desk.hasKeypad) = (number.isMultiple(of: 2), number.isMultiple(of: 2))
        self.desk = desk
        key = KeyHash(checked: [UInt8](repeating: UInt8(number), count: KeyHash.length))
        self.server = server
        self.world = world
        self.trace = trace
        self.oracle = oracle
        self.faults = faults
        self.bug = bug
        disk = SimDisk(world, faults: faults, bug: bug)
        custody = SimCustodyDisk(world, faults: faults)
        printer = SimPrinterHost(world, trace: trace, oracle: oracle, faults: faults)
        printer.onPrinted = { [unowned self] in oracle.printed($0, at: name) }
    }

    var isUp: Bool { core != nil }

    /// Events that the server has not acknowledged, as far as anybody knows.
    var pendingEvents: Int { oracle.pending(stream) }

    // MARK: The process

    func start() {
        guard !isUp else { return }
        trace.note("\(name) starts")
        let fresh = (0..<16).map { _ in UInt8(truncatingIfNeeded: world.random.next()) }
        switch disk.recover(stream: fresh) {
        case .success(let state):
            stream = state.stream
            oracle.recovered(state)
            custody.restart(keep: state.offline.custodies.map(\.facts.fence))
            // The box itself was off and on: monotonic times of before mean nothing.
            if world.chance(0.2) { boot = fresh }
            let box = OfflineBox(
                cryptography: .openSSL, key: SecretBytes(key.bytes), boot: boot, space: 200_000)
            let core = SimRunner(
                AgentCore(
                    software: "simulated", journal: state, offline: box, limits: Self.limits, desk: desk,
                    wall: world.wall),
                in: world)
            core.prepare = { [world] in $0.wall = world.wall }
            core.perform = { [unowned self] in perform($0) }
            core.afterStep = { [unowned self] in
                oracle.checkOutcomes(of: name)
                if disk.queued > 4096 { oracle.violate("I8: \(disk.queued) appends wait") }
            }
            core.forgetsTime = bug == .timerForgotten
            self.core = core
            core.feed(.start)
        case .failure(let fault): oracle.violate("\(name) cannot read its journal: \(fault)")
        }
    }

    func crash() {
        guard isUp else { return }
        trace.note("\(name) crashes")
        end()
    }

    /// Ends by itself when it says so; a person who cannot wait ends it.
    func stop() {
        guard isUp else { return }
        trace.note("\(name) stops")
        let current = life
        isStopping = true
        core?.feed(.stop)
        world.after(5000...30_000) { [unowned self] in if life == current { crash() } }
    }

    func crashIfStopping() { if isStopping { crash() } }

    private func end() {
        life += 1
        isStopping = false
        core?.stop()
        core = nil
        disk.crash()
        custody.crash()
        oracle.ended(name)
        dialing = false
        link?.onAgentEnd = nil
        if world.chance(0.5) {
            link?.closeFromAgent()
        } else {
            link?.reset(isHalfOpen: world.chance(faults().halfOpen))
        }
        link = nil
        for release in lines.keys.sorted() { closePrinter(release) }
        lines = [:]
    }

    /// The real time-outs are minutes; the site must settle within one.
    private static var limits: AgentCore.Limits {
        var limits = AgentCore.Limits()
        limits.deskPause = .seconds(20)
        limits.lastRetry = .seconds(4)
        limits.documentWindow = 4096
        limits.printer.connect = .seconds(3)
        limits.printer.pull = .seconds(8)
        limits.printer.stall = .seconds(8)
        limits.printer.endReport = .seconds(10)
        limits.printer.endReportInAll = .seconds(40)
        return limits
    }

    // MARK: People

    func read(_ read: RawRead, at reader: String) {
        feed(.read(reader: reader, read, key: newKey()))
    }

    private func newKey() -> [UInt8] { (0..<16).map { _ in UInt8(truncatingIfNeeded: world.random.next()) } }

    func press(_ digits: [UInt8], life: Int) {
        guard life == self.life else { return }
        guard let digit = digits.first else { return press(.enter) }
        press(.digit(digit))
        world.after(50...400) { [unowned self] in press(Array(digits.dropFirst()), life: life) }
    }

    func press(_ key: Keypad.Action) { feed(.key(key, from: Self.keypad, key: newKey())) }

    private func feed(_ event: AgentCore.Event) { core?.feed(event) }

    // MARK: Actions

    private func perform(_ action: AgentCore.Action) {
        trace.mark(5, name, action)
        forgetShown(before: action)
        switch action {
        case .dial: dial()
        case .send(let bytes): link?.up.write(bytes)
        case .hangUp: hangUp()
        case .journal(let token, let entries):
            for entry in entries { oracle.journals(entry, stream: stream, at: name) }
            let current = life
            disk.append(entries) { [unowned self] in
                for entry in entries { oracle.journaled(entry) }
                if life == current { feed(.journaled(token)) }
            }
        case .compact(let bytes): disk.replace(by: bytes)
        case .needStream:
            stream = (0..<16).map { _ in UInt8(truncatingIfNeeded: world.random.next()) }
            feed(.newStream(stream))
        case .show(let reader, let feedback):
            lastShown = reader
            oracle.shown(feedback, at: reader, of: name)
            onShow?(reader, feedback)
        case .note(.answered(let reader, _, _)):
            // The outcome is what was just shown there, for all reads that hung together.
            if lastShown == reader { oracle.showedOutcome(at: reader, of: name) }
        case .view, .refuseCommand: break
        case .dialPrinter(let release, _): dialPrinter(release)
        case .writePrinter(let release, let bytes):
            if bug == .documentSentTwice { lines[release]?.sent += bytes }
            lines[release]?.line?.toPrinter.write(bytes)
        case .hangUpPrinter(let release):
            closePrinter(release)
            lines[release] = nil
        case .openCustody, .appendCustody, .finishCustody, .removeCustody, .readCustody: performCustody(action)
        case .useKey, .adoptKey, .dropKey, .note: break
        case .stopped: end()
        }
    }

    private func forgetShown(before action: AgentCore.Action) {
        switch action {
        case .note, .journal: break
        default: lastShown = nil
        }
    }

    private func performCustody(_ action: AgentCore.Action) {
        switch action {
        case .openCustody(let fence): custody.begin(fence)
        case .appendCustody(let fence, let bytes):
            custody.append(fence, bytes) { [unowned self] in feed(.custodyAppended(fence, bytes: $0)) }
        case .finishCustody(let fence, let sha256):
            custody.finish(fence, sha256: sha256) { [unowned self] in feed(.custodyFinished(fence, isWhole: $0)) }
        case .removeCustody(let fence): custody.remove(fence)
        case .readCustody(let fence, let offset, let limit):
            custody.read(fence, offset: offset, limit: limit) { [unowned self] in feed(.custodyRead(fence, $0)) }
        default: break
        }
    }

    /// For so many milliseconds nothing gets through.
    func cutOff(for wait: ClosedRange<Int>) {
        guard !isCutOff else { return }
        trace.note("\(name) is cut off")
        isCutOff = true
        link?.reset(isHalfOpen: world.chance(faults().halfOpen))
        world.after(wait) { [unowned self] in reconnect() }
    }

    func reconnect() { isCutOff = false }

    // MARK: The server

    private func dial() {
        let current = life
        dialing = true
        guard !world.chance(faults().deafServer) else {
            return world.after(2000...10_000) { [unowned self] in if life == current { linkDown() } }
        }
        world.after(1...50) { [unowned self] in
            guard life == current, dialing else { return }
            guard server.isUp, !isCutOff else { return linkDown() }
            dialing = false
            let link = SimLink(world, faults: faults)
            self.link = link
            link.down.onBytes = { [unowned self] in feed(.received($0)) }
            link.onAgentEnd = { [unowned self] in linkDown() }
            server.connect(link, key: key)
            feed(.linkUp)
        }
    }

    private func hangUp() {
        link?.closeFromAgent()
        link = nil
        let current = life
        world.after(0...0) { [unowned self] in if life == current { linkDown() } }
    }

    private func linkDown() {
        dialing = false
        link = nil
        feed(.linkDown(random: world.random.next()))
    }

    // MARK: The printer

    private func dialPrinter(_ release: ReleaseID) {
        lines[release] = PrinterLine()
        let current = life
        world.after(1...20) { [unowned self] in
            guard life == current, lines[release] != nil, !printer.isUnreachable else { return }
            guard printer.isListening else {
                return feed(.printer(release, .connectFailed(refused: true)))
            }
            connect(release)
            feed(.printer(release, .connected))
        }
    }

    private func connect(_ release: ReleaseID) {
        let line = printer.connect()
        lines[release]?.line = line
        line.toPrinter.onBytes = { [unowned self, unowned line] in
            oracle.reaches($0, of: release, at: name, connection: line.id)
            printer.receive($0, on: line)
        }
        line.toPrinter.onDrained = { [unowned self, unowned line] in
            if lines[release]?.line === line { feed(.printer(release, .drained)) }
        }
        line.toAgent.onBytes = { [unowned self] in feed(.printer(release, .received($0))) }
        line.toAgent.onEnd = { [unowned self] in
            guard let sent = lines[release]?.sent, !sent.isEmpty else {
                lines[release] = nil
                return feed(.printer(release, .disconnected))
            }
            connect(release)
            lines[release]?.line?.toPrinter.write(sent)
        }
    }

    /// What was written still arrives.
    private func closePrinter(_ release: ReleaseID) {
        lines[release]?.line?.toAgent.cut()
        lines[release]?.line?.toPrinter.finish()
    }
}
