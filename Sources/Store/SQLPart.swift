// SPDX-License-Identifier: Apache-2.0

/// Conditions and expressions that several statements share, so that they cannot come to mean different things.
enum SQLPart {
    /// That a job waits for its owner. One that was withdrawn belonged to somebody who was deleted: whoever gets the
    /// same name later must not find it.
    /// - Parameter jobs: the name or alias of the table.
    static func isWaiting(_ jobs: String) -> String { "\(jobs).state = 'held' AND \(jobs).withdrawn = 0" }

    /// What people are called where they are shown.
    /// - Parameter users: the name or alias of the table.
    static func shownName(of users: String) -> String {
        "iif(\(users).full_name = '', \(users).name, \(users).full_name)"
    }
}
