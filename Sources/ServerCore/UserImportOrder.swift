// SPDX-License-Identifier: Apache-2.0

package import AdminModel
package import Credentials

/// A file of users as the store takes it.
package struct UserImportOrder: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package var line: Int
        package var user: String
        package var fullName: String?
        package var department: String?
        package var number: String?
        package var badges: [CredentialForm] = []
        package var givesPIN = false
        package var pinHash: PINHash?
        package var checked: UserImportRow.Checked?

        package init(line: Int, user: String) {
            self.line = line
            self.user = user
        }
    }

    package var rows: [Row]
    /// What all new badges are called.
    package var label: String
    package var isDryRun: Bool
    /// What was taken away is given again.
    package var revives = false
    /// Found while it was read: what is no badge.
    package var problems: [UserImportProblem]

    package init(rows: [Row], label: String, isDryRun: Bool, problems: [UserImportProblem] = []) {
        self.rows = rows
        self.label = label
        self.isDryRun = isDryRun
        self.problems = problems
    }
}
