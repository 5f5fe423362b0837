// SPDX-License-Identifier: Apache-2.0

package import Crypto
package import HostIO
package import Ops
package import Primitives
import ReleaseWire

/// What an enrolled box knows: its own key and its server's.
package struct EnrolledState {
    package static let pinFile = "server.pin"
    package static let keyFile = "agent.pem"

    package let identity: Identity
    package let server: KeyHash

    /// - Throws: `agentNotEnrolled` when the box has no server yet.
    package static func load(from state: String) throws(OperatorError) -> EnrolledState {
        let pin: [UInt8]?
        do throws(SystemFault) {
            pin = try DurableFile.readIfPresent(state + "/" + pinFile, limit: KeyHash.length)
        } catch {
            throw unreadable(state, error)
        }
        guard let pin, let server = KeyHash(pin) else {
            throw OperatorError(
                .agentNotEnrolled, "this box does not know its server yet",
                remedy: "Run `lanyard agent enrol-code` at the server, then `lanyard-agent --config FILE enrol` here.")
        }
        return EnrolledState(identity: try loadIdentity(state), server: server)
    }

    package static func loadIdentity(_ state: String) throws(OperatorError) -> Identity {
        do throws(SystemFault) {
            try DurableFile.makeDirectory(state)
        } catch {
            throw unreadable(state, error)
        }
        do throws(KeyFileFault) {
            return try Identity.loadOrCreate(at: state + "/" + keyFile)
        } catch {
            throw OperatorError(.stateUnwritable, "\(error)", remedy: error.remedy)
        }
    }

    private static func unreadable(_ state: String, _ fault: SystemFault) -> OperatorError {
        OperatorError(
            .stateUnwritable, "the agent cannot use its state folder \(state)",
            remedy: "May this user write there? Or set state to another folder.", cause: fault)
    }
}

/// Enrols this box once: `lanyard-agent enrol`.
package final class EnrolmentRun {
    package typealias Completion = (Result<String, OperatorError>) -> Void

    private let settings: AgentSettings
    private let code: EnrolmentCode
    private let identity: Identity
    private let loop: Loop
    private var dialer: TLSDialer?
    private var channel: TLSChannel?
    private var session: MachineRunner<AgentSession>?
    private var timer: TimerToken?
    private var completion: Completion?

    package init(
        _ settings: AgentSettings, code: EnrolmentCode, identity: Identity, on loop: Loop,
        then completion: @escaping Completion
    ) throws(SystemFault) {
        self.settings = settings
        self.code = code
        self.identity = identity
        self.loop = loop
        self.completion = completion
        timer = loop.schedule(after: AgentRuntime.connectLimit) { [unowned self] in
            timer = nil
            fail("no answer within \(AgentRuntime.connectLimit)")
        }
        let context = TLSContext(.client(code.pin), identity: identity)
        dialer = TLSDialer(
            settings.server, port: settings.port, context: context, within: AgentRuntime.connectLimit,
            resolver: try Resolver(on: loop), on: loop
        ) { [unowned self] result in
            switch result {
            case .success(let found): connected(found.channel, found.server)
            case .failure(let failure) where failure.isWrongServer: refuseServer()
            case .failure(let failure): fail("\(failure)")
            }
        }
    }

    private func connected(_ channel: TLSChannel, _ server: KeyHash) {
        self.channel = channel
        channel.onBytes = { [unowned self] in session?.feed(.received($0)) }
        channel.onEnd = { [unowned self] in fail("the server ended the connection") }
        channel.onClosed = { [unowned self, unowned channel] in fail(channel.problem($0)) }
        open(server)
    }

    private func open(_ server: KeyHash) {
        let proof = code.proof(agent: identity.keyHash, server: server)
        let opening = AgentSession.Opening.enrol(Enrolment(name: settings.name, proof: proof, purpose: .release))
        var machine = AgentSession(opening: opening, openedAt: loop.now)
        let first = machine.start(at: loop.now)
        let runner = MachineRunner(machine, on: loop) { [unowned self] in perform($0, server) }
        session = runner
        for action in first { perform(action, server) }
    }

    private func perform(_ action: AgentSession.Action, _ server: KeyHash) {
        switch action {
        case .send(let bytes): channel?.write(bytes)
        case .enrolled(let name): keep(server, name)
        case .close(.refused(let refusal)): refuse(refusal)
        case .close(let reason): fail("\(reason)")
        case .opened, .reply, .acknowledged, .document, .told: break
        }
    }

    private func keep(_ server: KeyHash, _ name: String) {
        do throws(SystemFault) {
            try DurableFile.write(server.bytes, to: settings.state + "/" + EnrolledState.pinFile)
            finish(.success(name))
        } catch {
            finish(
                .failure(
                    OperatorError(
                        .stateUnwritable, "enrolled, but the server's key cannot be kept in \(settings.state)",
                        remedy: "Make the folder writable and enrol again with a new code.", cause: error)))
        }
    }

    private func refuse(_ refusal: Refusal) {
        finish(
            .failure(
                OperatorError(
                    .enrolmentRefused, "the server refused the enrolment (\(refusal.code))",
                    remedy: refusal.enrolmentRemedy(
                        newKey: "remove \(EnrolledState.keyFile) in \(settings.state)",
                        life: EnrolmentCode.life.words, command: "lanyard agent enrol-code"))))
    }

    private func refuseServer() {
        finish(
            .failure(
                OperatorError(
                    .serverIdentityWrong,
                    "the code's last four groups do not fit \(settings.server): mistyped, or made by another server",
                    remedy: "Type the code once more; else check the setting server, or make a new code at that server."
                )))
    }

    private func fail(_ problem: String) {
        finish(
            .failure(
                OperatorError(
                    .serverUnreachable, "\(settings.server) port \(settings.port): \(problem)",
                    remedy: "Is the server running, and is the code this server's?")))
    }

    private func finish(_ result: Result<String, OperatorError>) {
        guard let completion else { return }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        dialer?.cancel()
        channel?.close()
        session?.stop()
        completion(result)
    }
}
