// SPDX-License-Identifier: Apache-2.0

import Ops

/// What can be asked of a running lab, over its control socket and between its own processes: one JSON object a line.
package enum ControlRequest: Hashable, Sendable {
    /// `reader` is `nil` for the first one.
    case present(badge: String, reader: String?)
    /// Digits, or one of the words of ``Keys``.
    case key(String)
    /// What a touch screen asks the agent for, as the display socket takes it.
    case desk(JSONValue)
    case plug(String)
    case unplug(String)
    /// A recording, as text, that comes out of a reader.
    case replay(recording: String, reader: String)
    case printer(PrinterFault)
    /// What a simulated printer has seen so far.
    case printerFacts

    package var json: JSONValue {
        switch self {
        case .present(let badge, let reader):
            ["command": "present", "badge": .string(badge), "reader": JSONValue(reader)]
        case .key(let keys): ["command": "key", "keys": .string(keys)]
        case .desk(let line): ["command": "desk", "line": line]
        case .plug(let reader): ["command": "plug", "reader": .string(reader)]
        case .unplug(let reader): ["command": "unplug", "reader": .string(reader)]
        case .replay(let recording, let reader):
            ["command": "replay", "recording": .string(recording), "reader": .string(reader)]
        case .printer(let fault): ["command": "printer", "fault": .string(fault.words)]
        case .printerFacts: ["command": "printer-facts"]
        }
    }

    package init(_ json: JSONValue) throws(LabFault) {
        switch json["command"]?.string {
        case "present": self = .present(badge: try Self.text("badge", of: json), reader: json["reader"]?.string)
        case "key": self = .key(try Self.text("keys", of: json))
        case "desk":
            guard let line = json["line"], case .object = line else {
                throw LabFault("the request has no line", exit: .usage)
            }
            self = .desk(line)
        case "plug": self = .plug(try Self.text("reader", of: json))
        case "unplug": self = .unplug(try Self.text("reader", of: json))
        case "replay":
            self = .replay(recording: try Self.text("recording", of: json), reader: try Self.text("reader", of: json))
        case "printer":
            self = .printer(try PrinterFault(words: try Self.text("fault", of: json).split(separator: " ")))
        case "printer-facts": self = .printerFacts
        case let other:
            throw LabFault("the lab knows no command \(other.debugDescription)", exit: .usage)
        }
    }

    private static func text(_ key: String, of json: JSONValue) throws(LabFault) -> String {
        guard let text = json[key]?.string, !text.isEmpty else {
            throw LabFault("the request has no \(key)", exit: .usage)
        }
        return text
    }
}

/// The answer to one request.
package enum ControlReply: Hashable, Sendable {
    case done(JSONValue)
    case refused(LabFault)

    package static let done = ControlReply.done([:])

    package var json: JSONValue {
        switch self {
        case .done(let facts): ["ok": true, "facts": facts]
        case .refused(let fault):
            ["ok": false, "error": .string(fault.description), "exit": .integer(Int(fault.exit.rawValue))]
        }
    }

    package init(_ json: JSONValue) {
        if json["ok"]?.bool == true {
            self = .done(json["facts"] ?? [:])
        } else {
            let exit = json["exit"]?.integer.flatMap { Exit(rawValue: Int32(clamping: $0)) }
            self = .refused(LabFault(json["error"]?.string ?? "no reason given", exit: exit ?? .unavailable))
        }
    }

    package func facts() throws(LabFault) -> JSONValue {
        switch self {
        case .done(let facts): return facts
        case .refused(let fault): throw fault
        }
    }
}
