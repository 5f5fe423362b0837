// SPDX-License-Identifier: Apache-2.0

package import AdminModel

/// What a file of users changes, and what is wrong with it. All lines are seen together: two users may change numbers
/// with each other, and nobody's badge or number is taken away by somebody else's line.
package struct UserImportRule {
    /// A line of the file. What is `nil` or empty stays as it is.
    package struct Row: Hashable, Sendable {
        package var line: Int
        package var user: String
        package var fullName: String?
        package var department: String?
        package var number: String?
        /// Under which they are stored.
        package var badges: [[UInt8]] = []
        package var givesPIN = false

        package init(line: Int, user: String) {
            self.line = line
            self.user = user
        }
    }

    /// A user as the store has it.
    package struct Known: Hashable, Sendable {
        package var name: String
        package var fullName: String
        package var department: String
        package var number: String?
        package var hasPIN: Bool

        package init(name: String, fullName: String, department: String, number: String?, hasPIN: Bool) {
            self.name = name
            self.fullName = fullName
            self.department = department
            self.number = number
            self.hasPIN = hasPIN
        }
    }

    /// What a line changes of its user; what stays is `nil` or empty.
    package struct Change: Hashable, Sendable {
        /// The place of its row.
        package var row: Int
        package var isNew: Bool
        package var fullName: String?
        package var department: String?
        package var number: String?
        package var badges: [[UInt8]] = []
        package var givesPIN = false

        package var isEmpty: Bool {
            !isNew && fullName == nil && department == nil && number == nil && badges.isEmpty && !givesPIN
        }
    }

    package private(set) var changes: [Change] = []
    package private(set) var problems: [UserImportProblem] = []
    /// Lines with a PIN of users who have one.
    package private(set) var pinsKept = 0

    private let known: [String: Known]
    private let badgeHolders: [[UInt8]: String]
    /// Who has a number that this file does not change.
    private var numberHolders: [String: String] = [:]
    private var userLines: [String: Int] = [:]
    private var numberLines: [String: Int] = [:]
    private var badgeLines: [[UInt8]: Int] = [:]

    /// - Parameters:
    ///   - users: all that are not deleted.
    ///   - badgeHolders: the names of those who have badges of the file.
    package init(_ rows: [Row], users: [Known], badgeHolders: [[UInt8]: String]) {
        known = Dictionary(users.map { ($0.name, $0) }) { first, _ in first }
        self.badgeHolders = badgeHolders
        for user in users { if let number = user.number { numberHolders[number] = user.name } }
        for row in rows where row.number != nil {
            guard let number = known[row.user]?.number, number != row.number else { continue }
            numberHolders[number] = nil
        }
        for (place, row) in rows.enumerated() { take(row, at: place) }
    }

    private mutating func take(_ row: Row, at place: Int) {
        guard NameRule.isName(row.user) else {
            return refuse(row, .user, row.user.isEmpty ? "is missing" : "must be \(NameRule.nameWords)")
        }
        if let line = userLines[row.user] {
            return refuse(row, .user, "\(row.user) stands on line \(line) already: put both lines into one")
        }
        userLines[row.user] = row.line
        let user = known[row.user]
        var change = Change(row: place, isNew: user == nil)
        if let name = row.fullName, name != user?.fullName {
            if !NameRule.isName(name) { refuse(row, .name, "must be \(NameRule.nameWords)") }
            change.fullName = name
        }
        change.department = department(row, user)
        change.number = number(row, user)
        change.badges = badges(row)
        change.givesPIN = row.givesPIN && user?.hasPIN != true
        if row.givesPIN && !change.givesPIN { pinsKept += 1 }
        if !change.isEmpty { changes.append(change) }
    }

    private mutating func department(_ row: Row, _ user: Known?) -> String? {
        guard let department = row.department else {
            if user == nil { refuse(row, .department, "is missing: \(row.user) is new, and somebody must be charged") }
            return nil
        }
        if !NameRule.isName(department) { refuse(row, .department, "must be \(NameRule.nameWords)") }
        return department == user?.department ? nil : department
    }

    private mutating func number(_ row: Row, _ user: Known?) -> String? {
        guard let number = row.number else { return nil }
        if !NameRule.isNumber(number) {
            refuse(row, .number, "must be \(NameRule.numberWords)")
        } else if let line = numberLines[number] {
            refuse(row, .number, "stands on line \(line) already: each user needs another one")
        } else if let holder = numberHolders[number], holder != row.user {
            refuse(row, .number, "is \(holder)'s: give that user another one, here or with user number")
        }
        numberLines[number] = row.line
        return number == user?.number ? nil : number
    }

    /// Those that the user does not have yet.
    private mutating func badges(_ row: Row) -> [[UInt8]] {
        var new: [[UInt8]] = []
        for badge in row.badges {
            if let line = badgeLines[badge] {
                // Twice on one line, perhaps as another form of the same number, is once.
                if line != row.line { refuse(row, .badge, "stands on line \(line) already: a badge has one holder") }
                continue
            }
            badgeLines[badge] = row.line
            guard let holder = badgeHolders[badge] else {
                new.append(badge)
                continue
            }
            if holder != row.user {
                refuse(row, .badge, "is \(holder)'s: revoke it there first; user show \(holder) tells its ID")
            }
        }
        return new
    }

    private mutating func refuse(_ row: Row, _ column: UserImportColumn, _ detail: String) {
        problems.append(UserImportProblem(line: row.line, column: column, detail))
    }
}
