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
            return try answer(settings, question, asJSON: asJSON, on: loop).tell()
        } catch {
            throw unanswered(settings, error)
        }
    }

    static func unanswered(_ settings: AgentSettings, _ fault: SystemFault) -> OperatorError {
        OperatorError(
            .agentUnreachable, "no agent answers at \(settings.displaySocket)",
            remedy: "Is it running, and are you in its group? systemctl status lanyard-agent", cause: fault)
    }

    struct Answer {
        let text: String
        let exit: Exit

        /// What was refused goes to standard error.
        func tell() -> Exit {
            let stream = exit == .fine ? StandardStream.output : StandardStream.error
            return stream.write(Array(text.utf8)) ? exit : .inputOutput
        }
    }

    /// What the running agent says to a question at its display socket.
    static func answer(
        _ settings: AgentSettings, _ question: String, asJSON: Bool = false, on loop: Loop,
        within limit: Duration = limit
    ) throws(SystemFault) -> Answer {
        var listener = AnswerListener(isJSON: asJSON)
        var isLate = false
        var fault: SystemFault?
        var stream: HostIO.Stream?
        let timer = loop.schedule(after: limit) { isLate = true }
        let connector = try Connector.unix(path: settings.displaySocket, on: loop) { result in
            switch consume result {
            case .success(let descriptor):
                stream = try? HostIO.Stream(descriptor, on: loop)
                stream?.onBytes = { listener.take($0) }
                stream?.onClosed = { fault = $0 ?? SystemFault(call: "read", errno: ECONNRESET) }
                stream?.onEnd = { fault = SystemFault(call: "read", errno: ECONNRESET) }
                stream?.write(Array((question + "\n").utf8))
            case .failure(let found): fault = found
            }
        }
        while listener.answer == nil, fault == nil, !isLate { try loop.turn() }
        loop.cancel(timer)
        connector.cancel()
        stream?.close()
        if let answer = listener.answer { return answer }
        throw fault ?? SystemFault(call: "read \(settings.displaySocket)", errno: ETIMEDOUT)
    }
}

/// Finds the answer among what the agent tells unasked, which is JSON lines as well.
private struct AnswerListener {
    let isJSON: Bool
    private(set) var answer: ReadersCommand.Answer?
    private var lines: [String] = []
    private var received: [UInt8] = []

    init(isJSON: Bool) { self.isJSON = isJSON }

    mutating func take(_ bytes: [UInt8]) {
        received += bytes
        while answer == nil, let end = received.firstIndex(of: 0x0A) {
            let line = String(decoding: received[..<end], as: UTF8.self)
            received.removeSubrange(...end)
            hear(line)
        }
    }

    private mutating func hear(_ line: String) {
        if isJSON {
            if line.hasPrefix("{\"readers\":") { answer = ReadersCommand.Answer(text: line + "\n", exit: .fine) }
        } else if let exit = DisplayAnswer.exit(endedBy: line) {
            answer = ReadersCommand.Answer(text: lines.map { $0 + "\n" }.joined(), exit: exit)
        } else if !line.hasPrefix("{") {
            lines.append(line)
        }
    }
}
