// SPDX-License-Identifier: Apache-2.0

// What `POST /user-imports` takes and answers. The names of the properties are the API: programs of others write and
// read them. Fields are added, never renamed. What is not known is left out.

/// A column of a file of users.
package enum UserImportColumn: String, CaseIterable, Codable, Sendable {
    case user
    /// How the person is called.
    case name
    case department
    case number
    case badge
    case pin
}

/// What one import takes at most.
package enum UserImportLimits {
    package static let fileBytes = 4 << 20
    package static let users = 20_000
    package static let columns = 32
    package static let fieldBytes = 1024
    /// Of one user in one file.
    package static let badges = 16
    /// Of a request: such a file as JSON, which doubles some characters and names the fields on each line, with a
    /// hash for each PIN.
    package static let bodyBytes = 16 << 20
}

package struct UserImportRequest: Hashable, Sendable, Codable {
    /// Says what would change, and changes nothing.
    package var dryRun: Bool
    /// What was taken away is given again: revoked badges, deleted users, and a PIN to whoever has none.
    package var revive: Bool?
    /// What all new badges are called.
    package var label: String?
    package var users: [UserImportRow]

    package init(dryRun: Bool, revive: Bool? = nil, label: String?, users: [UserImportRow]) {
        self.dryRun = dryRun
        self.revive = revive
        self.label = label
        self.users = users
    }
}

/// A user as one line of the file has it. What is left out stays as it is.
package struct UserImportRow: Hashable, Sendable, Codable {
    /// What a dry run said of the line.
    package struct Checked: Hashable, Sendable, Codable {
        package var isNew: Bool
        /// New ones.
        package var badges: Int

        package init(isNew: Bool, badges: Int) {
            self.isNew = isNew
            self.badges = badges
        }
    }

    package var line: Int
    package var user: String
    package var name: String?
    package var department: String?
    package var number: String?
    /// As they are typed for `badge add`.
    package var badges: [SecretText]?
    /// The line has a PIN, for a user who is new.
    package var givesPIN: Bool?
    /// That PIN as it is stored, in hexadecimal: a dry run needs none, and says who needs one.
    package var pinHash: SecretText?
    /// When another thing comes of the line now, it is refused.
    package var checked: Checked?

    package init(line: Int, user: String) {
        self.line = line
        self.user = user
    }

    package init(from decoder: any Decoder) throws {
        let names = try decoder.container(keyedBy: AnyName.self).allKeys
        guard names.allSatisfy({ CodingKeys(stringValue: $0.stringValue) != nil }) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "unknown field"))
        }
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        line = try fields.decode(Int.self, forKey: .line)
        user = try fields.decode(String.self, forKey: .user)
        name = try fields.decodeIfPresent(String.self, forKey: .name)
        department = try fields.decodeIfPresent(String.self, forKey: .department)
        number = try fields.decodeIfPresent(String.self, forKey: .number)
        badges = try fields.decodeIfPresent([SecretText].self, forKey: .badges)
        givesPIN = try fields.decodeIfPresent(Bool.self, forKey: .givesPIN)
        pinHash = try fields.decodeIfPresent(SecretText.self, forKey: .pinHash)
        checked = try fields.decodeIfPresent(Checked.self, forKey: .checked)
    }

    /// The fields, for whoever wrote another one.
    package static let fields = "line, user, name, department, number, badges, givesPIN, pinHash and checked"

    private struct AnyName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// Why a line is refused. It never repeats a badge's number or a PIN.
package struct UserImportProblem: Hashable, Sendable, Codable {
    package var line: Int
    /// `nil` where it is the line itself.
    package var column: UserImportColumn?
    /// Completes a sentence that begins with the column.
    package var detail: String

    package init(line: Int, column: UserImportColumn? = nil, _ detail: String) {
        self.line = line
        self.column = column
        self.detail = detail
    }
}

package struct UserImportAnswer: Hashable, Sendable, Codable {
    /// What became, or would become, of one line; left out is what stays as it is.
    package struct Change: Hashable, Sendable, Codable {
        package var line: Int
        package var user: String
        package var isNew: Bool
        package var name: String?
        package var department: String?
        package var number: String?
        package var badges: Int
        package var pin: Bool

        package init(line: Int, user: String, isNew: Bool) {
            self.line = line
            self.user = user
            self.isNew = isNew
            badges = 0
            pin = false
        }
    }

    package var dryRun: Bool
    package var added = 0
    package var changed = 0
    package var unchanged = 0
    package var badges = 0
    package var pins = 0
    /// Users of the file with a PIN there and another or the same one here, which stays.
    package var pinsKept = 0
    /// Users of the file with a PIN there and none here who are not new: they stay without, lest a PIN that was removed
    /// come back.
    package var pinsLeft = 0
    /// Badges of the file that were revoked from the same user, and stay so; and those users.
    package var badgesLeftRevoked = 0
    package var leftRevoked: [String] = []
    /// Users of the file who were deleted, and stay so.
    package var leftDeleted: [String] = []
    package var newDepartments: [String] = []
    package var changes: [Change] = []
    /// When there are any, nothing was changed.
    package var problems: [UserImportProblem] = []

    package init(dryRun: Bool) { self.dryRun = dryRun }
}
