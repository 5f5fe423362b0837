// SPDX-License-Identifier: Apache-2.0

import CSQLite
import PrintModel
import Primitives

/// A value on its way into a statement.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    static func integer(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }
    static func text(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
    static func id<Subject>(_ id: RecordID<Subject>) -> SQLValue { .integer(id.value) }
    static func optional<Subject>(_ id: RecordID<Subject>?) -> SQLValue { id.map { .integer($0.value) } ?? .null }
    static func blob(_ bytes: [UInt8]?) -> SQLValue { bytes.map { .blob($0) } ?? .null }
    static func time(_ time: WallTime) -> SQLValue { .integer(time.milliseconds) }
    static func time(_ time: WallTime?) -> SQLValue { time.map { .integer($0.milliseconds) } ?? .null }
    static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 as Int64 : 0) }
    /// Sequence numbers and sizes are unsigned in our values and signed in SQLite; the highest 2^63 never occur.
    static func count(_ count: UInt64) -> SQLValue { .integer(Int64(clamping: count)) }
}

/// One row of a result. Valid within the closure that reads it; columns count from 0. The types are those of the STRICT
/// tables, so a column that is not what it should be is a damaged file, not a case to handle: SQLite converts.
struct SQLRow {
    let statement: OpaquePointer

    func isNull(_ column: CInt) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func int64(_ column: CInt) -> Int64 { sqlite3_column_int64(statement, column) }
    func int(_ column: CInt) -> Int { Int(int64(column)) }
    func flag(_ column: CInt) -> Bool { int64(column) != 0 }
    func count(_ column: CInt) -> UInt64 { UInt64(clamping: int64(column)) }
    func time(_ column: CInt) -> WallTime { WallTime(milliseconds: int64(column)) }
    func id<Subject>(_ column: CInt) -> RecordID<Subject> { RecordID(int64(column)) }

    func optionalInt(_ column: CInt) -> Int? { isNull(column) ? nil : int(column) }
    func optionalTime(_ column: CInt) -> WallTime? { isNull(column) ? nil : time(column) }
    func optionalText(_ column: CInt) -> String? { isNull(column) ? nil : text(column) }

    func text(_ column: CInt) -> String {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard let start = sqlite3_column_text(statement, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: CInt) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A value of one of our enums, stored by its name. A CHECK holds the names.
    func state<State: RawRepresentable<String>>(_ column: CInt) throws(StoreFault) -> State {
        let name = text(column)
        guard let state = State(rawValue: name) else {
            throw StoreFault(.corrupt, step: "read a state", detail: "\(State.self) has no \(name)")
        }
        return state
    }
}
