// SPDX-License-Identifier: Apache-2.0

import CSQLite
import Glibc

/// One connection to SQLite, for one thread. Statements are prepared once and kept.
final class Database {
    /// Asked before each step with the statement's text; an SQLite result code makes
    /// the step fail without being run. For tests of what happens then; `nil` in service.
    var faultHook: ((String) -> CInt?)?

    private let connection: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]
    /// More would mean that somebody builds statements out of values.
    private static let statementLimit = 512
    private static let busyMilliseconds: CInt = 5000

    /// - Parameter path: a file, made with mode 0600 when it is missing; its WAL files get the same mode. `:memory:`
    ///   for one that vanishes with the connection.
    init(path: String, readOnly: Bool = false) throws(StoreFault) {
        if path != ":memory:" && !readOnly { try Self.makeFile(path) }
        var handle: OpaquePointer?
        let flags = (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &handle, flags | (path == ":memory:" ? SQLITE_OPEN_CREATE : 0), nil)
        guard let handle, code == SQLITE_OK else {
            let detail = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw StoreFault(.cannotOpen, step: "open \(path)", detail: detail)
        }
        connection = handle
        sqlite3_extended_result_codes(connection, 1)
        sqlite3_busy_timeout(connection, Self.busyMilliseconds)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(connection)
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(connection) == 0 }
    /// Rows changed by the last INSERT, UPDATE or DELETE.
    var changes: Int { Int(sqlite3_changes(connection)) }
    var lastRowID: Int64 { sqlite3_last_insert_rowid(connection) }

    func run(_ sql: String, _ values: SQLValue...) throws(StoreFault) {
        try step(sql, values) { (_: SQLRow) throws(StoreFault) in }
    }

    func rows<Result>(
        _ sql: String, _ values: SQLValue..., read: (SQLRow) throws(StoreFault) -> Result
    ) throws(StoreFault) -> [Result] {
        try rows(sql, values: values, read: read)
    }

    func rows<Result>(
        _ sql: String, values: [SQLValue], read: (SQLRow) throws(StoreFault) -> Result
    ) throws(StoreFault) -> [Result] {
        var results: [Result] = []
        try step(sql, values) { (row: SQLRow) throws(StoreFault) in results.append(try read(row)) }
        return results
    }

    /// The first row, if there is one.
    func row<Result>(
        _ sql: String, _ values: SQLValue..., read: (SQLRow) throws(StoreFault) -> Result
    ) throws(StoreFault) -> Result? {
        var result: Result?
        try step(sql, values) { (row: SQLRow) throws(StoreFault) in
            if result == nil { result = try read(row) }
        }
        return result
    }

    /// Several statements without values or results, as migrations are.
    func runScript(_ script: String) throws(StoreFault) {
        try injectFault(script)
        let code = sqlite3_exec(connection, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw fault(code, script) }
    }

    /// How SQLite goes about a statement, one line a step; for tests of what is fast.
    func plan(of sql: String) throws(StoreFault) -> [String] {
        let explained = try prepared("EXPLAIN QUERY PLAN \(sql)")
        let places = Int(sqlite3_bind_parameter_count(explained))
        return try rows("EXPLAIN QUERY PLAN \(sql)", values: Array(repeating: .null, count: places)) { $0.text(3) }
    }

    private func step(
        _ sql: String, _ values: [SQLValue], _ read: (SQLRow) throws(StoreFault) -> Void
    ) throws(StoreFault) {
        let statement = try prepared(sql)
        // The statement is ready for its next use whatever happens; the code was reported by the step before.
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        try bind(values, to: statement, sql)
        try injectFault(sql)
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw fault(code, sql) }
            try read(SQLRow(statement: statement))
        }
    }

    private func bind(_ values: [SQLValue], to statement: OpaquePointer, _ sql: String) throws(StoreFault) {
        precondition(values.count == Int(sqlite3_bind_parameter_count(statement)), "a value for each place: \(sql)")
        for (place, value) in zip(1..., values) {
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, CInt(place))
                case .integer(let number): sqlite3_bind_int64(statement, CInt(place), number)
                case .text(let text): cq_bind_text(statement, CInt(place), text, CInt(text.utf8.count))
                case .blob(let bytes): cq_bind_blob(statement, CInt(place), bytes, CInt(bytes.count))
                }
            guard code == SQLITE_OK else { throw fault(code, sql) }
        }
    }

    private func prepared(_ sql: String) throws(StoreFault) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        precondition(statements.count < Self.statementLimit, "statements are texts of this program")
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard let statement, code == SQLITE_OK else { throw fault(code, sql) }
        statements[sql] = statement
        return statement
    }

    private func injectFault(_ sql: String) throws(StoreFault) {
        guard let code = faultHook?(sql) else { return }
        throw StoreFault(code: code, step: sql, detail: "injected")
    }

    private func fault(_ code: CInt, _ sql: String) -> StoreFault {
        StoreFault(code: code, step: sql, detail: String(cString: sqlite3_errmsg(connection)))
    }

    private static func makeFile(_ path: String) throws(StoreFault) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw StoreFault(.cannotOpen, step: "open \(path)", detail: String(cString: strerror(errno)))
        }
        close(descriptor)
    }
}
