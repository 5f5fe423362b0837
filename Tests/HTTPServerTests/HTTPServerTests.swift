// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPClient
import HTTPServer
import HostIO
import Testing

@Suite struct HTTPServerTests {
    /// Says back what it was asked.
    private static func echo(_: Loop, _ request: HTTPRequest, _ respond: (HTTPResponse) -> Void) {
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let head = "\(request.method) \(request.path) [\(query)] "
        respond(HTTPResponse(status: 200, body: Array(head.utf8) + request.body))
    }

    private static func text(_ result: Result<HTTPAnswer, HTTPClientFault>) throws -> String {
        String(decoding: try result.get().body, as: UTF8.self)
    }

    @Test func aRequestArrivesAsItWasSent() throws {
        let site = try Site(Self.echo)
        let answer = try site.request("PUT", "/a%2Fb/c?x=1&y=%C3%A9+z&x=2", json: Array("{\"n\":1}".utf8))
        #expect(try Self.text(answer) == "PUT /a%2Fb/c [x=1&y=é z&x=2] {\"n\":1}")
        #expect(try Self.text(site.request("DELETE", "/")) == "DELETE / [] ")
    }

    @Test func statusHeadersAndPeerAreCarried() throws {
        let site = try Site { _, request, respond in
            let facts = "\(request.headers["content-type"] ?? "none") \(request.peer?.user ?? 1 << 31)"
            respond(HTTPResponse(status: 418, headers: [HeaderField("X-Facts", facts)], body: Array(facts.utf8)))
        }
        let answer = try site.request("POST", "/", json: []).get()
        #expect(answer.status == 418)
        #expect(String(decoding: answer.body, as: UTF8.self) == "application/json \(getuid())")
    }

    @Test func thePeersSupplementaryGroupsAreKnown() throws {
        let site = try Site { _, request, respond in
            let groups = (request.peer?.groups ?? []).sorted()
            respond(HTTPResponse(status: 200, body: Array("\(groups)".utf8)))
        }
        var mine = [gid_t](repeating: 0, count: 1024)
        let count = getgroups(CInt(mine.count), &mine)
        #expect(try Self.text(site.request("GET", "/")) == "\(mine.prefix(Int(count)).sorted())")
    }

    @Test func anAnswerMayComeLater() throws {
        let site = try Site { loop, request, respond in
            _ = loop.schedule(after: .milliseconds(20)) { Self.echo(loop, request, respond) }
        }
        #expect(try Self.text(site.request("POST", "/later", json: [0x41])) == "POST /later [] A")
    }

    @Test func onlyTheFirstAnswerCounts() throws {
        let site = try Site { loop, request, respond in
            respond(HTTPResponse(status: 201))
            respond(HTTPResponse(status: 500))
        }
        #expect(try site.request("GET", "/").get().status == 201)
    }

    @Test(arguments: [0, 1])
    func aBodyUpToTheLimitIsTakenAndOneByteMoreIsNot(excess: Int) throws {
        var limits = HTTPServerLimits()
        limits.bodyBytes = 300_000
        let site = try Site(limits: limits) { _, request, respond in
            respond(HTTPResponse(status: 200, body: Array("\(request.body.count)".utf8)))
        }
        let body = [UInt8](repeating: 0x20, count: limits.bodyBytes + excess)
        let answer = try site.request("POST", "/", json: body).get()
        #expect(answer.status == (excess == 0 ? 200 : 413))
        if excess == 0 { #expect(String(decoding: answer.body, as: UTF8.self) == "300000") }
    }

    @Test func aChunkedBodyOverTheLimitIsRefusedToo() throws {
        var limits = HTTPServerLimits()
        limits.bodyBytes = 10
        let site = try Site(limits: limits, Self.echo)
        let socket = site.socket
        let answer = try site.run {
            let descriptor = connectRaw(socket)
            sendRaw(descriptor, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            sendRaw(descriptor, "8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n")
            defer { close(descriptor) }
            return receiveAll(descriptor)
        }
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func aBodyWithoutEndIsCutOff() throws {
        var limits = HTTPServerLimits()
        limits.bodyBytes = 10
        limits.drainedBytes = 100_000
        let site = try Site(limits: limits, Self.echo)
        let socket = site.socket
        let sent = try site.run {
            let descriptor = connectRaw(socket)
            defer { close(descriptor) }
            sendRaw(descriptor, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array(("1000\r\n" + String(repeating: "x", count: 4096) + "\r\n").utf8)
            var sent = 0
            while send(descriptor, chunk, chunk.count, CInt(MSG_NOSIGNAL)) > 0, sent < 1 << 26 {
                sent += chunk.count
            }
            return sent
        }
        #expect(sent < 1 << 24)
    }

    @Test func aClientThatSendsByteByByteIsServed() throws {
        let site = try Site(Self.echo)
        let socket = site.socket
        let answer = try site.run {
            let descriptor = connectRaw(socket)
            defer { close(descriptor) }
            for character in "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc" {
                sendRaw(descriptor, String(character))
            }
            return receiveAll(descriptor)
        }
        #expect(answer.hasSuffix("POST /slow [] abc"))
    }

    @Test func aSilentClientIsCutOffAndTheServerServesOn() throws {
        var limits = HTTPServerLimits()
        limits.idleSeconds = 1
        let site = try Site(limits: limits, Self.echo)
        let socket = site.socket
        let answer = try site.run {
            let descriptor = connectRaw(socket)
            defer { close(descriptor) }
            sendRaw(descriptor, "POST / HTTP/1.1\r\nHost: x\r\nContent-Le")
            return receiveAll(descriptor)
        }
        #expect(!answer.contains("200"))
        #expect(try Self.text(site.request("GET", "/")) == "GET / [] ")
    }

    @Test func aClientThatGivesUpEarlyHarmsNobody() throws {
        var late: [(HTTPResponse) -> Void] = []
        let site = try Site { loop, request, respond in
            guard request.path == "/late" else { return Self.echo(loop, request, respond) }
            late.append(respond)
        }
        var limits = HTTPClientLimits()
        limits.totalMilliseconds = 50
        #expect(try site.request("GET", "/late", limits: limits) == .failure(.timedOut))
        #expect(late.count == 1)
        late[0](HTTPResponse(status: 200))
        #expect(try Self.text(site.request("GET", "/")) == "GET / [] ")
    }

    @Test func sixtyFourClientsAtOnceAreAllAnswered() throws {
        let site = try Site { loop, request, respond in
            _ = loop.schedule(after: .milliseconds(5)) { Self.echo(loop, request, respond) }
        }
        let socket = site.socket
        let answers = try site.run(clients: 64) { number in ask(socket, "GET", "/\(number)") }
        for (number, answer) in answers.enumerated() { #expect(try Self.text(answer) == "GET /\(number) [] ") }
    }

    @Test func aConnectionAboveTheLimitIsClosedAndLaterOnesAreServed() throws {
        var limits = HTTPServerLimits()
        limits.connections = 1
        let site = try Site(limits: limits, Self.echo)
        let socket = site.socket
        let second = try site.run {
            let first = connectRaw(socket)
            sendRaw(first, "GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            var byte: UInt8 = 0
            _ = recv(first, &byte, 1, 0)
            defer { close(first) }
            return ask(socket, "GET", "/second")
        }
        #expect(second == .failure(.closed))
        #expect(try Self.text(site.request("GET", "/third")) == "GET /third [] ")
    }

    @Test(.enabled(if: access("/usr/bin/curl", X_OK) == 0))
    func theCurlProgramIsServed() throws {
        let site = try Site { loop, request, respond in
            loop.soon { Self.echo(loop, request, respond) }
        }
        let command =
            "head -c 200000 /dev/zero | tr '\\0' x | curl -sS --max-time 10 --unix-socket '\(site.socket)' "
            + "-H 'Transfer-Encoding: chunked' --data-binary @- -w '%{http_code}' 'http://x/a?b=c' "
            + "--next -sS --unix-socket '\(site.socket)' -I -w '%{http_code}' http://x/second"
        let output = try site.run { () -> String in
            guard let stream = popen(command, "r") else { return "" }
            var (all, bytes) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
            while case let count = fread(&bytes, 1, bytes.count, stream), count > 0 { all += bytes[..<count] }
            return pclose(stream) == 0 ? String(decoding: all, as: UTF8.self) : "curl failed"
        }
        #expect(output.hasPrefix("POST /a [b=c] " + String(repeating: "x", count: 200_000) + "200HTTP/1.1 200"))
        #expect(output.hasSuffix("200"))
    }

    @Test func closingAnswersWhoWaits() throws {
        weak var open: Site?
        let site = try Site { loop, _, _ in loop.soon { open?.close() } }
        open = site
        let answer = try site.request("GET", "/")
        #expect([.failure(.closed), .success(503)].contains(answer.map(\.status)))
    }

    @Test func nothingHappensWhileNobodyAsksOrWhileAnAnswerIsAwaited() throws {
        var late: [(HTTPResponse) -> Void] = []
        let site = try Site { loop, request, respond in
            guard request.path == "/late" else { return Self.echo(loop, request, respond) }
            late.append(respond)
            loop.stop()
        }
        let (idle, waiting) = (connectRaw(site.socket), connectRaw(site.socket))
        defer {
            close(idle)
            close(waiting)
        }
        // More than one request each, so that bytes are there that nobody reads yet.
        sendRaw(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /half")
        sendRaw(waiting, "POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\naGET /next")
        try site.loop.run()
        #expect(late.count == 1)
        var (turns, isOver) = (0, false)
        let end = site.loop.schedule(after: .milliseconds(200)) { isOver = true }
        while !isOver && turns < 1000 {
            turns += 1
            try site.loop.turn()
        }
        site.loop.cancel(end)
        #expect(turns < 10, "the loop turned \(turns) times in 200 ms")
    }
}
