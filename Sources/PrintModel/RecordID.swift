// SPDX-License-Identifier: Apache-2.0

/// The number of a stored record. The phantom `Subject` keeps a job's number from being taken for a user's.
package struct RecordID<Subject>: Hashable, Comparable, Sendable {
    package let value: Int64

    package init(_ value: Int64) { self.value = value }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
}

extension RecordID: CustomStringConvertible {
    package var description: String { String(value) }
}

package typealias JobID = RecordID<Job>
package typealias UserID = RecordID<User>
package typealias AgentID = RecordID<Agent>
package typealias PrinterID = RecordID<Printer>
package typealias SessionID = RecordID<ReleaseSession>
package typealias ReleaseID = RecordID<Release>
package typealias AccountID = RecordID<Account>

/// One document as submitted, with owner and attributes.
package enum Job {}
/// A person who prints.
package enum User {}
/// A box at a copier.
package enum Agent {}
/// Where bytes are sent.
package enum Printer {}
/// One user at one agent, from badge to log-out.
package enum ReleaseSession {}
/// One attempt to bring one job out at one printer.
package enum Release {}
/// Who pays, where that is not the department: a project, a client. People name it by its billing code.
package enum Account {}
