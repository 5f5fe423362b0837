// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules
import ReleaseWire
import ServerCore

/// Billing codes, as the administrator sees them.
extension StoreCore {
    func addAccount(_ code: String, name: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard NameRule.isName(code), code.utf8.count <= AccountQuery.codeLimit else {
            return refuse(.invalid, "a billing code has 1 to \(AccountQuery.codeLimit) bytes of printable text")
        }
        if try find(.account, code) != nil { return refuse(.exists, "there is a billing code \(code) already") }
        let name = name.displaySafe(limit: Wire.nameLimit)
        try database.run("INSERT INTO accounts (code, name) VALUES (?1, ?2)", .text(code), .text(name))
        try audit("add-account", code, at: who.now, by: who.name)
        return .account(AccountFacts(code: code, name: name))
    }

    /// By code.
    func accounts() throws(StoreFault) -> [AccountFacts] {
        try database.rows("SELECT code, name FROM accounts WHERE deleted_at IS NULL ORDER BY code") {
            AccountFacts(code: $0.text(0), name: $0.text(1))
        }
    }

    /// Reports keep what was charged to it.
    func deleteAccount(_ code: String, _ who: Administrator) throws(StoreFault) -> AdminReply {
        guard let (account, code) = try find(.account, code) else {
            return refuse(.notFound, "there is no billing code \(code)")
        }
        try database.run("UPDATE accounts SET deleted_at = ?2 WHERE id = ?1", .integer(account), .time(who.now))
        return try done("delete-account", code, who)
    }
}
