// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Credentials
import Crypto
import Glibc
package import HostIO
package import Ops
import PrinterMachines
import Primitives
import ReaderMachines
import ReleaseWire

/// Performs what ``AgentCore`` asks for on one loop: sockets, devices, the journal's file, the display. It decides
/// nothing.
package final class AgentRuntime {
    /// The server is asked to confirm its life by the protocol; this bounds what comes before: name, TCP, TLS.
    package static let connectLimit = Duration.seconds(10)

    private let settings: AgentSettings
    private let loop: Loop
    private let observer: Observer
    private let core: MachineRunner<AgentCore>
    private let journal: JournalFile
    private let custody: CustodyStore
    private let link: ServerLink
    private let keys: KeyFolder
    private let printers: PrinterLinks
    let readers: ReaderBench
    private let display: DisplayServer
    private let onStopped: () -> Void
    private var isClosed = false

    /// Recovers the journal; nothing is opened to the outside before ``start()``.
    package init(
        _ settings: AgentSettings, enrolment: EnrolledState, on loop: Loop, observer: Observer,
        onStopped: @escaping () -> Void
    ) throws(OperatorError) {
        self.settings = settings
        self.loop = loop
        self.observer = observer
        self.onStopped = onStopped
        let (journal, state) = try JournalFile.open(settings.state + "/journal", on: loop, observer: observer) {
            observer.log($0)
            exit($0.exit.rawValue)
        }
        self.journal = journal
        keys = try KeyFolder(settings.state, enrolment)
        let offline = try OfflineStart.open(settings, journal: state, on: loop)
        custody = offline.store
        core = MachineRunner(
            AgentCore(
                software: "lanyard-agent", journal: state, offline: offline.box, desk: settings.desk,
                wall: Loop.wallTime()), on: loop)
        do throws(SystemFault) {
            let resolver = try Resolver(on: loop)
            link = ServerLink(settings, enrolment: enrolment, resolver: resolver, on: loop)
            printers = PrinterLinks(resolver: resolver, on: loop)
            display = try DisplayServer(path: settings.displaySocket, on: loop)
            readers = try ReaderBench(settings, resolver: resolver, on: loop, observer: observer)
        } catch {
            throw AgentRuntime.startFault(error, settings)
        }
    }

    private static func startFault(_ fault: SystemFault, _ settings: AgentSettings) -> OperatorError {
        fault.isAddressTaken
            ? OperatorError(
                .portTaken, "another program listens on \(settings.displaySocket)",
                remedy: "Is an agent running already? Stop it, or set display-socket.", cause: fault)
            : OperatorError(
                .permissionDenied, "the agent cannot open what it needs (\(settings.displaySocket), udev)",
                remedy: "Does the folder of display-socket exist, and may this user write to it?", cause: fault)
    }

    package func start() {
        core.prepare = { $0.wall = Loop.wallTime() }
        core.perform = { [unowned self] in perform($0) }
        core.onStep = observer.logs(.debug) ? { [unowned self] in logStep($0) } : nil
        link.onEvent = { [unowned self] in feed($0) }
        custody.onTrouble = { [unowned self] trouble in
            observer.log(
                .warning, "custody-trouble",
                ["what": trouble.what, "reason": "\(trouble.fault)", "remedy": trouble.remedy])
        }
        printers.onEvent = { [unowned self] in feed(.printer($0, $1)) }
        readers.onRead = { [unowned self] name, read in feed(.read(reader: name, read, key: newKey())) }
        readers.onKey = { [unowned self] name, pressed in feed(.key(pressed, from: name, key: newKey())) }
        readers.onBroken = { [unowned self] in feed(.unreadable(reader: $0, key: newKey())) }
        readers.onState = { [unowned self] name, state in
            display.show(reader: name, state: state)
        }
        readers.onChange = { [unowned self] in feed(.readers(readers.facts)) }
        readers.onForeign = { [unowned self] in display.show(foreign: $0) }
        display.onScreens = { [unowned self] in feed(.screens($0)) }
        display.onCommand = { [unowned self] screen, command, reader in
            feed(.command(command, reader: reader, screen: screen, key: newKey()))
        }
        display.onQuestion = { [unowned self] in keyAnswer(to: $0, from: $1) ?? readers.answer(to: $0, from: $1) }
        if let rotation = keys.rotation { feed(.nextKey(rotation)) }
        feed(.start)
        readers.start()
    }

    /// Finishes the document that is printing, then closes everything and says so.
    package func stop() { feed(.stop) }

    /// Closes everything within this call; what was journaled is on the disk after it.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        readers.close()
        link.close()
        printers.close()
        journal.stop()
        custody.stop()
        core.stop()
        display.close()
    }

    private func stopped() {
        guard !isClosed else { return }
        close()
        onStopped()
    }

    private func feed(_ event: AgentCore.Event) { core.feed(event) }

    /// Makes the next key, and sees to it that it comes to be used.
    func nextKey() throws(OperatorError) -> KeyRotation {
        let rotation = try keys.makeNext()
        feed(.nextKey(rotation))
        return rotation
    }

    private func keep(_ change: () throws(OperatorError) -> Void) {
        do throws(OperatorError) { try change() } catch { observer.log(error) }
    }

    private func newKey() -> [UInt8] { randomBytes(16) }

    private func perform(_ action: AgentCore.Action) {
        switch action {
        case .dial: link.dial()
        case .send(let bytes): link.send(bytes)
        case .hangUp: link.hangUp()
        case .journal(let token, let entries): journal.append(entries) { [weak self] in self?.feed(.journaled(token)) }
        case .compact(let bytes): journal.replace(by: bytes)
        case .needStream: feed(.newStream(randomBytes(16)))
        case .show(let reader, let feedback):
            display.show(reader: reader, feedback)
            if let signal = feedback.signal { readers.signal(reader, signal) }
        case .view(let view): display.show(view)
        case .refuseCommand(let screen, let fault): display.refuse(screen, fault)
        case .dialPrinter(let release, let uri): printers.dial(release, uri: uri)
        case .writePrinter(let release, let bytes): printers.write(release, bytes)
        case .hangUpPrinter(let release): printers.hangUp(release)
        case .useKey(let isNext): link.use(keys.key(isNext: isNext))
        case .adoptKey: keep { () throws(OperatorError) in try keys.adopt() }
        case .dropKey: keep { () throws(OperatorError) in try keys.drop() }
        case .openCustody, .appendCustody, .finishCustody, .removeCustody, .readCustody: performCustody(action)
        case .note(let note): log(note)
        case .stopped: loop.soon { [weak self] in self?.stopped() }
        }
    }

    private func performCustody(_ action: AgentCore.Action) {
        switch action {
        case .openCustody(let fence): custody.submit(.open(fence))
        case .appendCustody(let fence, let bytes):
            custody.submit(.append(fence, bytes)) { [weak self] reply in
                guard case .appended(let count) = reply else { return }
                self?.feed(.custodyAppended(fence, bytes: count))
            }
        case .finishCustody(let fence, let sha256):
            custody.submit(.finish(fence, sha256: sha256)) { [weak self] reply in
                guard case .finished(let isWhole) = reply else { return }
                self?.feed(.custodyFinished(fence, isWhole: isWhole))
            }
        case .removeCustody(let fence): custody.submit(.remove(fence))
        case .readCustody(let fence, let offset, let limit):
            custody.submit(.read(fence, offset: offset, limit: limit)) { [weak self] reply in
                guard case .piece(let piece) = reply else { return }
                self?.feed(.custodyRead(fence, piece))
            }
        default: preconditionFailure("the caller has sorted out the rest")
        }
    }

    private func logStep(_ step: MachineRunner<AgentCore>.Step) {
        let (kind, name) = step.summary
        observer.log(.debug, "step", ["machine": "agent", "kind": kind, "name": name])
    }

    private func log(_ note: AgentNote) {
        switch note {
        case .linkOpened(let agent, let epoch):
            observer.log(.info, "link-opened", ["agent": agent, "epoch": epoch])
            display.show(linkOpen: true)
        case .linkClosed(let reason, let wait):
            let why = reason.map { "\($0)" } ?? link.lastProblem ?? "connection lost"
            let remedy = reason?.remedy(for: settings.name) ?? "none"
            observer.log(.warning, "link-closed", ["reason": why, "retry-in": wait, "remedy": remedy])
            display.show(linkOpen: false)
        case .read(let reader, let what): observer.log(.info, "badge-read", ["reader": reader, "read": what])
        case .readDuplicate(let reader): observer.log(.debug, "badge-duplicate", ["reader": reader])
        case .readUnrecorded(let reader): observer.log(.debug, "badge-unrecorded", ["reader": reader])
        case .answered(let reader, let result, let after):
            observer.log(.info, "badge-answered", ["reader": reader, "result": "\(result)", "after": after])
        case .releaseBegan(let release): observer.log(.info, "release-began", ["release": release])
        case .releaseEnded(let release, let outcome, let printer, let obstacle):
            observer.log(.info, "release-ended", ["release": release, "outcome": outcome])
            guard let obstacle else { return }
            observer.log(
                .warning, "printer-trouble",
                [
                    "release": release, "printer": printer.name, "address": printer.uri, "reason": obstacle.cause,
                    "remedy": obstacle.remedy,
                ])
        case .journalFull:
            observer.log(
                OperatorError(
                    .storeFull, "the agent's journal is full: nothing is released",
                    remedy: "Bring the server back; the agent drains its journal by itself."))
        case .streamUnknown:
            observer.log(
                OperatorError(
                    .storeFailed, "the server cannot follow this agent's events, so they begin anew",
                    remedy: "Was the server's store or \(settings.state) restored from a copy? See jobs --in-doubt."))
        case .journalCompacted: observer.log(.debug, "journal-compacted")
        case .chargesWait(let count):
            observer.log(
                .warning, "charges-wait",
                ["count": count, "reason": "the server is too old for releases made without it"])
            display.show(chargesWaiting: count)
        case .chargesGo(let count):
            observer.log(.info, "charges-told", ["count": count])
            display.show(chargesWaiting: 0)
        case .keyChanged: observer.log(.info, "key-changed", ["key": keys.key(isNext: false).keyHash.short])
        case .keyRefused(let code): observer.log(.warning, "key-refused", ["reason": "\(code)"])
        }
    }
}
