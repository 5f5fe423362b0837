// SPDX-License-Identifier: Apache-2.0

import AgentCore
import HostIO
import Primitives
import ReaderMachines

/// Tells programs on this box what the person at a reader should see: one JSON object (RFC 8259) a line, over a Unix
/// socket. A program that connects first gets how things stand. One that asks for control is a touch screen: it is told
/// of the dialogues, with titles and users, and may ask in the person's name.
final class DisplayServer {
    static let clientLimit = 16
    /// Bytes that wait for a client; one that is slower is dropped. The longest list takes a third of it.
    static let pendingLimit = 512 << 10

    /// Of one question.
    static let questionLimit = 256

    /// Answers a line that a client sent; `nil`: it is no question.
    var onQuestion: ((String, PeerCredentials) -> String?)?
    /// So many touch screens there are now.
    var onScreens: ((Int) -> Void)?
    /// What a touch screen, named by its number, asks for at a reader.
    var onCommand: ((UInt64, DeskCommand, String?) -> Void)?

    private final class Client {
        let number: UInt64
        let stream: Stream
        let peer: PeerCredentials
        var isScreen = false
        /// The line so far, and whether it is longer than that.
        var line: [UInt8] = []

        init(_ number: UInt64, _ stream: Stream, _ peer: PeerCredentials) {
            (self.number, self.stream, self.peer) = (number, stream, peer)
        }
    }

    private let listener: Listener?
    private let loop: Loop
    private var clients: [UInt64: Client] = [:]
    private var lastClient: UInt64 = 0
    private var readers: [String: String] = [:]
    /// What the screens show, by reader.
    private var views: [String: DeskView] = [:]
    private var isLinkOpen = false
    private var chargesWaiting = 0

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
        for client in clients.values { client.stream.close() }
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

    /// Releases made without the server that this one does not know.
    func show(chargesWaiting count: Int) {
        chargesWaiting = count
        tell(linkLine)
    }

    func show(_ view: DeskView) {
        views[view.reader] = view
        for client in clients.values where client.isScreen { write(view.json, to: client) }
    }

    /// Tells a touch screen why its command was not taken.
    func refuse(_ screen: UInt64, _ fault: DeskFault) {
        if let client = clients[screen] { write("{\"error\":\(quotedJSON(fault.rawValue))}", to: client) }
    }

    private var linkLine: String {
        let charges = chargesWaiting > 0 ? ",\"charges-waiting\":\(chargesWaiting)" : ""
        return "{\"link\":\"\(isLinkOpen ? "open" : "closed")\"\(charges)}"
    }

    private func line(_ reader: String, _ word: String) -> String {
        "{\"reader\":\(quotedJSON(reader)),\"state\":\"\(word)\"}"
    }

    private func tell(_ line: String) {
        for client in clients.values { write(line, to: client) }
    }

    private func write(_ line: String, to client: Client) { client.stream.write(Array((line + "\n").utf8)) }

    private func greet(_ descriptor: consuming Descriptor, _ peer: PeerCredentials) {
        guard clients.count < Self.clientLimit,
            let stream = try? Stream(descriptor, on: loop, writeLimit: Self.pendingLimit)
        else { return }
        lastClient += 1
        let client = Client(lastClient, stream, peer)
        clients[client.number] = client
        stream.onBytes = { [unowned self, unowned client] in take($0, from: client) }
        stream.onEnd = { [unowned self, unowned client] in leave(client) }
        stream.onClosed = { [unowned self, unowned client] _ in leave(client) }
        let lines = readers.sorted { $0.key < $1.key }.map { line($0.key, $0.value) } + [linkLine]
        stream.write(Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private func take(_ bytes: [UInt8], from client: Client) {
        for byte in bytes where clients[client.number] != nil {
            guard byte == 0x0A else {
                if client.line.count <= limit(of: client.line) { client.line.append(byte) }
                continue
            }
            let line = client.line
            client.line = []
            if line.first == UInt8(ascii: "{") {
                obey(line, of: client)
            } else if let answer = onQuestion?(String(decoding: line, as: UTF8.self), client.peer) {
                client.stream.write(Array(answer.utf8))
            } else if !line.isEmpty {
                refuse(client.number, line.count > Self.questionLimit ? .tooLong : .badCommand)
            }
        }
    }

    private func limit(of line: [UInt8]) -> Int {
        line.first == UInt8(ascii: "{") ? DisplayCommand.limit : Self.questionLimit
    }

    private func obey(_ line: [UInt8], of client: Client) {
        guard line.count <= DisplayCommand.limit else { return refuse(client.number, .tooLong) }
        do throws(DeskFault) {
            switch try DisplayCommand(line) {
            case .control: takeControl(client)
            case .desk(let command, let reader):
                guard client.isScreen else { throw .noControl }
                onCommand?(client.number, command, reader)
            }
        } catch {
            refuse(client.number, error)
        }
    }

    private func takeControl(_ client: Client) {
        guard !client.isScreen else { return }
        client.isScreen = true
        for view in views.sorted(by: { $0.key < $1.key }) { write(view.value.json, to: client) }
        tellScreens()
    }

    private func tellScreens() {
        let count = clients.values.count { $0.isScreen }
        if count == 0 { views = [:] }
        onScreens?(count)
    }

    private func leave(_ client: Client) {
        guard clients.removeValue(forKey: client.number) != nil else { return }
        client.stream.close()
        if client.isScreen { tellScreens() }
    }
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
