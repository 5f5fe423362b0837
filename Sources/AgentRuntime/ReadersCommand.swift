// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import Primitives

/// `lanyard-agent readers` and `lanyard-agent install`: ask the running agent at its display socket.
enum ReadersCommand {
    static let limit = Duration.seconds(5)

    static func list(_ settings: AgentSettings, asJSON: Bool, on loop: Loop) throws(OperatorError) -> Exit {
        try run(settings, asJSON ? ReaderReport.question : ReaderReport.textQuestion, asJSON: asJSON, on: loop)
    }

    static func install(_ settings: AgentSettings, _ reader: String, on loop: Loop) throws(OperatorError) -> Exit {
        try run(settings, ReaderReport.installQuestion + reader, asJSON: false, on: loop)
    }

    private static func run(
        _ settings: AgentSettings, _ question: String, asJSON: Bool, on loop: Loop
    ) throws(OperatorError) -> Exit {
        guard !settings.displaySocket.isEmpty else {
            throw OperatorError(
                .agentUnreachable, "this agent has no display socket to be asked at", remedy: "Set display-socket.")
        }
        do throws(SystemFault) {
            let said = try answer(settings, question, asJSON: asJSON, on: loop)
            StandardStream.output.write(Array(said.utf8))
            return .fine
        } catch {
            throw OperatorError(
                .agentUnreachable, "no agent answers at \(settings.displaySocket)",
                remedy: "Is it running, and are you in its group? systemctl status lanyard-agent", cause: error)
        }
    }

    /// What the running agent says to a question at its display socket.
    static func answer(
        _ settings: AgentSettings, _ question: String, asJSON: Bool = false, on loop: Loop
    ) throws(SystemFault) -> String {
        guard let answer = try ask(settings.displaySocket, question, asJSON, on: loop) else {
            throw SystemFault(call: "read \(settings.displaySocket)", errno: ETIMEDOUT)
        }
        return answer
    }

    /// What the agent tells unasked, JSON lines as well, is passed over.
    private static func ask(
        _ path: String, _ question: String, _ isJSON: Bool, on loop: Loop
    ) throws(SystemFault) -> String? {
        var lines: [String] = []
        var (isDone, fault): (Bool, SystemFault?) = (false, nil)
        var received: [UInt8] = []
        var stream: HostIO.Stream?
        let timer = loop.schedule(after: limit) { isDone = true }
        func take(_ bytes: [UInt8]) {
            received += bytes
            while let end = received.firstIndex(of: 0x0A), !isDone {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                if isJSON {
                    guard line.hasPrefix("{\"readers\":") else { continue }
                    lines = [line]
                    isDone = true
                } else if line == ReaderReport.end {
                    isDone = true
                } else if !line.hasPrefix("{") {
                    lines.append(line)
                }
            }
        }
        let connector = try Connector.unix(path: path, on: loop) { result in
            switch consume result {
            case .success(let descriptor):
                stream = try? HostIO.Stream(descriptor, on: loop)
                stream?.onBytes = take
                stream?.onClosed = { _ in isDone = true }
                stream?.write(Array((question + "\n").utf8))
            case .failure(let found): (fault, isDone) = (found, true)
            }
        }
        while !isDone { try loop.turn() }
        loop.cancel(timer)
        connector.cancel()
        stream?.close()
        if let fault { throw fault }
        return lines.isEmpty ? nil : lines.map { $0 + "\n" }.joined()
    }
}
