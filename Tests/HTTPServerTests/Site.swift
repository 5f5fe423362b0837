// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPClient
import HTTPServer
import HostIO
import TestKit
import Testing

/// A server on a Unix socket in a folder of its own, and clients on threads of their own. The server's loop turns in
/// the test's thread until all clients are done.
final class Site {
    let loop: Loop
    let socket: String
    private let folder: TemporaryDirectory
    private let server: HTTPServer
    private let listener: Listener

    init(
        limits: HTTPServerLimits = HTTPServerLimits(),
        _ handler: @escaping (Loop, HTTPRequest, @escaping (HTTPResponse) -> Void) -> Void
    ) throws {
        let loop = try Loop()
        self.loop = loop
        folder = try TemporaryDirectory()
        socket = folder.file("admin.sock")
        let server = try HTTPServer(on: loop, limits: limits) { handler(loop, $0, $1) }
        self.server = server
        listener = try Listener.unix(path: socket, on: loop) { descriptor, _ in server.serve(descriptor) }
    }

    deinit {
        server.close()
        listener.close()
    }

    func close() { server.close() }

    /// Runs `client` on as many threads as asked, each with its number.
    func run<R: Sendable>(clients count: Int, _ client: @escaping @Sendable (Int) -> R) throws -> [R] {
        let worker = try Worker<Int, R>(
            name: "client", on: loop, limits: .parallel(threads: count, requests: count), makeState: {},
            handle: { _, numbers in numbers.map(client) })
        var results: [Int: R] = [:]
        for number in 0..<count {
            _ = worker.submit(number) { [loop] result in
                results[number] = result
                if results.count == count { loop.stop() }
            }
        }
        let timer = loop.schedule(after: Patience.limit) { [loop] in
            Issue.record("the clients are still waiting")
            loop.stop()
        }
        try loop.run()
        loop.cancel(timer)
        worker.stop()
        return try (0..<count).map { try #require(results[$0]) }
    }

    func run<R: Sendable>(_ client: @escaping @Sendable () -> R) throws -> R {
        try run(clients: 1) { _ in client() }[0]
    }

    func request(
        _ method: String, _ target: String, json: [UInt8]? = nil, limits: HTTPClientLimits = HTTPClientLimits()
    ) throws -> Result<HTTPAnswer, HTTPClientFault> {
        let socket = socket
        return try run { ask(socket, method, target, json: json, limits: limits) }
    }
}

func ask(
    _ socket: String, _ method: String, _ target: String, json: [UInt8]? = nil,
    limits: HTTPClientLimits = HTTPClientLimits()
) -> Result<HTTPAnswer, HTTPClientFault> {
    do throws(HTTPClientFault) {
        return .success(try HTTPClient(unixSocket: socket, limits: limits).request(method, target, json: json))
    } catch {
        return .failure(error)
    }
}

/// A client that does not use a library: connects, writes what it is told piece by piece.
func connectRaw(_ path: String) -> CInt {
    let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    return result == 0 ? descriptor : -1
}

func sendRaw(_ descriptor: CInt, _ text: String) { _ = send(descriptor, text, text.utf8.count, CInt(MSG_NOSIGNAL)) }

/// Everything until the server closes.
func receiveAll(_ descriptor: CInt) -> String {
    var (all, bytes) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
    while case let count = recv(descriptor, &bytes, bytes.count, 0), count > 0 { all += bytes[..<count] }
    return String(decoding: all, as: UTF8.self)
}
