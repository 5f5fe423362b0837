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
        if let exit = try askRunning(settings, on: loop) { return exit }
        let lock = try ServiceProgram.lockState(settings.state)
        let key = try KeyFolder.makeNext(in: settings.state)
        withExtendedLifetime(lock.raw) {}
        StandardStream.output.write(
            line: "The key \(key.keyHash.short) is made. The agent announces it to the server when it starts.")
        return .fine
    }

    /// `nil` when none runs.
    private static func askRunning(_ settings: AgentSettings, on loop: Loop) throws(OperatorError) -> Exit? {
        guard !settings.displaySocket.isEmpty else { return nil }
        do throws(SystemFault) {
            return try ReadersCommand.answer(settings, question, on: loop).tell()
        } catch {
            // Nobody listens there. Whatever else is wrong, an agent may run, and the key is its to make.
            if error.isMissing || error.errno == ECONNREFUSED { return nil }
            throw ReadersCommand.unanswered(settings, error)
        }
    }
}

extension AgentRuntime {
    /// To a client of the display socket; `nil` when this is no question about keys.
    func keyAnswer(to question: String, from peer: PeerCredentials) -> String? {
        guard question == RotateKeyCommand.question else { return nil }
        return changeKey(for: peer).lines
    }

    private func changeKey(for peer: PeerCredentials) -> DisplayAnswer {
        guard peer.mayChangeThings else { return .refused("Only root and the agent's own user may change its key.") }
        do throws(OperatorError) {
            let key = try nextKey().key
            return .done("The key \(key.short) is made. The server learns of it as soon as it is connected.")
        } catch {
            return .failed(error)
        }
    }
}
