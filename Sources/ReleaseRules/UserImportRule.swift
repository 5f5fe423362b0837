// SPDX-License-Identifier: Apache-2.0

package import AdminModel
package import PrintModel

/// What a file of users changes, and what is wrong with it. All lines are seen together: two users may change numbers
/// with each other, and nobody's badge or number is taken away by somebody else's line.
///
/// Names are the same when Unicode calls them so, whatever their bytes (é may be one scalar or two); what is stored
/// keeps its spelling.
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
        package var checked: UserImportRow.Checked?

        package init(line: Int, user: String) {
            self.line = line
            self.user = user
        }
    }

    /// A user as the store has it.
    package struct Known: Hashable, Sendable {
        package var id: UserID
        package var name: String
        package var fullName: String
        package var department: String
        package var number: String?
        package var hasPIN: Bool

        package init(
            id: UserID, name: String, fullName: String, department: String, number: String? = nil, hasPIN: Bool = false
        ) {
            self.id = id
            self.name = name
            self.fullName = fullName
            self.department = department
            self.number = number
            self.hasPIN = hasPIN
        }
    }

    package struct Holder: Hashable, Sendable {
        package var id: UserID
        package var name: String

        package init(id: UserID, name: String) {
            self.id = id
            self.name = name
        }
    }

    /// What the store has.
    package struct Site: Sendable {
        /// All that are not deleted.
        package var users: [Known] = []
        package var deletedUsers: Set<String> = []
        package var departments: [String] = []
        /// Of the badges of the file.
        package var badgeHolders: [[UInt8]: Holder] = [:]
        /// From whom a badge of the file was taken away, by name.
        package var revokedBadges: [[UInt8]: Set<String>] = [:]

        package init() {}
    }

    /// What a line changes of its user; what stays is `nil` or empty.
    package struct Change: Hashable, Sendable {
        /// The place of its row.
        package var row: Int
        /// `nil` for a new one.
        package var id: UserID?
        /// As it is stored, or will be.
        package var user: String
        package var fullName: String?
        package var department: String?
        package var number: String?
        package var badges: [[UInt8]] = []
        package var givesPIN = false

        package var isNew: Bool { id == nil }
        package var isEmpty: Bool {
            !isNew && fullName == nil && department == nil && number == nil && badges.isEmpty && !givesPIN
        }
    }

    package private(set) var changes: [Change] = []
    package private(set) var problems: [UserImportProblem] = []
    /// In the order of the file.
    package private(set) var newDepartments: [String] = []
    /// Lines with a PIN of users who have one.
    package private(set) var pinsKept = 0
    /// Lines with a PIN of users who are not new and have none: it may have been taken away.
    package private(set) var pinsLeft = 0
    /// Users who were deleted, and stay so.
    package private(set) var leftDeleted: [String] = []
    /// Users of whom a badge was revoked, and stays so; once for each badge.
    package private(set) var leftRevoked: [String] = []

    private let known: [String: [Known]]
    private let site: Site
    private let revives: Bool
    /// In the spelling that counts.
    private var departments: [String: String]
    /// Who has a number that this file does not change.
    private var numberHolders: [String: Known] = [:]
    private var userLines: [String: Int] = [:]
    private var numberLines: [String: Int] = [:]
    private var badgeLines: [[UInt8]: Int] = [:]

    /// - Parameter revives: what was taken away is given again. Else it stays away, because the file may come each
    ///   night from somebody who does not know of it.
    package init(_ rows: [Row], site: Site, revives: Bool = false) {
        known = Dictionary(grouping: site.users, by: \.name)
        self.site = site
        self.revives = revives
        departments = Dictionary(site.departments.map { ($0, $0) }) { first, _ in first }
        for user in site.users { if let number = user.number { numberHolders[number] = user } }
        for row in rows where row.number != nil {
            guard let number = user(row.user)?.number, number != row.number else { continue }
            numberHolders[number] = nil
        }
        for (place, row) in rows.enumerated() { take(row, at: place) }
    }

    /// The one with the same bytes, else the only one of the name.
    private func user(_ name: String) -> Known? {
        let same = known[name] ?? []
        return same.first { $0.name.utf8.elementsEqual(name.utf8) } ?? (same.count == 1 ? same[0] : nil)
    }

    private mutating func take(_ row: Row, at place: Int) {
        guard NameRule.isName(row.user) else {
            return refuse(row, .user, row.user.isEmpty ? "is missing" : "must be \(NameRule.nameWords)")
        }
        if let line = userLines[row.user] {
            return refuse(row, .user, "\(row.user) stands on line \(line) already: put both lines into one")
        }
        userLines[row.user] = row.line
        let user = user(row.user)
        if user == nil, let twins = known[row.user], !twins.isEmpty {
            return refuse(row, .user, "\(row.user) is the name of \(twins.count) users that look alike: delete one")
        }
        if user == nil && site.deletedUsers.contains(row.user) && !revives {
            leftDeleted.append(row.user)
            return check(row, isNew: false, badges: 0)
        }
        var change = Change(row: place, id: user?.id, user: user?.name ?? row.user)
        if let name = row.fullName, name != user?.fullName {
            if !NameRule.isName(name) { refuse(row, .name, "must be \(NameRule.nameWords)") }
            change.fullName = name
        }
        change.department = department(row, user)
        change.number = number(row, user)
        change.badges = badges(row, user)
        change.givesPIN = givesPIN(row, user)
        check(row, isNew: change.isNew, badges: change.badges.count)
        if !change.isEmpty { changes.append(change) }
    }

    /// Between the check and the import others may have changed the user; what was not announced is not done.
    private mutating func check(_ row: Row, isNew: Bool, badges: Int) {
        guard let checked = row.checked, checked != UserImportRow.Checked(isNew: isNew, badges: badges) else { return }
        refuse(row, nil, "\(row.user) was changed meanwhile: import the file again")
    }

    private mutating func givesPIN(_ row: Row, _ user: Known?) -> Bool {
        guard row.givesPIN, let user else { return row.givesPIN }
        if user.hasPIN { pinsKept += 1 } else if !revives { pinsLeft += 1 }
        return !user.hasPIN && revives
    }

    private mutating func department(_ row: Row, _ user: Known?) -> String? {
        guard let name = row.department else {
            if user == nil { refuse(row, .department, "is missing: \(row.user) is new, and somebody must be charged") }
            return nil
        }
        if !NameRule.isName(name) { refuse(row, .department, "must be \(NameRule.nameWords)") }
        guard name != user?.department else { return nil }
        if let stored = departments[name] { return stored }
        departments[name] = name
        newDepartments.append(name)
        return name
    }

    private mutating func number(_ row: Row, _ user: Known?) -> String? {
        guard let number = row.number else { return nil }
        if !NameRule.isNumber(number) {
            refuse(row, .number, "must be \(NameRule.numberWords)")
        } else if let line = numberLines[number] {
            refuse(row, .number, "stands on line \(line) already: each user needs another one")
        } else if let holder = numberHolders[number], holder.id != user?.id {
            refuse(row, .number, "is \(holder.name)'s: give that user another one, here or with user number")
        }
        numberLines[number] = row.line
        return number == user?.number ? nil : number
    }

    /// Those that the user does not have yet.
    private mutating func badges(_ row: Row, _ user: Known?) -> [[UInt8]] {
        guard row.badges.count <= UserImportLimits.badges else {
            refuse(row, .badge, "there are more than \(UserImportLimits.badges)")
            return []
        }
        var new: [[UInt8]] = []
        for badge in row.badges {
            if let line = badgeLines[badge] {
                // Twice on one line, perhaps as another form of the same number, is once.
                if line != row.line { refuse(row, .badge, "stands on line \(line) already: a badge has one holder") }
                continue
            }
            badgeLines[badge] = row.line
            if let holder = site.badgeHolders[badge] {
                guard holder.id != user?.id else { continue }
                refuse(row, .badge, "is \(holder.name)'s: revoke it there first; user show \(holder.name) tells its ID")
            } else if !revives, site.revokedBadges[badge]?.contains(row.user) == true {
                leftRevoked.append(user?.name ?? row.user)
            } else {
                new.append(badge)
            }
        }
        return new
    }

    private mutating func refuse(_ row: Row, _ column: UserImportColumn?, _ detail: String) {
        problems.append(UserImportProblem(line: row.line, column: column, detail))
    }
}
