// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
import HostIO
import Ops
import Primitives
import ReaderMachines
import ReleaseWire

/// `lanyard-agent rotate-key`: the running agent makes itself a new key; without one, the key is made here and waits
/// for the agent's start.
enum RotateKeyCommand {
    static let question = "rotate-key"

    static func run(_ settings: AgentSettings, on loop: Loop) throws(OperatorError) -> Exit {
        _ = try EnrolledState.load(from: settings.state)
        if let answer = try? ReadersCommand.answer(settings, question, on: loop) {
            StandardStream.output.write(Array(answer.utf8))
            return .fine
        }
        let lock = try ServiceProgram.lockState(settings.state)
        let key = try KeyFolder.makeNext(in: settings.state)
        withExtendedLifetime(lock.raw) {}
        StandardStream.output.write(
            line: "The key \(key.keyHash.short) is made. The agent announces it to the server when it starts.")
        return .fine
    }
}

extension AgentRuntime {
    /// To a client of the display socket; `nil` when this is no question about keys.
    func keyAnswer(to question: String, from peer: PeerCredentials) -> String? {
        guard question == RotateKeyCommand.question else { return nil }
        let line: String
        if peer.user != 0 && peer.user != getuid() {
            line = "Only root and the agent's own user may change its key."
        } else {
            do throws(OperatorError) {
                let rotation = try nextKey()
                line = "The key \(rotation.key.short) is made. The server learns of it as soon as it is connected."
            } catch {
                line = "\(error)".displaySafe(limit: 512)
            }
        }
        return line + "\n" + ReaderReport.end + "\n"
    }
}
