// SPDX-License-Identifier: Apache-2.0

import HostIO
import Primitives

/// What the display at a reader showed.
package struct DisplayLine: Hashable, Sendable {
    package let reader: String
    /// Stable, for scripts: `released`, `no-jobs`, …
    package let outcome: String
    package let text: String
}

/// Reads what an agent shows at its readers, from its display socket.
package final class DisplayWatcher {
    package private(set) var readers: [String: String] = [:]
    package private(set) var isLinkOpen = false
    package var onShown: ((DisplayLine) -> Void)?
    var isConnected: Bool { channel?.isOpen == true }

    private struct Waiter {
        let number: Int
        let reader: String
        let accepts: (String) -> Bool
        let timer: TimerToken
        let answer: (DisplayLine?) -> Void
    }

    /// A command that waits for its answer.
    private struct Question {
        let timer: TimerToken
        let answer: (JSONValue?) -> Void
    }

    private let loop: Loop
    private var channel: LineChannel?
    private var waiters: [Waiter] = []
    private var lastWaiter = 0
    private var isScreen = false
    private var questions: [Question] = []
    /// Since the question was asked.
    private var lastShown: JSONValue?

    init(on pump: Pump) { loop = pump.loop }

    /// Connects to an agent that has said that it is ready.
    func connect(_ socket: String, on pump: Pump) throws(LabFault) {
        close()
        let channel = try ControlClient.connect(socket, named: "the agent's display", on: pump)
        channel.onLine = { [weak self] in self?.take($0) }
        channel.onClosed = { [weak self] in self?.isLinkOpen = false }
        self.channel = channel
    }

    func close() {
        channel?.close()
        channel = nil
        isScreen = false
        readers = [:]
        isLinkOpen = false
    }

    /// The server is gone, which the agent may not have noticed yet: the next link counts.
    func expectLink() { isLinkOpen = false }

    /// Calls back once: with the next line at that reader whose outcome is accepted, or with `nil` after the time.
    package func next(
        at reader: String, within limit: Duration, where accepts: @escaping (String) -> Bool,
        then answer: @escaping (DisplayLine?) -> Void
    ) {
        lastWaiter += 1
        let number = lastWaiter
        let timer = loop.schedule(after: limit) { [weak self] in self?.settle(nil) { $0.number == number } }
        waiters.append(Waiter(number: number, reader: reader, accepts: accepts, timer: timer, answer: answer))
    }

    /// Asks as a touch screen and calls back once: with how the dialogue stands when the agent has done it, and under
    /// `shown` what it told the person last, with `{"error":…}`, or with `nil` after the time. One after the other.
    package func ask(_ line: JSONValue, within limit: Duration, then answer: @escaping (JSONValue?) -> Void) {
        guard let channel, questions.isEmpty else { return answer(nil) }
        if !isScreen { channel.send(["do": "control"]) }
        isScreen = true
        lastShown = nil
        let timer = loop.schedule(after: limit) { [weak self] in self?.answered(nil) }
        questions.append(Question(timer: timer, answer: answer))
        channel.send(line)
    }

    private func answered(_ line: JSONValue?) {
        guard !questions.isEmpty else { return }
        let question = questions.removeFirst()
        loop.cancel(question.timer)
        guard case .object(var fields)? = line, let lastShown else { return question.answer(line) }
        fields["shown"] = lastShown
        question.answer(.object(fields))
    }

    private func take(_ line: JSONValue) {
        if line["error"] != nil { return answered(line) }
        if let dialogue = line["dialogue"] {
            if dialogue["stage"]?.string != "checking" { answered(line) }
            return
        }
        if let word = line["link"]?.string { isLinkOpen = word == "open" }
        guard let reader = line["reader"]?.string else { return }
        if let state = line["state"]?.string { readers[reader] = state }
        guard let outcome = line["outcome"]?.string else { return }
        let shown = DisplayLine(reader: reader, outcome: outcome, text: line["text"]?.string ?? "")
        if outcome != "checking" { lastShown = ["outcome": .string(outcome), "text": .string(shown.text)] }
        onShown?(shown)
        settle(shown) { $0.reader == reader && $0.accepts(outcome) }
    }

    private func settle(_ line: DisplayLine?, _ isMeant: (Waiter) -> Bool) {
        let settled = waiters.filter(isMeant)
        waiters.removeAll(where: isMeant)
        for waiter in settled {
            loop.cancel(waiter.timer)
            waiter.answer(line)
        }
    }
}
