// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Ops
import Primitives
import ReleaseWire

/// The agent's present key and, while it is being changed, the next one. Each step is one file that is made or renamed
/// as a whole, so a box that dies between two steps finds the key that its server knows.
final class KeyFolder {
    static let nextFile = "agent.next.pem"

    private let state: String
    private let server: KeyHash
    private var present: Identity
    private var next: Identity?

    init(_ state: String, _ enrolment: EnrolledState) throws(OperatorError) {
        self.state = state
        server = enrolment.server
        present = enrolment.identity
        do throws(KeyFileFault) {
            next = try Identity.load(at: Self.nextPath(in: state))
        } catch {
            throw Self.unusable(error)
        }
    }

    /// Makes the next key unless there is one; what was made is on the disk.
    static func makeNext(in state: String) throws(OperatorError) -> Identity {
        do throws(KeyFileFault) {
            return try Identity.loadOrCreate(at: nextPath(in: state))
        } catch {
            throw unusable(error)
        }
    }

    func makeNext() throws(OperatorError) -> KeyRotation {
        let identity: Identity
        if let next { identity = next } else { identity = try Self.makeNext(in: state) }
        next = identity
        return announcement(of: identity)
    }

    /// What to tell the server; `nil` when no key is to be changed.
    var rotation: KeyRotation? { next.map { announcement(of: $0) } }

    func key(isNext: Bool) -> Identity { isNext ? next ?? present : present }

    /// The server knows the next key only.
    func adopt() throws(OperatorError) {
        guard let next else { return }
        present = next
        self.next = nil
        do throws(SystemFault) {
            try DurableFile.move(Self.nextPath(in: state), to: state + "/" + EnrolledState.keyFile)
        } catch {
            throw OperatorError(
                .stateUnwritable, "the agent's new key cannot be put in its place in \(state)",
                remedy: "Make the folder writable; the agent tries again when it starts.", cause: error)
        }
    }

    func drop() throws(OperatorError) {
        next = nil
        do throws(SystemFault) {
            try DurableFile.remove(Self.nextPath(in: state))
        } catch {
            throw OperatorError(
                .stateUnwritable, "the agent's refused key cannot be removed from \(state)",
                remedy: "Remove \(Self.nextFile) there.", cause: error)
        }
    }

    private func announcement(of identity: Identity) -> KeyRotation {
        let signed = KeyRotation.signed(old: present.keyHash, new: identity.keyHash, server: server)
        return KeyRotation(
            key: identity.keyHash, publicKey: identity.publicKeyInfo, signature: identity.sign(signed))
    }

    private static func nextPath(in state: String) -> String { state + "/" + nextFile }

    private static func unusable(_ fault: KeyFileFault) -> OperatorError {
        OperatorError(.stateUnwritable, "\(fault)", remedy: fault.remedy)
    }
}
