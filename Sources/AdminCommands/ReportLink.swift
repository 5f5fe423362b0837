// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Ops
import PrintModel
import Primitives
import ReleaseWire

/// One connection to a server's release port, for a program that enrols or reads reports and then ends: every call
/// returns when it is done.
final class ReportLink {
    /// For name, TCP and handshake; then for each answer.
    static let limit = Duration.seconds(30)

    let place: HostPort
    private let loop: Loop
    private let identity: Identity
    /// Nobody else comes with this key meanwhile.
    private let lock: Descriptor
    private var dialer: TLSDialer?
    private var channel: TLSChannel?
    private var session: MachineRunner<AgentSession>?
    private var lastCorrelation: UInt32 = 0
    private var heard: [AgentSession.Action] = []
    private var problem: String?

    init(_ place: HostPort, identity: Identity, lock: consuming Descriptor) throws(OperatorError) {
        self.place = place
        self.identity = identity
        self.lock = lock
        do { loop = try Loop() } catch {
            throw OperatorError(.internalFault, "no loop", remedy: "See the system's limits.", cause: error)
        }
    }

    deinit { close() }

    func close() {
        dialer?.cancel()
        channel?.close()
        session?.stop()
    }

    // MARK: What it is for

    /// - Returns: the server's key and the name under which it knows this program.
    func enrol(_ code: EnrolmentCode, as name: String) throws(OperatorError) -> (server: KeyHash, name: String) {
        let server = try connect(code.pin)
        let proof = code.proof(agent: identity.keyHash, server: server)
        try open(.enrol(Enrolment(name: name, proof: proof, purpose: .reports)))
        switch try next() {
        case .enrolled(let name): return (server, name)
        case .close(.refused(let refusal)):
            throw OperatorError(
                .enrolmentRefused, "the server refused the enrolment (\(refusal.code))",
                remedy: refusal.enrolmentRemedy(
                    newKey: "name a new folder with --identity", life: EnrolmentCode.life.words,
                    command: "lanyard agent enrol-code --right reports"))
        case let other: throw unexpected(other)
        }
    }

    func begin(_ server: KeyHash) throws(OperatorError) {
        _ = try connect(.exact(server))
        // This program has no events; the name of its stream only has to stay the same.
        let hello = Hello(
            software: "lanyard report", stream: Array(identity.keyHash.bytes.prefix(Wire.keyLength)), nextSequence: 1,
            unsettled: [], capabilities: [.reports])
        try open(.hello(hello))
        switch try next() {
        case .opened where session?.machine.agreed.contains(.reports) == true: return
        case .opened:
            throw OperatorError(.serverUnreachable, "\(place) has no reports", remedy: "Its version is too old.")
        case .close(.refused(let refusal)): throw refused(refusal)
        case let other: throw unexpected(other)
        }
    }

    func ask(_ query: ReportQuery) throws(OperatorError) -> ReportPage {
        lastCorrelation += 1
        session?.feed(.request(lastCorrelation, .reportQuery(query)))
        switch try next() {
        case .reply(_, .report(let page)): return page
        case .reply(_, .refused(let refusal)), .close(.refused(let refusal)): throw refused(refusal)
        case let other: throw unexpected(other)
        }
    }

    // MARK: The connection

    private func connect(_ pin: Pin) throws(OperatorError) -> KeyHash {
        var result: Result<(channel: TLSChannel, server: KeyHash), TLSDialer.Failure>?
        do throws(SystemFault) {
            let context = TLSContext(.client(pin), identity: identity)
            dialer = TLSDialer(
                place.host, port: place.port, context: context, within: Self.limit, resolver: try Resolver(on: loop),
                on: loop
            ) { result = $0 }
            while result == nil { try loop.turn() }
        } catch {
            throw unreachable("\(error)")
        }
        switch result {
        case .success(let found):
            channel = found.channel
            return found.server
        case .failure(let failure) where failure.isWrongServer:
            throw OperatorError(
                .serverIdentityWrong, "\(place) is another server than the one that this program enrolled at",
                remedy: "Check --via, or enrol again: lanyard report enrol --via \(place).")
        case .failure(let failure): throw unreachable("\(failure)")
        case nil: throw unreachable("no answer")
        }
    }

    private func open(_ opening: AgentSession.Opening) throws(OperatorError) {
        var machine = AgentSession(opening: opening, openedAt: loop.now)
        let first = machine.start(at: loop.now)
        let runner = MachineRunner(machine, on: loop) { [unowned self] in perform($0) }
        session = runner
        channel?.onBytes = { runner.feed(.received($0)) }
        channel?.onEnd = { runner.feed(.disconnected) }
        channel?.onClosed = { [unowned self, weak channel = self.channel] fault in
            problem = channel?.problem(fault)
            runner.feed(.disconnected)
        }
        for action in first { perform(action) }
    }

    private func perform(_ action: AgentSession.Action) {
        if case .send(let bytes) = action { channel?.write(bytes) } else { heard.append(action) }
    }

    /// What the session says next.
    private func next() throws(OperatorError) -> AgentSession.Action {
        var isLate = false
        let timer = loop.schedule(after: Self.limit) { isLate = true }
        defer { loop.cancel(timer) }
        do throws(SystemFault) {
            while heard.isEmpty && !isLate { try loop.turn() }
        } catch {
            throw unreachable("\(error)")
        }
        guard !heard.isEmpty else { throw unreachable("no answer within \(Self.limit)") }
        return heard.removeFirst()
    }

    // MARK: What went wrong

    private func unreachable(_ problem: String) -> OperatorError {
        OperatorError(
            .serverUnreachable, problem.hasPrefix("\(place): ") ? problem : "\(place): \(problem)",
            remedy: "Is the server running, and does it take connections from this network?")
    }

    private func unexpected(_ action: AgentSession.Action) -> OperatorError {
        if case .close(let reason) = action { return unreachable(problem ?? "\(reason)") }
        return OperatorError(.internalFault, "\(place) answered out of turn", remedy: "Is it of this version?")
    }

    private func refused(_ refusal: Refusal) -> OperatorError {
        let grant = "An administrator of the server can: lanyard agent grant NAME reports."
        return switch refusal.code {
        case .notPermitted: OperatorError(.permissionDenied, "this key has no right to reports", remedy: grant)
        case .notApproved:
            OperatorError(
                .permissionDenied, "this key waits for its approval",
                remedy: "An administrator of the server says: lanyard agent approve NAME.")
        case .unknownAgent, .revoked, .keyRejected:
            OperatorError(
                .permissionDenied, "\(place) does not take this key (\(refusal.code))",
                remedy: "Enrol it: lanyard report enrol --via \(place), with a new --identity if it was revoked.")
        case .fenced:
            OperatorError(
                .serverUnreachable, "\(place) was asked with this key by somebody else meanwhile",
                remedy: "Try again. If the folder of --identity was copied, enrol each copy by itself.")
        case .reportUnknown:
            OperatorError(
                .notFound, "\(place) has no such report or month",
                remedy: "If its currency changed, take a --month of one currency. Otherwise: is it of this version?")
        case .busy, .storeFull, .maintenance:
            OperatorError(.serverUnreachable, "\(place) cannot answer now (\(refusal.code))", remedy: "Try again soon.")
        default:
            OperatorError(.serverUnreachable, "\(place) refused (\(refusal.code))", remedy: "Its log says why.")
        }
    }
}
