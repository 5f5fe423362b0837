// SPDX-License-Identifier: Apache-2.0

import CSQLite
package import ServerCore

/// A database call that failed, with the statement's text, which never contains a value.
package struct StoreFault: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case full
        /// Reading, writing or syncing failed. The program must end: after a failed sync nobody knows what is on disk.
        case inputOutput = "input-output"
        case corrupt
        case busy
        case constraint
        case cannotOpen = "cannot-open"
        /// Written by a newer version of this program.
        case newerSchema = "newer-schema"
        /// A database, but not one of this program.
        case foreignFile = "foreign-file"
        case unexpected
    }

    package let kind: Kind
    /// The statement or the call.
    package let step: String
    package let detail: String

    package init(_ kind: Kind, step: String, detail: String) {
        self.kind = kind
        self.step = step
        self.detail = detail
    }

    /// `code` is SQLite's extended result code.
    init(code: CInt, step: String, detail: String) {
        self.init(Self.kind(code), step: step, detail: "\(detail) (SQLite \(code))")
    }

    package var isFatal: Bool { kind == .inputOutput || kind == .corrupt }

    package var failure: StoreFailure {
        switch kind {
        case .full: .full
        case .busy: .busy
        case .inputOutput, .corrupt, .constraint, .cannotOpen, .newerSchema, .foreignFile, .unexpected:
            .broken(description)
        }
    }

    private static func kind(_ code: CInt) -> Kind {
        switch code & 0xFF {
        case SQLITE_FULL: .full
        case SQLITE_IOERR: .inputOutput
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH: .cannotOpen
        default: .unexpected
        }
    }
}

extension StoreFault: CustomStringConvertible {
    package var description: String { "\(kind.rawValue): \(detail), in: \(step)" }
}
