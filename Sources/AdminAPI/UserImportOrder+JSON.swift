// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
import Crypto
import Primitives
import ServerCore

extension UserImportOrder {
    init(_ body: inout JSONFields) throws(AdminFault) {
        let isDryRun = try body.flag("dryRun")
        let label = try body.optionalText("label") ?? ""
        var (rows, problems): ([Row], [UserImportProblem]) = ([], [])
        for row in try body.rows("users") { rows.append(try Self.read(row, &problems)) }
        self.init(rows: rows, label: label, isDryRun: isDryRun, problems: problems)
        revives = try body.optionalFlag("revive") ?? false
    }

    private static func read(_ row: UserImportRow, _ problems: inout [UserImportProblem]) throws(AdminFault) -> Row {
        var read = Row(line: row.line, user: row.user)
        (read.fullName, read.department, read.number) = (row.name, row.department, row.number)
        (read.givesPIN, read.checked) = (row.givesPIN ?? false, row.checked)
        if let text = row.pinHash {
            guard let hash = PINHash(text) else {
                throw .badField("pinHash", "what the command lanyard makes of a PIN")
            }
            read.pinHash = hash
        }
        for badge in row.badges ?? [] {
            do throws(CredentialFault) {
                read.badges.append(try CredentialForm(typed: badge.revealed))
            } catch {
                problems.append(UserImportProblem(line: row.line, column: .badge, "cannot be read: \(error)"))
            }
        }
        return read
    }
}

extension PINHash {
    /// As ``Crypto/PasswordHash/encoded`` in hexadecimal, with the costs that are due now.
    fileprivate init?(_ text: SecretText) {
        guard let bytes = Hexadecimal.bytes(of: text.bytes.revealed), let hash = PasswordHash(encoded: bytes),
            !hash.isOutdated
        else { return nil }
        let parts = hash.parts
        self.init(logN: parts.logN, salt: parts.salt, hash: parts.hash)
    }
}
