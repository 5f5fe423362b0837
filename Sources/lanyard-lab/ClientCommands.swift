// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Ops

/// What is done to a running lab.
enum ClientCommands {
    static let all = [present, key, login, desk, plug, unplug, printer]

    private static let control = Option.value(
        "--control", "SOCKET", "The running lab; lanyard-lab up prints it.")

    private static let present = Command(
        syntax: CommandSyntax(
            "lanyard-lab present", "Hold a badge to a reader and print the answer shown there.", operands: "BADGE",
            operandCount: 1...1,
            options: [
                control, .value("--reader", "NAME", "Default: \(LabReaders.readers[0])."),
                .flag("--json", "Print one JSON object."),
            ])
    ) { arguments throws(LabFault) in
        let request = ControlRequest.present(badge: arguments.operands[0], reader: arguments.value("--reader"))
        let reply = try ask(request, arguments)
        let text = arguments.has("--json") ? reply.line : reply["text"]?.string ?? ""
        try answer(text)
        return .fine
    }

    private static let key = Command(
        syntax: CommandSyntax(
            "lanyard-lab key", "Type on the keypad: digits, enter, clear, back or f1 to f4, one after the other.",
            operands: "KEYS…", operandCount: 1...64, options: [control])
    ) { arguments throws(LabFault) in
        for keys in arguments.operands { _ = try ask(.key(keys), arguments) }
        return .fine
    }

    private static let login = Command(
        syntax: CommandSyntax(
            "lanyard-lab login", "Log in at the touch screen and print the list.", operands: "USER",
            operandCount: 1...1,
            options: [
                control, .value("--pin", "DIGITS", "The user's PIN; USER is the number then."),
                .value("--password", "TEXT", "The user's password; USER is the name or the number."),
                .value("--reader", "NAME", "Beside which reader the screen is; default is the first one."),
                .flag("--json", "Print one JSON object."),
            ])
    ) { arguments throws(LabFault) in
        let words = [("pin", arguments.value("--pin")), ("password", arguments.value("--password"))]
        let secrets = words.compactMap { name, value in value.map { (name, JSONValue.string($0)) } }
        guard secrets.count == 1, let secret = secrets.first else {
            throw LabFault("either --pin or --password is needed", exit: .usage)
        }
        let user = arguments.operands[0]
        guard secret.0 == "password" || user.allSatisfy(\.isNumber) else {
            throw LabFault("a PIN goes with the user's number, not with the name: lanyard user number", exit: .usage)
        }
        var line: [String: JSONValue] = ["do": "login", "user": .string(user), secret.0: secret.1]
        line["reader"] = arguments.value("--reader").map { .string($0) }
        return try show(.object(line), arguments)
    }

    private static let desk = Command(
        syntax: CommandSyntax(
            "lanyard-lab desk", "Do something at the touch screen and print how it stands: \(DeskWords.forms).",
            operands: "COMMAND", operandCount: 1...257,
            options: [
                control, .value("--reader", "NAME", "At which reader; default is where somebody is."),
                .flag("--json", "Print one JSON object."),
            ])
    ) { arguments throws(LabFault) in
        try show(try DeskWords.line(arguments.operands, reader: arguments.value("--reader")), arguments)
    }

    private static func show(_ line: JSONValue, _ arguments: Arguments) throws(LabFault) -> Exit {
        let reply = try ask(.desk(line), arguments)
        if arguments.has("--json") {
            try answer(reply.line)
        } else {
            for line in DeskWords.text(reply) { try answer(line) }
        }
        return reply["error"] == nil ? .fine : .unavailable
    }

    private static let plug = Command(
        syntax: CommandSyntax(
            "lanyard-lab plug", "Insert a reader again.", operands: "READER", operandCount: 1...1, options: [control])
    ) { arguments throws(LabFault) in
        _ = try ask(.plug(arguments.operands[0]), arguments)
        return .fine
    }

    private static let unplug = Command(
        syntax: CommandSyntax(
            "lanyard-lab unplug", "Pull a reader out.", operands: "READER", operandCount: 1...1, options: [control])
    ) { arguments throws(LabFault) in
        _ = try ask(.unplug(arguments.operands[0]), arguments)
        return .fine
    }

    private static let printer = Command(
        syntax: CommandSyntax(
            "lanyard-lab printer", "Make the printer misbehave: \(PrinterFault.forms). These add up until ok.",
            operands: "HOW",
            operandCount: 1...2, options: [control])
    ) { arguments throws(LabFault) in
        _ = try ask(.printer(try PrinterFault(words: arguments.operands)), arguments)
        return .fine
    }

    private static func ask(_ request: ControlRequest, _ arguments: Arguments) throws(LabFault) -> JSONValue {
        guard let socket = arguments.value("--control") else {
            throw LabFault("--control SOCKET is missing; lanyard-lab up prints it", exit: .usage)
        }
        return try ControlClient.ask(request, socket: socket, on: try interruptiblePump())
    }
}
