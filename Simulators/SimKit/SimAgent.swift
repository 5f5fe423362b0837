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
    /// Changes once the next one is adopted.
    private(set) var key: KeyHash
    /// Since the last key that is no digit; only of the bug that logs them.
    private var pressed: [UInt8] = []
    /// In the state folder, beside the present one.
    private var nextKey: KeyRotation?
    private var usesNextKey = false
    let box: SimPlan.Box
    /// Of the version before.
    private(set) var isOld: Bool
    let printer: SimPrinterHost
    let clock: SimClock
    /// Somebody is told something at a reader.
    var onShow: ((String, Feedback) -> Void)?
    /// What the box's screen shows.
    var onView: ((DeskView) -> Void)?
    /// The process ended by itself.
    var onDied: (() -> Void)?

    private let server: SimServer
    private let disk: SimDisk
    private let custody: SimCustodyDisk
    let world: World
    private let trace: SimTrace
    let oracle: SimOracle
    private let faults: () -> SimFaults
    private let bug: SimBug?
    private var core: SimRunner<AgentCore>?
    private var stream: [UInt8] = []
    private var link: SimLink?
    private var dialing = false
    var lines: [ReleaseID: PrinterLine] = [:]
    private(set) var life = 0
    private let desk: AgentCore.Desk
    private var isStopping = false
    /// The reader at which something was shown last.
    private var lastShown: String?
    static let keypad = "pad"
    static let screen = "screen"
    private var boot = [UInt8](repeating: 0, count: 16)
    /// No way to the server.
    private var isCutOff = false

    struct PrinterLine {
        var line: SimPrinterHost.Line?
        /// Only to plant a bug.
        var sent: [UInt8] = []
    }

    init(
        number: Int, _ box: SimPlan.Box, server: SimServer, trace: SimTrace, faults: @escaping () -> SimFaults,
        bug: SimBug?
    ) {
        name = "agent-\(number)"
        let (world, oracle) = (server.world, server.oracle)
        self.box = box
        isOld = box.isOld
        if box.changesKey { nextKey = SimKeyRotations.next(ofAgent: number) }
        clock = SimClock(world, offBy: faults().clockJump > 0 ? Int64(world.number(-5000...5000)) : 0)
        var desk = AgentCore.Desk()
        (desk.opensList, desk.hasKeypad, desk.screenPlace) = (box.opensList, box.hasKeypad, Self.screen)
        self.desk = desk
        key = KeyHash(checked: [UInt8](repeating: UInt8(number), count: KeyHash.length))
        self.server = server
        self.world = world
        self.trace = trace
        self.oracle = oracle
        self.faults = faults
        self.bug = bug
        disk = SimDisk(world, oracle, faults: faults, bug: bug)
        custody = SimCustodyDisk(world, faults: faults)
        printer = SimPrinterHost(world, trace: trace, oracle: oracle, faults: faults)
        printer.onPrinted = { [unowned self] in oracle.printed($0, at: name, isTold: !$1) }
        disk.onFull = { [unowned self] in
            crash()
            onDied?()
        }
    }

    var isUp: Bool { core != nil }

    /// Events that the server has not acknowledged, as far as anybody knows.
    var pendingEvents: Int { oracle.pending(stream) }

    // MARK: The process

    func start() {
        guard !isUp else { return }
        trace.note("\(name) starts")
        let fresh = world.bytes(16)
        switch disk.recover(stream: fresh) {
        case .success(let state):
            stream = state.stream
            oracle.recovered(state)
            custody.restart(keep: state.offline.custodies.map(\.facts.fence))
            // The box itself was off and on: monotonic times of before mean nothing.
            if world.chance(0.2) { boot = fresh }
            let offline = OfflineBox(
                cryptography: .openSSL, key: SecretBytes(key.bytes), boot: boot, space: 200_000)
            let core = SimRunner(
                AgentCore(
                    software: "simulated", journal: state, offline: offline, limits: Self.limits, desk: desk,
                    wall: clock.wall),
                in: world)
            core.prepare = { [clock] in $0.wall = clock.wall }
            core.perform = { [unowned self] in perform($0) }
            core.afterStep = { [unowned self] in
                oracle.checkOutcomes(of: name)
                if disk.queued > 4096 { oracle.violate("I8: \(disk.queued) appends wait") }
            }
            core.forgetsTime = bug == .timerForgotten
            self.core = core
            usesNextKey = false
            if box.hasScreen { core.feed(.screens(1)) }
            core.feed(.start)
            announceKey()
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

    /// The box was made a next key, in this life of the process or an earlier one.
    private func announceKey() {
        guard let nextKey, !isOld else { return }
        let current = life
        world.after(2000...15_000) { [unowned self] in if life == current { feed(.nextKey(nextKey)) } }
    }

    /// With the next start.
    func upgrade() { isOld = false }

    func isPrinting(_ release: ReleaseID) -> Bool { lines[release] != nil }

    var journalBytes: [UInt8] { disk.bytes }

    // MARK: People

    func read(_ read: RawRead, at reader: String) {
        feed(.read(reader: reader, read, key: heldKey()))
    }

    /// What was held to the reader could not be read.
    func fails(at reader: String) {
        feed(.unreadable(reader: reader, key: heldKey()))
    }

    private func heldKey() -> [UInt8] {
        let key = newKey()
        if isUp { oracle.holds(key, at: name) }
        return key
    }

    private func newKey() -> [UInt8] { world.bytes(16) }

    func command(_ command: DeskCommand, at reader: String?) {
        feed(.command(command, reader: reader, screen: 1, key: newKey()))
    }

    func press(_ digits: [UInt8], life: Int) {
        guard life == self.life else { return }
        guard let digit = digits.first else { return press(.enter) }
        press(.digit(digit))
        world.after(50...400) { [unowned self] in press(Array(digits.dropFirst()), life: life) }
    }

    func press(_ key: Keypad.Action) {
        if bug == .secretLogged { log(key) }
        feed(.key(key, from: Self.keypad, key: newKey()))
    }

    private func log(_ key: Keypad.Action) {
        if case .digit(let digit) = key { pressed.append(digit) } else { pressed = [] }
        trace.note("typed \(String(decoding: pressed, as: UTF8.self))")
    }

    func feed(_ event: AgentCore.Event) { core?.feed(event) }

    // MARK: Actions

    private func perform(_ action: AgentCore.Action) {
        trace.mark(5, name, action)
        forgetShown(before: action)
        switch action {
        case .dial: dial()
        case .send(let bytes): link?.sendUp(bytes)
        case .hangUp: hangUp()
        case .journal(let token, let entries):
            for entry in entries { oracle.journals(entry, stream: stream, at: name) }
            let current = life
            disk.append(entries) { [unowned self] in
                for entry in entries { oracle.journaled(entry, at: name) }
                if life == current { feed(.journaled(token)) }
            }
        case .compact(let bytes): disk.replace(by: bytes)
        case .needStream:
            stream = world.bytes(16)
            feed(.newStream(stream))
        case .show(let reader, let feedback):
            lastShown = reader
            oracle.shown(feedback, at: reader, of: name)
            onShow?(reader, feedback)
        case .note(.answered(let reader, _, _)):
            oracle.scan("\(action)", in: "the log of \(name)")
            // The outcome is what was just shown there, for all reads that hung together.
            if lastShown == reader { oracle.showedOutcome(at: reader, of: name) }
        case .note(.readUnrecorded): oracle.excused(name)
        case .view(let view): onView?(view)
        case .refuseCommand: break
        case .dialPrinter(let release, _): dialPrinter(release)
        case .writePrinter(let release, let bytes):
            if bug == .documentSentTwice { lines[release]?.sent += bytes }
            lines[release]?.line?.toPrinter.write(bytes)
        case .hangUpPrinter(let release):
            closePrinter(release)
            lines[release] = nil
        case .openCustody, .appendCustody, .finishCustody, .removeCustody, .readCustody: performCustody(action)
        case .useKey(let isNext): usesNextKey = isNext
        case .adoptKey: adoptKey()
        case .dropKey: nextKey = nil
        case .note: oracle.scan("\(action)", in: "the log of \(name)")
        case .stopped: end()
        }
    }

    private func adoptKey() {
        guard let next = nextKey else { return oracle.violate("\(name) adopts a key that it does not have") }
        oracle.retiredKeys[key] = next.key
        oracle.saw(.keyChanged)
        (key, nextKey, usesNextKey) = (next.key, nil, false)
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
        oracle.saw(.cutOff)
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
            let link = SimLink(world, isPlain: isOld || server.isOld, faults: faults)
            link.onClog = { [oracle] in oracle.saw(.clogged) }
            self.link = link
            link.down.onBytes = { [unowned self] in feed(.received($0)) }
            link.onAgentEnd = { [unowned self] in linkDown() }
            server.connect(link, key: usesNextKey ? nextKey?.key ?? key : key)
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
}
