// SPDX-License-Identifier: Apache-2.0

import Crypto
package import HostIO
package import Ops
package import Primitives
package import ServerCore
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

    /// Opens keys and store; listens nowhere before ``start()``.
    package init(_ settings: ServerSettings, on loop: Loop, observer: Observer) throws(OperatorError) {
        self.settings = settings
        self.loop = loop
        self.observer = observer
        let keys = try ServerKeys.load(from: settings.state)
        store = try ServerStart.openStore(settings, keys, on: loop)
        documents = try ServerStart.openDocuments(settings, keys, known: store.spoolNames, on: loop)
        pins = try ServerStart.startPINs(on: loop)
        analyzer = Analyzer(program: settings.analyzer, on: loop)
        agents = AgentListener(identity: keys.identity, on: loop, observer: observer)
        clients = IntakeListener(trusted: settings.trustedHosts, on: loop, observer: observer)
        let wall = Loop.wallTime()
        release = MachineRunner(ReleaseService(wall: wall), on: loop)
        let queues = settings.queues.isEmpty ? nil : Set(settings.queues)
        var limits = LPDReceiver.Limits()
        limits.document = settings.documentLimit
        intake = MachineRunner(IntakeService(queues: queues, limits: limits, wall: wall), on: loop)
        housekeeper = MachineRunner(Housekeeper(wall: wall), on: loop)
    }

    package var releasePort: UInt16 { agents.port }
    package var lpdPort: UInt16 { clients.port }
    package var connectedAgents: Set<String> { Set(release.machine.connectedAgents) }

    package func start() throws(OperatorError) {
        release.prepare = { $0.wall = Loop.wallTime() }
        intake.prepare = { $0.wall = Loop.wallTime() }
        housekeeper.prepare = { $0.wall = Loop.wallTime() }
        release.perform = { [unowned self] in perform($0) }
        intake.perform = { [unowned self] in perform($0) }
        housekeeper.perform = { [unowned self] in perform($0) }
        if observer.logs(.debug) {
            release.onStep = { [observer] in observer.log(.debug, "release", ["step": "\($0)".prefix(200)]) }
            intake.onStep = { [observer] in observer.log(.debug, "intake", ["step": "\($0)".prefix(200)]) }
            housekeeper.onStep = { [observer] in observer.log(.debug, "housekeeper", ["step": "\($0)".prefix(200)]) }
        }
        agents.onEvent = { [unowned self] in release.feed($0) }
        clients.onEvent = { [unowned self] in intake.feed($0) }
        try agents.listen(settings.listen, port: settings.releasePort)
        try clients.listen(settings.listen, port: settings.lpdPort)
        housekeeper.feed(.started)
    }

    /// Takes nothing new, says farewell, lets what is being stored finish.
    package func stop() {
        agents.stop()
        clients.stop()
        release.feed(.dismiss(agent: nil))
        documents.stop()
        store.stop()
    }

    /// What the administrator asks; a revoked agent is cut off at once.
    package func administer(_ request: AdminRequest, by: String, then reply: @escaping (AdminReply) -> Void) {
        store.submit(request, at: Loop.wallTime(), by: by) { [unowned self] answer in
            if case .revokeAgent(let name) = request, answer == .done { release.feed(.dismiss(agent: name)) }
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
        case .ask(let question, let request):
            store.submit(request) { [unowned self] in release.feed(.answered(question, $0)) }
        case .checkPIN(let question, let pin, let hash):
            pins.check(pin, against: hash) { [unowned self] in release.feed(.pinChecked(question, matched: $0)) }
        case .readDocument(let question, let document, let offset, let limit):
            documents.submit(.read(document, offset: offset, limit: limit)) { [unowned self] in
                release.feed(.documentRead(question, $0.piece))
            }
        case .note(let note): ServerLog.write(note, to: observer)
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
            documents.submit(.append(token, bytes)) { [unowned self] in
                intake.feed(.appended(token, isStored: $0 == .done))
            }
        case .finish(let token):
            documents.submit(.finish(token)) { [unowned self] in intake.feed(.finished(token, $0.document)) }
        case .discard(let token): documents.submit(.discard(token)) { _ in }
        case .remove(let document): documents.submit(.remove([document])) { _ in }
        case .ask(let question, let request):
            store.submit(request) { [unowned self] in intake.feed(.answered(question, $0)) }
        case .analyse(let job, let document): housekeeper.feed(.analyse(job, document))
        case .note(let note): ServerLog.write(note, to: observer)
        }
    }

    private func perform(_ action: Housekeeper.Action) {
        switch action {
        case .analyse(let job, let document):
            WholeDocument.read(document, limit: Analyzer.sizeLimit, from: documents) { [unowned self] bytes in
                guard let bytes else {
                    let failure = "the document is too large to be counted, or cannot be read"
                    return housekeeper.feed(.analysed(job, kind: "", nil, failure: failure))
                }
                analyzer.analyse(bytes) { [unowned self] finding in
                    housekeeper.feed(
                        .analysed(job, kind: finding.kind, finding.count, failure: finding.failure))
                }
            }
        case .ask(let question, let request):
            store.submit(request) { [unowned self] in housekeeper.feed(.answered(question, $0)) }
        case .remove(let gone): documents.submit(.remove(gone)) { _ in }
        case .note(let note): ServerLog.write(note, to: observer)
        }
    }
}
