// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import SpoolWire
import Store

/// The server's process: its machines, and around them what survives it.
final class SimServer {
    let store: SimStore
    private let documents: SimDocuments
    let clock: SimClock
    let world: World
    let oracle: SimOracle
    /// Of the version before.
    var isOld = false
    /// The process begins: its settings are read.
    var onStart: () -> Void = {}
    /// It ended as it was asked to.
    var onDrained: () -> Void = {}
    private let trace: SimTrace
    private let bug: SimBug?
    private var release: SimRunner<ReleaseService>?
    private var intake: SimRunner<IntakeService>?
    private var housekeeper: SimRunner<Housekeeper>?
    private var links: [LinkID: SimLink] = [:]
    private var clients: [LinkID: SimClientLine] = [:]
    private var lastLink: UInt64 = 0
    private var life = 0

    init(
        _ core: StoreCore, _ world: World, trace: SimTrace, oracle: SimOracle, faults: @escaping () -> SimFaults,
        bug: SimBug?
    ) {
        self.world = world
        self.trace = trace
        self.oracle = oracle
        self.bug = bug
        clock = SimClock(world, offBy: 0)
        store = SimStore(core, world, oracle: oracle, faults: faults, bug: bug)
        documents = SimDocuments(world, faults: faults, bug: bug)
    }

    var isUp: Bool { release != nil }

    // MARK: The process

    func start() {
        guard !isUp else { return }
        trace.note("server starts")
        onStart()
        let release = SimRunner(ReleaseService(offline: oracle.policy, wall: clock.wall), in: world)
        let intake = SimRunner(IntakeService(queues: nil, wall: clock.wall), in: world)
        let housekeeper = SimRunner(Housekeeper(wall: clock.wall), in: world)
        release.prepare = { [clock] in $0.wall = clock.wall }
        intake.prepare = { [clock] in $0.wall = clock.wall }
        housekeeper.prepare = { [clock] in $0.wall = clock.wall }
        release.perform = { [unowned self] in perform($0) }
        intake.perform = { [unowned self] in perform($0) }
        housekeeper.perform = { [unowned self] in perform($0) }
        release.afterStep = { [unowned self] in checkLimits() }
        (self.release, self.intake, self.housekeeper) = (release, intake, housekeeper)
        housekeeper.feed(.started)
    }

    func crash() {
        guard isUp else { return }
        trace.note("server crashes")
        life += 1
        release?.stop()
        intake?.stop()
        housekeeper?.stop()
        (release, intake, housekeeper) = (nil, nil, nil)
        store.crash()
        documents.crash()
        for id in links.keys.sorted() {
            links[id]?.onServerEnd = nil
            links[id]?.reset(isHalfOpen: false)
        }
        for id in clients.keys.sorted() { clients[id]?.serverIsGone() }
        (links, clients) = ([:], [:])
    }

    /// Says farewell and finishes what is open; some of it may still be on its way when the process ends.
    func stop() {
        guard isUp else { return }
        trace.note("server stops")
        release?.feed(.drain)
    }

    /// What an administrator has asked of the store.
    func administered(_ request: AdminRequest, _ reply: AdminReply) {
        if case .revokeAgent = request, bug == .revokedStaysConnected { return }
        release?.feed(.administered(request, reply))
    }

    func isConnected(_ agent: String) -> Bool { release?.machine.connectedAgents.contains(agent) == true }

    func later(_ wait: ClosedRange<Int>, _ body: @escaping (SimServer) -> Void) {
        let current = life
        world.after(wait) { [unowned self] in if life == current { body(self) } }
    }

    // MARK: Connections

    func connect(_ link: SimLink, key: KeyHash) {
        let id = nextLink()
        links[id] = link
        link.up.onBytes = { [unowned self] in release?.feed(.received(id, $0)) }
        link.down.onDrained = { [unowned self] in if links[id] === link { release?.feed(.drained(id)) } }
        link.onServerEnd = { [unowned self] in
            links[id] = nil
            release?.feed(.disconnected(id))
        }
        release?.feed(.connected(id, key: key))
    }

    func resetLinks(isHalfOpen: Bool) {
        guard let id = links.keys.sorted().randomElement(using: &world.random), let link = links[id] else { return }
        oracle.saw(isHalfOpen ? .halfOpen : .reset)
        trace.note("link \(id.value) is reset\(isHalfOpen ? ", half open" : "")")
        link.reset(isHalfOpen: isHalfOpen)
    }

    func connect(_ client: SimClientLine, host: String) {
        let id = nextLink()
        clients[id] = client
        client.toServer.onBytes = { [unowned self] in intake?.feed(.received(id, $0)) }
        client.onServerEnd = { [unowned self] ending in
            clients[id] = nil
            intake?.feed(.disconnected(id, ending))
        }
        intake?.feed(.connected(id, host: host, isTrusted: true))
    }

    private func nextLink() -> LinkID {
        lastLink += 1
        return LinkID(lastLink)
    }

    private func checkLimits() {
        let bound = ReleaseService.congestionLimit + 2 * DocumentPiece.limit
        for (id, link) in links where link.down.waiting > bound {
            oracle.violate("I8: \(link.down.waiting) bytes wait for link \(id.value)")
        }
        if store.queued > StoreThread.requestLimit { oracle.violate("I8: \(store.queued) requests wait") }
    }

    // MARK: Actions

    private func perform(_ action: ReleaseService.Action) {
        trace.mark(1, "server", action)
        switch action {
        case .send(let id, let bytes): links[id]?.sendDown(bytes)
        case .close(let id): links.removeValue(forKey: id)?.closeFromServer()
        case .admit: break
        case .drained:
            later(0...300) {
                $0.crash()
                $0.onDrained()
            }
        case .ask(let question, let request):
            ask(request) { $0.release?.feed(.answered(question, $1)) }
        case .checkPIN(let question, let secret, let hash):
            let matched = hash.map { $0 == SimUser.hash(of: secret.revealed) } ?? false
            later(50...150) { $0.release?.feed(.pinChecked(question, matched: matched)) }
        case .hashPIN(let question, let secret):
            let hash = SimUser.hash(of: secret.revealed)
            later(50...150) { $0.release?.feed(.pinHashed(question, hash)) }
        case .readDocument(let question, let document, let offset, let limit):
            documents.read(document, offset: offset, limit: limit) { [unowned self] in
                release?.feed(.documentRead(question, $0))
            }
        case .note(let note): oracle.scan("\(note)", in: "the server's log")
        case .storeIsFull: housekeeper?.feed(.storeIsFull)
        }
    }

    private func ask(_ request: StoreRequest, then done: @escaping (SimServer, StoreReply) -> Void) {
        if case .reviewSeats = request, bug == .revokedStaysConnected { return }
        oracle.requested(request)
        store.submit(request) { [unowned self] in done(self, $0) }
    }

    private func perform(_ action: IntakeService.Action) {
        trace.mark(2, "intake", action)
        switch action {
        case .send(let id, let bytes): clients[id]?.toClient.write(bytes)
        case .close(let id): clients.removeValue(forKey: id)?.closeFromServer()
        case .pause(let id): clients[id]?.toServer.pause(true)
        case .resume(let id): clients[id]?.toServer.pause(false)
        case .begin(let token): documents.begin(token)
        case .append(let token, let bytes):
            documents.append(token, bytes) { [unowned self] in intake?.feed(.appended(token, isStored: $0)) }
        case .finish(let token):
            documents.finish(token) { [unowned self] in intake?.feed(.finished(token, $0)) }
        case .discard(let token): documents.discard(token)
        case .remove(let document): documents.remove(document)
        case .ask(let question, let request): ask(request) { $0.intake?.feed(.answered(question, $1)) }
        case .analyse(let job, let document): housekeeper?.feed(.analyse(job, document))
        case .note: break
        case .storeIsFull: housekeeper?.feed(.storeIsFull)
        }
    }

    private func perform(_ action: Housekeeper.Action) {
        trace.mark(3, "housekeeper", action)
        switch action {
        case .analyse(let job, let document):
            let pages = documents.pages(of: document)
            let count: PageCount? = world.chance(0.2) ? nil : PageCount(pages: pages, colorPages: 0)
            later(10...300) {
                $0.housekeeper?.feed(.analysed(job, kind: "", count, failure: count == nil ? "odd" : nil))
            }
        case .ask(let question, let request): ask(request) { $0.housekeeper?.feed(.answered(question, $1)) }
        case .reviewSeats: release?.feed(.review)
        case .remove(let gone): for document in gone { documents.remove(document) }
        case .note, .dropReserve: break
        case .measureDisk:
            let room = documents.room()
            later(0...5) { $0.housekeeper?.feed(.diskMeasured(room)) }
        case .take(let state): intake?.feed(.take(state))
        case .makeReserve: later(0...5) { $0.housekeeper?.feed(.reserveMade(true)) }
        }
    }
}
