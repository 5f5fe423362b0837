// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops
import Primitives

enum EnrolmentCommands {
    static let all: [Command] = [enrol]

    /// Between two looks at how far it is.
    private static let interval = Duration.milliseconds(250)

    private static let enrol = Command(
        "badge enrol", "Gives a user the badge that is held to a reader twice within a minute.", operands: ["USER"],
        needs: "--agent AGENT",
        options: [
            .value("--agent", "AGENT", "The agent whose reader is used (needed)."),
            .value("--reader", "NAME", "Which of its readers; otherwise any."),
            .value("--label", "TEXT", "What you call the badge; the number is never shown."),
        ]
    ) { use throws(OperatorError) in
        let agent = try use.required("--agent", "AGENT")
        // From here on Ctrl-C is heard, so that no reader stays armed.
        guard use.console.pause(.zero) else { throw givenUp }
        let armed = try use.server.ask(
            "POST", "/badge-enrolments",
            [
                "user": .text(use.arguments.operands[0]), "agent": .text(agent),
                "reader": use.arguments.value("--reader").map { .text($0) },
                "label": use.arguments.value("--label").map { .text($0) },
            ])
        return try wait(for: armed, use)
    }

    /// Tells on standard error what is to be done next, until it is over.
    private static func wait(for armed: ServerAnswer, _ use: Invocation) throws(OperatorError) -> String {
        var answer = armed
        var told = ""
        while true {
            let enrolment: EnrolmentAnswer = try answer.read("enrolment")
            if enrolment.over { return try result(enrolment, answer, use) }
            if enrolment.state != told, let prompt = prompt(enrolment) { use.console.complain(prompt) }
            told = enrolment.state
            if use.console.pause(interval) {
                answer = try use.server.get("/badge-enrolments/\(enrolment.id)")
            } else {
                answer = try use.server.ask("DELETE", "/badge-enrolments/\(enrolment.id)")
            }
        }
    }

    private static func prompt(_ enrolment: EnrolmentAnswer) -> String? {
        let agent = enrolment.agent.displaySafe(limit: 64)
        let place = enrolment.reader.map { "reader \($0.displaySafe(limit: 64)) of \(agent)" } ?? "a reader of \(agent)"
        return switch enrolment.state {
        case "waiting": "Hold the badge to \(place) within a minute; Ctrl-C gives up."
        case "hold-again": "Hold the same badge once more."
        default: nil
        }
    }

    private static func result(
        _ enrolment: EnrolmentAnswer, _ answer: ServerAnswer, _ use: Invocation
    ) throws(OperatorError) -> String {
        let nothing = "Nothing was enrolled."
        switch enrolment.state {
        case "enrolled":
            return try use.output(answer) { _ in
                "Badge \(enrolment.badge.map { "\($0.id) " } ?? "")enrolled for \(use.shown(0)).\n"
            }
        case "taken":
            let holder = (enrolment.holder ?? "somebody").displaySafe(limit: 128)
            throw OperatorError(
                .conflict, "this badge is \(holder)'s already", remedy: "Revoke it there first. \(nothing)")
        case "different":
            throw OperatorError(
                .inputInvalid, "the second badge was not read like the first one",
                remedy: "\(nothing) Try again, each time with the same badge alone.")
        case "unfit":
            throw OperatorError(
                .inputInvalid,
                "what the reader reads of this badge names nobody: a number made up anew each time, or "
                    + "a form that this site does not let count", remedy: nothing)
        case "expired":
            throw OperatorError(.inputInvalid, "no badge was held to the reader twice in time", remedy: nothing)
        default: throw givenUp
        }
    }

    private static var givenUp: OperatorError {
        OperatorError(.inputInvalid, "given up", remedy: "Nothing was enrolled.")
    }
}
