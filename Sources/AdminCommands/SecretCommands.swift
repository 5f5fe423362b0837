// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops

/// What people type besides a PIN.
enum SecretCommands {
    static let all: [Command] = [password, activationCode]

    private static let password = Command(
        "user password", "Sets a user's password, read from the terminal without echo, or from standard input.",
        operands: ["NAME"], options: [.flag("--remove", "Takes the password away: no log-in by name then.")]
    ) { use throws(OperatorError) in
        let path = "/users/\(try use.path(0))/password"
        if use.arguments.has("--remove") {
            return try use.output(try use.server.ask("DELETE", path)) { _ in "Password of \(use.shown(0)) removed.\n" }
        }
        let password = try use.readSecret("password")
        return try use.output(try use.server.ask("PUT", path, ["password": .text(password)])) { _ in
            "Password of \(use.shown(0)) set.\n"
        }
    }

    private static let activationCode = Command(
        "user activation-code",
        "Makes a code with which the user makes one badge their own at a reader, within seven days.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        let answer = try use.server.ask("POST", "/users/\(try use.path(0))/activation-code")
        return try use.output(answer) { answer throws(OperatorError) in
            let code: EnrolmentCodeAnswer = try answer.read()
            return "\(code.code)\nGood for one badge of \(use.shown(0)) until \(Shown.minute(code.expiresAt)) UTC.\n"
        }
    }
}

extension Invocation {
    /// An operand, or for `-` one line of standard input, which at a terminal is asked for and not echoed.
    func typed(_ operand: String, _ what: String) throws(OperatorError) -> String {
        guard operand == "-" else { return operand }
        let line = console.isInteractive ? console.readHidden("\(what) of \(shown(0)): ") : console.readLine()
        guard let line else { throw usage("standard input has no \(what)") }
        return line.withoutBlanks
    }

    /// Typed twice at the terminal without echo, or one line of standard input; never an argument, which others see.
    func readSecret(_ what: String) throws(OperatorError) -> String {
        guard console.isInteractive else {
            guard let line = console.readLine() else { throw usage("standard input has no \(what)") }
            return line
        }
        // Nobody types a secret twice for a user who does not exist.
        _ = try server.get("/users/\(try path(0))")
        let unchanged = "The \(what) was not changed."
        guard let first = console.readHidden("\(what) of \(shown(0)): "),
            let second = console.readHidden("The same again: ")
        else { throw OperatorError(.inputInvalid, "no \(what) was typed", remedy: unchanged) }
        guard first == second else { throw OperatorError(.inputInvalid, "the two \(what)s differ", remedy: unchanged) }
        return first
    }
}

extension String {
    /// Those around it.
    fileprivate var withoutBlanks: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
