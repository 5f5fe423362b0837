// SPDX-License-Identifier: Apache-2.0

import PrintModel

/// What has a name that people type.
enum Named {
    case user
    case department
    case agent
    case printer
    case account

    /// The records that have one, and the column that it is in. A revoked agent and what was deleted have none.
    fileprivate var source: (records: String, column: String) {
        switch self {
        case .user: ("users WHERE deleted_at IS NULL", "name")
        case .department: ("departments WHERE id > 0", "name")
        case .agent: ("agents WHERE revoked_at IS NULL", "name")
        case .printer: ("printers WHERE removed_at IS NULL", "name")
        case .account: ("accounts WHERE deleted_at IS NULL", "code")
        }
    }
}

/// SQLite compares names by their bytes. Two that Unicode calls the same, and nobody can tell apart, are one name to an
/// administrator: é may be one scalar or two.
extension StoreCore {
    /// A record, and its name as it is stored: with just these bytes, or else with others that look the same.
    func find(_ kind: Named, _ name: String) throws(StoreFault) -> (id: Int64, name: String)? {
        let (records, column) = kind.source
        let query = "SELECT id, \(column) FROM \(records)"
        let exact = try database.row("\(query) AND \(column) = ?1", .text(name)) {
            (id: $0.int64(0), name: $0.text(1))
        }
        guard exact == nil else { return exact }
        // Even ASCII has other forms: the sign for kelvin is a K.
        let all = try database.rows("\(query) ORDER BY id") { (id: $0.int64(0), name: $0.text(1)) }
        return all.first { $0.name == name }
    }

    func findUser(_ name: String) throws(StoreFault) -> (id: UserID, name: String)? {
        try find(.user, name).map { (UserID($0.id), $0.name) }
    }

    func findAgent(_ name: String) throws(StoreFault) -> (id: AgentID, name: String)? {
        try find(.agent, name).map { (AgentID($0.id), $0.name) }
    }
}
