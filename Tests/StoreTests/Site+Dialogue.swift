// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseWire
import ServerCore
import Store

/// What people type.
extension Site {
    static let pin = PINHash(logN: 15, salt: [1, 2, 3], hash: SecretBytes(Array(repeating: 8, count: 32)))

    func able(_ number: UInt8 = 1) throws -> AgentSeat { try seat(number, capabilities: [.dialogue]) }

    /// The number of the question that a read leads to.
    func challenge(_ seat: AgentSeat, _ kind: Challenge.Kind, _ presented: Presented? = nil) throws -> UInt32 {
        guard case .challenge(let challenge) = try present(seat, presented), challenge.kind == kind else {
            throw Missing(what: "a challenge \(kind)")
        }
        return challenge.prompt
    }

    func triesLeft(_ seat: AgentSeat, _ presented: Presented? = nil) throws -> Int {
        guard case .challenge(let challenge) = try present(seat, presented) else { throw Missing(what: "a challenge") }
        return challenge.triesLeft
    }

    func answer(_ seat: AgentSeat, _ prompt: UInt32, _ answer: PromptAnswer) throws -> ReadVerdict {
        guard case .demand = store.perform(.takePrompt(seat, prompt: prompt, at: now)) else {
            throw Missing(what: "the prompt")
        }
        return try verdict(.settlePrompt(seat, prompt: prompt, answer, at: now))
    }

    func verdict(_ request: StoreRequest) throws -> ReadVerdict {
        switch store.perform(request) {
        case .verdict(let verdict), .read(let verdict, _), .pinChosen(let verdict, _): return verdict
        default: throw Missing(what: "a verdict")
        }
    }

    func login(
        _ user: String, _ proof: Login.Proof = .pin, reader: String = "r1", age: Duration = .zero,
        prompt: UInt32? = nil
    ) -> Login {
        reads += 1
        return Login(
            reader: reader, key: Array(repeating: 1, count: 8) + reads.bigEndianBytes, age: age,
            user: (typed: user, proof: proof, secret: SecretBytes([0x31])), prompt: prompt)
    }

    func log(_ seat: AgentSeat, _ login: Login, matched: Bool) throws -> ReadVerdict {
        guard case .secret = store.perform(.findSecret(seat, login, at: now)) else { throw Missing(what: "a secret") }
        return try verdict(.settleLogin(seat, login, matched: matched, at: now))
    }

    /// The number in the question of a verdict.
    func prompt(_ verdict: ReadVerdict, _ kind: Challenge.Kind) throws -> UInt32 {
        guard case .challenge(let challenge) = verdict, challenge.kind == kind else {
            throw Missing(what: "a challenge \(kind), not \(verdict)")
        }
        return challenge.prompt
    }

    func session(_ verdict: ReadVerdict) throws -> SessionGrant {
        guard case .session(let grant) = verdict else { throw Missing(what: "a session, not \(verdict)") }
        return grant
    }
}
