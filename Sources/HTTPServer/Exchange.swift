// SPDX-License-Identifier: Apache-2.0

import CMicrohttpd

/// One request on its way through libmicrohttpd, from its header to the end of its answer.
///
/// ```
/// receiving ──body complete──▶ asked ──answer──▶ answered ──queued──▶ sent
///                                │ returns without an answer: the connection sleeps until there is one
/// ```
final class Exchange {
    private enum State {
        case receiving
        case asked
        case answered(HTTPResponse)
        case sent
    }

    private let connection: OpaquePointer
    private let limits: HTTPServerLimits
    /// Asks for a turn of the library, which notices by itself only what happens on its connections.
    private let wantsTurn: () -> Void
    private var request: HTTPRequest
    /// Bytes of the body that came, also those of a body that is too long to be kept.
    private var received = 0
    private var state = State.receiving
    private var isSuspended = false

    init(
        _ request: HTTPRequest, on connection: OpaquePointer, limits: HTTPServerLimits,
        wantsTurn: @escaping () -> Void
    ) {
        self.request = request
        self.connection = connection
        self.limits = limits
        self.wantsTurn = wantsTurn
    }

    private var isTooLong: Bool { received > limits.bodyBytes }
    private static func tooLong(_ limit: Int) -> HTTPResponse {
        .text(413, "The body is longer than \(limit) bytes.")
    }

    /// A body that announces itself as too long is refused before it is sent.
    func begin() -> MHD_Result {
        guard let announced = request.headers["content-length"].flatMap(Int.init), announced > limits.bodyBytes else {
            return .YES
        }
        return queue(Self.tooLong(limits.bodyBytes))
    }

    /// Closes the connection once the client has gone on for too long after the limit.
    func receive(_ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        received += bytes.count
        guard !isTooLong else { return received > limits.drainedBytes ? .NO : .YES }
        request.body.append(contentsOf: bytes)
        return .YES
    }

    /// Called when the body is complete, and again each time the connection was woken.
    func proceed(_ handler: HTTPServer.Handler) -> MHD_Result {
        switch state {
        case .receiving:
            if isTooLong { return queue(Self.tooLong(limits.bodyBytes)) }
            state = .asked
            handler(request) { response in self.answer(response) }
            request.body = []
            if case .answered(let response) = state { return queue(response) }
            isSuspended = true
            MHD_suspend_connection(connection)
            return .YES
        case .asked:
            return .YES
        case .answered(let response):
            return queue(response)
        case .sent:
            return .NO
        }
    }

    /// The first answer counts. One that comes after the server was closed goes nowhere.
    func answer(_ response: HTTPResponse) {
        guard case .asked = state else { return }
        state = .answered(response)
        wake()
    }

    /// libmicrohttpd is done with the request: the connection must not be touched any more.
    func finish() {
        state = .sent
        isSuspended = false
    }

    private func wake() {
        guard isSuspended else { return }
        isSuspended = false
        MHD_resume_connection(connection)
        wantsTurn()
    }

    private func queue(_ response: HTTPResponse) -> MHD_Result {
        state = .sent
        let made = response.body.withUnsafeBytes { bytes in
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made else { return .NO }
        defer { MHD_destroy_response(made) }
        for field in response.headers where MHD_add_response_header(made, field.name, field.value) == .NO {
            return .NO
        }
        return MHD_queue_response(connection, UInt32(response.status), made)
    }
}
