// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel

extension DeskView {
    /// As touch screens are told of it. Fields are added, never renamed.
    var json: String {
        let fields: [(String, String)] = [
            ("reader", quotedJSON(reader)), ("stage", quotedJSON(stage.rawValue)), ("typed", "\(typed)"),
            ("user", quotedJSON(user)), ("documents", Self.list(documents.map(\.json))), ("more", "\(hasMore)"),
            ("in-doubt", "\(inDoubt)"), ("mono", "\(isMono)"), ("sides", quotedJSON(sides.word)),
            ("account", account?.json ?? "null"), ("account-needed", "\(needsAccount)"),
            ("accounts", Self.list(accounts.map(\.json))), ("more-accounts", "\(hasMoreAccounts)"),
            ("may", Self.list(choices.map { quotedJSON($0.rawValue) })),
        ]
        return "{\"dialogue\":\(objectJSON(fields))}"
    }

    private static func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }
}

extension DeskDocument {
    fileprivate var json: String {
        let fields: [(String, String?)] = [
            ("id", "\(id)"), ("title", quotedJSON(title)), ("state", quotedJSON(state)), ("copies", "\(copies)"),
            ("pages", pages.map { "\($0)" }), ("color-pages", colorPages.map { "\($0)" }), ("bytes", "\(size)"),
            ("price", price.map(quotedJSON)), ("picked", "\(isPicked)"),
        ]
        // What is not known is left out.
        return objectJSON(fields.compactMap { name, value in value.map { (name, $0) } })
    }
}

extension DeskAccount {
    fileprivate var json: String {
        objectJSON([("id", "\(id)"), ("code", quotedJSON(code)), ("name", quotedJSON(name))])
    }
}

private func objectJSON(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
}
