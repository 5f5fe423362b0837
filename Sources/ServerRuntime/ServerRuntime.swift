// SPDX-License-Identifier: Apache-2.0

import Crypto
package import HostIO
package import Ops
package import Primitives
package import ServerCore
import ReleaseRules
import SpoolWire
import Store

/// Performs what the server's machines ask for on one loop: sockets, the store's and the documents' threads, the page
/// counter's processes. It decides nothing.
package final class ServerRuntime {
    let settings: ServerSettings
    let loop: Loop
    let observer: Observer
    let release: MachineRunner<ReleaseService>
    let intake: MachineRunner<IntakeService>
    let housekeeper: MachineRunner<Housekeeper>
    let agents: AgentListener
    let clients: IntakeListener
    let store: StoreThread
    let documents: DocumentThread
    let pins: PINChecker
    let analyzer: Analyzer
    private let reserve: DiskReserve
    var storeSpell = StorageSpell()
    var spoolSpell = StorageSpell()
    private var onStopped: (() -> Void)?
    private var farewell: TimerToken?
    private var isStopped = false

    /// Opens keys and store; listens nowhere before ``start()``.
    /// - Parameter reviewInterval: a test's own.
    package init(
        _ settings: ServerSettings, on loop: Loop, observer: Observer,
        reviewInterval: Duration = Housekeeper.reviewInterval
    ) throws(OperatorError) {
        self.settings = settings
        self.loop = loop
        self.observer = observer
        let keys = try ServerKeys.load(from: settings.state)
        store = try ServerStart.openStore(settings, keys, on: loop)
        documents = try ServerStart.openDocuments(settings, keys, known: store.spoolNames, on: loop)
        pins = try ServerStart.startPINs(on: loop)
        analyzer = Analyzer(program: settings.analyzer, on: loop)
        let numbers = LinkNumbers()
        agents = AgentListener(
            identity: keys.identity, peers: settings.peers, numbers: numbers, on: loop, observer: observer)
        clients = IntakeListener(
            trusted: settings.trustedHosts, peers: settings.peers, numbers: numbers, on: loop, observer: observer)
        let wall = Loop.wallTime()
        release = MachineRunner(ReleaseService(offline: settings.offline, wall: wall), on: loop)
        let queues = settings.queues.isEmpty ? nil : Set(settings.queues)
        var limits = LPDReceiver.Limits()
        limits.document = settings.documentLimit
        let marks = settings.spoolMarks
        intake = MachineRunner(IntakeService(queues: queues, limits: limits, marks: marks, wall: wall), on: loop)
        housekeeper = MachineRunner(
            Housekeeper(wall: wall, marks: marks, reviewInterval: reviewInterval), on: loop)
        reserve = DiskReserve(path: settings.state + "/lanyard.reserve", size: SpoolRule.reserve)
    }

    /// What an operator should look at, a sentence each.
    package var warnings: [String] {
        ServerLog.warning(of: housekeeper.machine.disk).map { [$0] } ?? []
    }

    package var releasePort: UInt16 { agents.port }
    package var lpdPort: UInt16 { clients.port }
    package var connectedAgents: Set<String> { Set(release.machine.connectedAgents) }

    /// A failure leaves nothing open.
    package func start() throws(OperatorError) {
        release.prepare = { $0.wall = Loop.wallTime() }
        intake.prepare = { $0.wall = Loop.wallTime() }
        housekeeper.prepare = { $0.wall = Loop.wallTime() }
        release.perform = { [unowned self] in perform($0) }
        intake.perform = { [unowned self] in perform($0) }
        housekeeper.perform = { [unowned self] in perform($0) }
        logSteps()
        agents.onEvent = { [weak self] in self?.release.feed($0) }
        clients.onEvent = { [weak self] in self?.intake.feed($0) }
        do throws(OperatorError) {
            try agents.listen(settings.listen, port: settings.releasePort)
            try clients.listen(settings.listen, port: settings.lpdPort)
        } catch {
            close()
            throw error
        }
        housekeeper.feed(.started)
    }

    private func logSteps() {
        guard observer.logs(.debug) else { return }
        release.onStep = { [observer] in ServerLog.write("release", $0.summary, to: observer) }
        intake.onStep = { [observer] in ServerLog.write("intake", $0.summary, to: observer) }
        housekeeper.onStep = { [observer] in ServerLog.write("housekeeper", $0.summary, to: observer) }
    }

    /// How long agents are given to take their farewell.
    package static let farewellLimit = Duration.seconds(1)

    /// Takes nothing new, tells the agents, lets what is being sent and stored finish. The loop must go on until
    /// `done`, once all is closed.
    package func stop(then done: @escaping () -> Void) {
        guard !isStopped, onStopped == nil else { return }
        onStopped = done
        clients.leave()
        agents.closeDoor()
        release.feed(.drain)
    }

    private func sayFarewell() {
        farewell = loop.schedule(after: Self.farewellLimit) { [weak self] in self?.endFarewell() }
        agents.leave { [loop, weak self] in loop.soon { self?.endFarewell() } }
    }

    private func endFarewell() {
        let done = onStopped
        onStopped = nil
        close()
        done?()
    }

    /// Ends everything within this call, after what the threads have been asked to do.
    package func close() {
        guard !isStopped else { return }
        isStopped = true
        if let farewell { loop.cancel(farewell) }
        agents.stop()
        // A document's end becomes a job, and the job's acknowledgement still leaves by its open connection.
        documents.stop()
        analyzer.stop()
        store.stop()
        pins.stop()
        clients.stop()
        release.stop()
        intake.stop()
        housekeeper.stop()
    }

    package func administer(_ request: AdminRequest, by: String, then reply: @escaping (AdminReply) -> Void) {
        store.submit(request, at: Loop.wallTime(), by: by) { [weak self] answer in
            self?.watch(request, answer)
            self?.release.feed(.administered(request, answer))
            reply(answer)
        }
    }

    /// scrypt on its own threads; `nil` when too many wait.
    package func hashPIN(_ digits: SecretBytes, then done: @escaping (PINHash?) -> Void) {
        pins.hash(digits, then: done)
    }

    private func perform(_ action: ReleaseService.Action) {
        switch action {
        case .send(let link, let bytes): agents.send(link, bytes)
        case .close(let link): agents.close(link)
        case .admit(let link): agents.admit(link)
        case .drained: sayFarewell()
        case .ask(let question, let request):
            ask(request) { [weak self] in self?.release.feed(.answered(question, $0)) }
        case .checkPIN(let question, let pin, let hash):
            pins.check(pin, against: hash) { [weak self] in self?.release.feed(.pinChecked(question, matched: $0)) }
        case .hashPIN(let question, let pin):
            pins.hash(pin) { [weak self] in self?.release.feed(.pinHashed(question, $0)) }
        case .readDocument(let question, let document, let offset, let limit):
            documents.submit(.read(document, offset: offset, limit: limit)) { [weak self] in
                self?.release.feed(.documentRead(question, $0.piece))
            }
        case .note(let note): ServerLog.write(note, to: observer)
        case .storeIsFull: housekeeper.feed(.storeIsFull)
        }
    }

    private func perform(_ action: IntakeService.Action) {
        switch action {
        case .send(let link, let bytes): clients.send(link, bytes)
        case .close(let link): clients.close(link)
        case .pause(let link): clients.pause(link)
        case .resume(let link): clients.resume(link)
        case .begin(let token): documents.submit(.begin(token)) { _ in }
        case .append(let token, let bytes):
            keep(.append(token, bytes)) { [weak self] in
                self?.intake.feed(.appended(token, isStored: $0 == .done))
            }
        case .finish(let token):
            keep(.finish(token)) { [weak self] in self?.intake.feed(.finished(token, $0.document)) }
        case .discard(let token): documents.submit(.discard(token)) { _ in }
        case .remove(let document): documents.submit(.remove([document])) { _ in }
        case .ask(let question, let request):
            ask(request) { [weak self] in self?.intake.feed(.answered(question, $0)) }
        case .analyse(let job, let document): housekeeper.feed(.analyse(job, document))
        case .note(let note): ServerLog.write(note, to: observer)
        case .storeIsFull: housekeeper.feed(.storeIsFull)
        }
    }

    private func perform(_ action: Housekeeper.Action) {
        switch action {
        case .analyse(let job, let document):
            documents.copy(document, limit: Analyzer.sizeLimit) { [weak self] memory in
                guard let self else { return }
                guard let memory else {
                    let failure = "the document is too large to be counted, or cannot be read"
                    return housekeeper.feed(.analysed(job, kind: "", nil, failure: failure))
                }
                analyzer.analyse(memory) { [weak self] finding in
                    self?.housekeeper.feed(
                        .analysed(job, kind: finding.kind, finding.count, failure: finding.failure))
                }
            }
        case .ask(let question, let request):
            ask(request) { [weak self] in self?.housekeeper.feed(.answered(question, $0)) }
        case .reviewSeats: release.feed(.review)
        case .remove(let gone): documents.submit(.remove(gone)) { _ in }
        case .note(let note): ServerLog.write(note, to: observer)
        case .measureDisk:
            documents.submit(.measure) { [weak self] in self?.housekeeper.feed(.diskMeasured($0.room)) }
        case .take(let state): intake.feed(.take(state))
        case .makeReserve:
            documents.submit(.make(reserve)) { [weak self] in self?.housekeeper.feed(.reserveMade($0 == .done)) }
        case .dropReserve: documents.submit(.drop(reserve)) { _ in }
        }
    }
}
