// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import Ops

enum BadgeCommands {
    static let all: [Command] = [add, revoke]

    private static let add = Command(
        "badge add",
        "Gives a user a badge: its number, FACILITY:CARD, or 0x and hexadecimal digits; - is standard input.",
        operands: ["USER", "NUMBER|-"],
        options: [.value("--label", "TEXT", "What you call the badge; the number is never shown again.")]
    ) { use throws(OperatorError) in
        let user = try use.path(0)
        let number = try use.typed(use.arguments.operands[1], "badge number")
        let answer = try use.server.ask(
            "POST", "/users/\(user)/badges",
            ["number": .text(number), "label": use.arguments.value("--label").map { .text($0) }])
        return try use.output(answer) { answer throws(OperatorError) in
            let badge: BadgeAnswer = try answer.read("badge")
            return "Badge \(badge.id) added to \(use.shown(0)).\n"
        }
    }

    private static let revoke = Command(
        "badge revoke", "Takes a badge away; user show tells its ID.", operands: ["ID"]
    ) { use throws(OperatorError) in
        let id = try use.number(0, "ID")
        return try use.output(try use.server.ask("DELETE", "/badges/\(id)")) { _ in "Badge \(id) revoked.\n" }
    }
}

enum PINCommands {
    static let all: [Command] = [set, remove]

    private static let set = Command(
        "pin set", "Sets a user's PIN, read from the terminal without echo, or from standard input.",
        operands: ["USER"]
    ) { use throws(OperatorError) in
        let user = try use.path(0)
        let digits = try use.readSecret("PIN")
        do throws(PINFault) {
            _ = try PIN(Array(digits.utf8))
        } catch {
            throw OperatorError(.inputInvalid, error.description, remedy: "The PIN was not changed.")
        }
        let answer = try use.server.ask("PUT", "/users/\(user)/pin", ["pin": .text(digits)])
        return try use.output(answer) { _ in "PIN of \(use.shown(0)) set.\n" }
    }

    private static let remove = Command(
        "pin remove", "Removes a user's PIN: the badge alone suffices, or asks for a new PIN where everybody has one.",
        operands: ["USER"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("DELETE", "/users/\(try use.path(0))/pin")) { _ in
            "PIN of \(use.shown(0)) removed.\n"
        }
    }
}
