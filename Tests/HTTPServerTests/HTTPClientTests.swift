// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPClient
import HTTPServer
import HostIO
import Testing

@Suite struct HTTPClientTests {
    @Test func aMissingSocketIsNamed() {
        #expect(ask("/tmp/lanyard-no-such-folder/x.sock", "GET", "/") == .failure(.socketMissing))
        #expect(ask("/etc/passwd/x.sock", "GET", "/") == .failure(.socketMissing))
    }

    @Test func aSocketWithoutAServerRefuses() throws {
        let site = try Site { _, _, _ in }
        let stale = site.socket + "2"
        let loop = try Loop()
        let listener = try Listener.unix(path: stale, on: loop) { _, _ in }
        // The file stays when its inode is not the one that was made.
        rename(stale, stale + "3")
        listener.close()
        defer { withExtendedLifetime(site) { _ = unlink(stale + "3") } }
        #expect(ask(stale + "3", "GET", "/") == .failure(.refused))
    }

    @Test(.enabled(if: getuid() != 0))
    func aForbiddenSocketIsNamed() throws {
        let site = try Site { _, _, _ in }
        chmod(site.socket, 0)
        #expect(ask(site.socket, "GET", "/") == .failure(.permissionDenied))
    }

    @Test(arguments: ["", String(repeating: "x", count: 108)])
    func aPathThatCannotBeASocketsIsRefused(path: String) {
        #expect(ask(path, "GET", "/") == .failure(.badSocketPath))
    }

    @Test(arguments: [0, 1])
    func anAnswerUpToTheLimitIsTakenAndOneByteMoreIsNot(excess: Int) throws {
        var limits = HTTPClientLimits()
        limits.answerBytes = 200_000
        let body = [UInt8](repeating: 0x41, count: limits.answerBytes + excess)
        let site = try Site { _, _, respond in respond(HTTPResponse(status: 200, body: body)) }
        let answer = try site.request("GET", "/", limits: limits)
        #expect(
            answer
                == (excess == 0
                    ? .success(HTTPAnswer(status: 200, body: body)) : .failure(.answerTooLong(limit: 200_000))))
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"], [nil, [], [0x7B, 0x7D]] as [[UInt8]?])
    func everyMethodGoesOutWithAndWithoutABody(method: String, json: [UInt8]?) throws {
        let site = try Site { _, request, respond in
            respond(HTTPResponse(status: 200, body: Array(request.method.utf8) + request.body))
        }
        #expect(try site.request(method, "/", json: json).get().body == Array(method.utf8) + (json ?? []))
    }

    @Test(
        arguments: [
            ("ada", "ada"), ("A-z_0.9~", "A-z_0.9~"), ("a/b c+d%é", "a%2Fb%20c%2Bd%25%C3%A9"), ("", ""),
            ("?#&=", "%3F%23%26%3D"),
        ])
    func textIsEncodedAndDecodedAgain(text: String, encoded: String) {
        #expect(text.percentEncoded == encoded)
        #expect(String(percentDecoding: encoded) == text)
    }

    @Test(arguments: ["%", "%4", "%GG", "%FF", "a%2"])
    func whatIsNotEncodedTextIsRefused(text: String) {
        #expect(String(percentDecoding: text) == nil)
    }
}
