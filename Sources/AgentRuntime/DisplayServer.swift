// SPDX-License-Identifier: Apache-2.0

import AgentCore
import HostIO
import Primitives
import ReaderMachines

/// Tells programs on this box what the person at a reader should see: one JSON object (RFC 8259) a line, over a Unix
/// socket. A program that connects first gets how things stand.
final class DisplayServer {
    static let clientLimit = 16
    /// Bytes that wait for a client; one that is slower is dropped.
    static let pendingLimit = 64 << 10

    /// Of one question.
    static let questionLimit = 256

    /// Answers a line that a client sent; `nil`: it is no question.
    var onQuestion: ((String, PeerCredentials) -> String?)?

    private let listener: Listener?
    private let loop: Loop
    private var clients: [ObjectIdentifier: Stream] = [:]
    private var readers: [String: String] = [:]
    private var isLinkOpen = false

    /// An empty path: nobody is told.
    init(path: String, on loop: Loop) throws(SystemFault) {
        self.loop = loop
        guard !path.isEmpty else {
            listener = nil
            return
        }
        nonisolated(unsafe) var accept: ((consuming Descriptor, PeerCredentials) -> Void)?
        listener = try Listener.unix(path: path, mode: 0o660, on: loop) { accept?($0, $1) }
        accept = { [unowned self] in greet($0, $1) }
    }

    deinit { close() }

    /// Nobody is told any more, and the socket's file is gone.
    func close() {
        listener?.close()
        for client in clients.values { client.close() }
        clients = [:]
    }

    func show(reader: String, _ feedback: Feedback) {
        tell(
            "{\"reader\":\(quotedJSON(reader)),\"outcome\":\(quotedJSON(feedback.outcome)),"
                + "\"text\":\(quotedJSON(feedback.text))}"
        )
    }

    func show(reader: String, state: ReaderPool.ReaderState) {
        let word =
            switch state {
            case .attached: "attached"
            case .waiting: "waiting"
            case .lost: "lost"
            }
        readers[reader] = word
        tell(line(reader, word))
    }

    func show(foreign facts: ReaderMachines.DeviceFacts) {
        tell(
            "{\"ignored\":\(quotedJSON(facts.node ?? "")),\"model\":\(quotedJSON(facts.model ?? "")),"
                + "\"place\":\(quotedJSON(facts.port))}")
    }

    func show(linkOpen: Bool) {
        isLinkOpen = linkOpen
        tell(linkLine)
    }

    private var linkLine: String { "{\"link\":\"\(isLinkOpen ? "open" : "closed")\"}" }

    private func line(_ reader: String, _ word: String) -> String {
        "{\"reader\":\(quotedJSON(reader)),\"state\":\"\(word)\"}"
    }

    private func tell(_ line: String) {
        for client in clients.values { client.write(Array((line + "\n").utf8)) }
    }

    private func greet(_ descriptor: consuming Descriptor, _ peer: PeerCredentials) {
        guard clients.count < Self.clientLimit,
            let stream = try? Stream(descriptor, on: loop, writeLimit: Self.pendingLimit)
        else { return }
        let id = ObjectIdentifier(stream)
        clients[id] = stream
        var question: [UInt8] = []
        stream.onBytes = { [unowned self, unowned stream] bytes in
            for byte in bytes {
                guard byte == 0x0A else {
                    if question.count <= Self.questionLimit { question.append(byte) }
                    continue
                }
                let answer = onQuestion?(String(decoding: question, as: UTF8.self), peer)
                question = []
                if let answer { stream.write(Array(answer.utf8)) }
            }
        }
        stream.onEnd = { [unowned self] in leave(id) }
        stream.onClosed = { [unowned self] _ in leave(id) }
        let lines = readers.sorted { $0.key < $1.key }.map { line($0.key, $0.value) } + [linkLine]
        stream.write(Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private func leave(_ id: ObjectIdentifier) { clients.removeValue(forKey: id)?.close() }
}

/// A JSON string (RFC 8259) of what may be shown.
func quotedJSON(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.displaySafe(limit: 512).unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
