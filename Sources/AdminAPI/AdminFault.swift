// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Primitives
import ServerCore

/// A request that was not done: the status, a stable code for programs and a sentence for people. It never repeats a
/// value that may be a secret.
struct AdminFault: Error, Hashable {
    let status: Int
    let code: String
    let detail: String
    var allowedMethods: [String] = []
    /// What is wrong with single lines of a file.
    var problems: [UserImportProblem] = []

    init(_ status: Int, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    static func badField(_ name: String, _ expected: String) -> AdminFault {
        AdminFault(400, "invalid-field", "The field \(name) must be \(expected).")
    }

    static func missing(_ name: String) -> AdminFault {
        AdminFault(400, "missing-field", "The field \(name) is missing.")
    }

    static func unknown(_ kind: String, _ name: String, known: [String]) -> AdminFault {
        let list =
            known.isEmpty ? "none is" : known.sorted().joined(separator: ", ") + (known.count > 1 ? " are" : " is")
        return AdminFault(
            400, "unknown-\(kind)", "There is no \(kind) \(name.displaySafe(limit: 64)) here; \(list) known.")
    }

    static func wrongMethod(_ method: String, allowed: [String]) -> AdminFault {
        let list = allowed.joined(separator: ", ")
        var fault = AdminFault(
            405, "wrong-method", "\(method.displaySafe(limit: 16)) cannot be done here, but \(list) can.")
        fault.allowedMethods = allowed
        return fault
    }

    init(_ problems: [UserImportProblem]) {
        let lines = Set(problems.map(\.line)).count
        self.init(422, "import-refused", "\(lines) of the lines cannot be taken. Nothing was changed.")
        self.problems = problems
    }

    init(_ refusal: AdminRefusal) {
        let status =
            switch refusal.code {
            case .notFound: 404
            case .exists, .conflict: 409
            case .invalid: 422
            }
        self.init(status, refusal.code.rawValue, refusal.detail)
    }

    /// The log has the details; whoever asks over the network gets what to do.
    init(_ failure: StoreFailure) {
        switch failure {
        case .full: self.init(503, "store-full", "The server's disk is full. Make room, then try again.")
        case .busy: self.init(503, "store-busy", "The server is too busy. Try again in a few seconds.")
        case .broken: self.init(503, "store-failed", "The server's store failed. Its log says why.")
        }
    }
}
