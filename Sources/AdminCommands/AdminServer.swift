// SPDX-License-Identifier: Apache-2.0

import AdminModel
import FoundationEssentials
import HTTPClient
import Ops
import Primitives

/// The server at the other end of the admin socket.
struct AdminServer {
    /// Sends one request. A test puts its own in place.
    let send: AdminProgram.Send
    let socket: String

    func get(_ path: String, query: [(name: String, value: String?)] = []) throws(OperatorError) -> ServerAnswer {
        let given = query.compactMap { item in item.value.map { "\(item.name)=\($0.percentEncoded)" } }
        return try ask("GET", path + (given.isEmpty ? "" : "?" + given.joined(separator: "&")))
    }

    /// - Parameter fields: become the JSON object that the server expects; `nil` values are left out.
    func ask(
        _ method: String, _ path: String, _ fields: [String: FieldValue?]? = nil
    ) throws(OperatorError) -> ServerAnswer {
        let answer = try request(method, path, fields.map { JSONForm.bytes(of: $0.compactMapValues { $0 }) })
        guard answer.isDone else { throw refusal(answer) }
        return ServerAnswer(bytes: answer.body)
    }

    /// - Returns: what became of it, or what is wrong with single lines.
    func importUsers(
        _ users: UserImportRequest
    ) throws(OperatorError) -> (answer: UserImportAnswer?, problems: [UserImportProblem]) {
        let answer = try request("POST", "/user-imports", JSONForm.bytes(of: users))
        if answer.isDone { return (try ServerAnswer(bytes: answer.body).read(), []) }
        guard let problems = RefusalAnswer(answer)?.problems, !problems.isEmpty else { throw refusal(answer) }
        return (nil, problems)
    }

    private func request(_ method: String, _ path: String, _ json: [UInt8]?) throws(OperatorError) -> HTTPAnswer {
        do throws(HTTPClientFault) {
            return try send(socket, method, "/api/v1" + path, json)
        } catch {
            throw unreachable(error)
        }
    }

    private func unreachable(_ fault: HTTPClientFault) -> OperatorError {
        let start = "Start lanyard-server, or name its socket with --socket or LANYARD_SOCKET."
        return switch fault {
        case .socketMissing:
            OperatorError(.serverUnreachable, "there is no admin socket at \(socket)", remedy: start)
        case .refused:
            OperatorError(.serverUnreachable, "no server listens at \(socket)", remedy: start)
        case .permissionDenied:
            OperatorError(
                .permissionDenied, "you may not open the admin socket \(socket)",
                remedy: "Run this as root, as the server's user or as a member of the socket's group.")
        case .timedOut:
            OperatorError(
                .serverUnreachable, "the server at \(socket) did not answer in time",
                remedy: "Its log says what it is busy with. Look whether the change was made before you try again.")
        case .closed:
            OperatorError(
                .serverUnreachable, "the server at \(socket) ended the connection without an answer",
                remedy: "Its log says why. Look whether the change was made before you try again.")
        case .answerTooLong(let limit):
            OperatorError(
                .inputInvalid, "the answer is longer than \(limit >> 20) MiB",
                remedy: "Ask for less, for example for one month.")
        case .badSocketPath:
            OperatorError(.usage, "\(socket) is too long for a socket", remedy: "Use a path of at most 107 bytes.")
        case .other(let text):
            OperatorError(.serverUnreachable, "the server at \(socket) cannot be asked: \(text)", remedy: start)
        }
    }

    private func refusal(_ answer: HTTPAnswer) -> OperatorError {
        guard let error = RefusalAnswer(answer)?.error else {
            return OperatorError(
                .internalFault, "the server answered with status \(answer.status)",
                remedy: "Is \(socket) the admin socket of a lanyard-server of this version?")
        }
        let code: OperatorError.Code =
            switch (answer.status, error.code) {
            case (403, _): .permissionDenied
            case (404, "unknown-route"), (405, _), (500, _): .internalFault
            case (404, _): .notFound
            case (409, _): .conflict
            case (503, "store-full"): .storeFull
            case (503, "store-failed"): .storeFailed
            case (503, _): .serverUnreachable
            default: .inputInvalid
            }
        // The detail says what to do, too.
        return OperatorError(code, error.detail.displaySafe(limit: 1024), remedy: "")
    }
}

/// A value in a request's body.
enum FieldValue: Encodable {
    case text(String)
    case integer(Int)
    case flag(Bool)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .integer(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        }
    }
}

private struct RefusalAnswer: Decodable {
    struct Fault: Decodable {
        let code: String
        let detail: String
    }

    let error: Fault
    let problems: [UserImportProblem]?

    init?(_ answer: HTTPAnswer) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(answer.body)) else { return nil }
        self = read
    }
}

extension HTTPAnswer {
    fileprivate var isDone: Bool { (200...299).contains(status) }
}

/// The JSON document of a request that was done.
struct ServerAnswer {
    let bytes: [UInt8]

    /// As it came.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func read<Value: Decodable>(_: Value.Type = Value.self) throws(OperatorError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw OperatorError(
                .internalFault, "the server's answer cannot be read",
                remedy: "lanyard and lanyard-server must be of the same version.")
        }
    }

    /// The value under the document's one key.
    func read<Value: Decodable>(_ key: String, _: Value.Type = Value.self) throws(OperatorError) -> Value {
        guard let value = try read([String: Value].self)[key] else {
            throw OperatorError(
                .internalFault, "the server's answer has no \(key)",
                remedy: "lanyard and lanyard-server must be of the same version.")
        }
        return value
    }
}
