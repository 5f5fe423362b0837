// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops
import Primitives

enum UserCommands {
    static let all: [Command] = [add, UserImportCommand.command, list, show, number, lock(true), lock(false), delete]

    private static let add = Command(
        "user add", "Adds a user; the department is made when it is new.", operands: ["NAME"],
        needs: "--department DEPARTMENT",
        options: [
            .value("--department", "DEPARTMENT", "Who is charged (needed)."),
            .value("--full-name", "TEXT", "How the person is called."),
            .value("--number", "DIGITS", "What the person types at a keypad."),
        ]
    ) { use throws(OperatorError) in
        let department = try use.required("--department", "DEPARTMENT")
        let answer = try use.server.ask(
            "POST", "/users",
            [
                "name": .text(use.arguments.operands[0]), "department": .text(department),
                "fullName": use.arguments.value("--full-name").map { .text($0) },
                "number": use.arguments.value("--number").map { .text($0) },
            ])
        return try use.output(answer) { _ in
            "User \(use.shown(0)) added to \(department.displaySafe(limit: 128)).\n"
        }
    }

    private static let list = Command("user list", "Lists all users.") { use throws(OperatorError) in
        try use.output(try use.server.get("/users")) { answer throws(OperatorError) in
            let users: [UserAnswer] = try answer.read("users")
            if users.isEmpty { return "There are no users.\n" }
            var table = Table([
                .left("NAME"), .left("FULL NAME"), .left("DEPARTMENT"), .right("NUMBER"), .right("BADGES"),
                .left("PIN"), .right("HELD"),
                .left("STATE", limit: 64),
            ])
            for user in users {
                table.add([
                    user.name, user.fullName, user.department, user.number ?? "", "\(user.badges.count)",
                    user.hasPIN ? "yes" : "no",
                    "\(user.heldJobs)", user.state,
                ])
            }
            return table.text
        }
    }

    private static let show = Command(
        "user show", "Shows one user, and the badges with the IDs for badge revoke.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.get("/users/\(try use.path(0))")) { answer throws(OperatorError) in
            try describe(answer.read("user"))
        }
    }

    private static func describe(_ user: UserAnswer) -> String {
        var facts = Table([.left("NAME", limit: 255), .left(user.name.displaySafe(limit: 255), limit: 255)])
        facts.add(["FULL NAME", user.fullName])
        facts.add(["DEPARTMENT", user.department])
        facts.add(["STATE", user.state])
        facts.add(["NUMBER", user.number ?? ""])
        facts.add(["PIN", user.hasPIN ? "yes" : "no"])
        facts.add(["PASSWORD", user.hasPassword == true ? "yes" : "no"])
        facts.add(["HELD JOBS", "\(user.heldJobs)"])
        facts.add(["BADGES", "\(user.badges.count)"])
        if user.badges.isEmpty { return facts.text }
        var badges = Table([.right("ID"), .left("LABEL"), .left("ADDED (UTC)")])
        for badge in user.badges { badges.add(["\(badge.id)", badge.label, Shown.minute(badge.addedAt)]) }
        return facts.text + "\n" + badges.text
    }

    private static let number = Command(
        CommandSyntax(
            "\(AdminProgram.name) user number",
            "Gives a user the number to type at a keypad, - from standard input; or takes it away.",
            operands: "NAME DIGITS|-|--remove", operandCount: 1...2,
            options: [.flag("--remove", "Takes the number away.")] + AdminProgram.options)
    ) { use throws(OperatorError) in
        let path = "/users/\(try use.path(0))/number"
        let typed = use.arguments.operands.dropFirst().first
        if use.arguments.has("--remove") {
            if typed != nil { throw use.usage("DIGITS and --remove exclude each other") }
            return try use.output(try use.server.ask("DELETE", path)) { _ in
                "\(use.shown(0)) has no number any more.\n"
            }
        }
        guard let typed else { throw use.usage("say either DIGITS or --remove") }
        let digits = try use.typed(typed, "number")
        return try use.output(try use.server.ask("PUT", path, ["number": .text(digits)])) { _ in
            "Number of \(use.shown(0)) set.\n"
        }
    }

    private static func lock(_ isLocked: Bool) -> Command {
        Command(
            isLocked ? "user lock" : "user unlock",
            isLocked
                ? "Refuses the user at every reader until unlocked."
                : "Lets a locked user print again, also after too many wrong PINs.",
            operands: ["NAME"]
        ) { use throws(OperatorError) in
            let answer = try use.server.ask("PATCH", "/users/\(try use.path(0))", ["locked": .flag(isLocked)])
            return try use.output(answer) { _ in "User \(use.shown(0)) \(isLocked ? "locked" : "unlocked").\n" }
        }
    }

    private static let delete = Command(
        "user delete", "Deletes a user with badges and held jobs; reports keep the past.", operands: ["NAME"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("DELETE", "/users/\(try use.path(0))")) { _ in
            "User \(use.shown(0)) deleted.\n"
        }
    }
}

extension UserAnswer {
    fileprivate var state: String {
        if locked { return "locked" }
        guard let wrongPINs else { return "active" }
        let end = lockedUntil.map(Shown.clock) ?? "unlocked"
        return "locked until \(end) (\(wrongPINs) wrong PINs)"
    }
}
