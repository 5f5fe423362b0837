// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Ops

/// Billing codes.
enum CodeCommands {
    static let all: [Command] = [add, list, delete]

    private static let add = Command(
        "code add", "Adds a billing code that people may choose at a release.", operands: ["CODE"],
        options: [.value("--name", "TEXT", "What it stands for; shown beside it.")]
    ) { use throws(OperatorError) in
        let answer = try use.server.ask(
            "POST", "/accounts",
            ["code": .text(use.arguments.operands[0]), "name": use.arguments.value("--name").map { .text($0) }])
        return try use.output(answer) { _ in "Billing code \(use.shown(0)) added.\n" }
    }

    private static let list = Command("code list", "Lists all billing codes.") { use throws(OperatorError) in
        try use.output(try use.server.get("/accounts")) { answer throws(OperatorError) in
            let accounts: [AccountAnswer] = try answer.read("accounts")
            if accounts.isEmpty { return "There are no billing codes.\n" }
            var table = Table([.left("CODE"), .left("NAME", limit: 64)])
            for account in accounts { table.add([account.code, account.name]) }
            return table.text
        }
    }

    private static let delete = Command(
        "code delete", "Deletes a billing code; reports keep the past.", operands: ["CODE"]
    ) { use throws(OperatorError) in
        try use.output(try use.server.ask("DELETE", "/accounts/\(try use.path(0))")) { _ in
            "Billing code \(use.shown(0)) deleted.\n"
        }
    }
}
