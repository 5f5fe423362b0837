// SPDX-License-Identifier: Apache-2.0

/// One request, complete: its body has been received.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Starts with a slash and is still percent-encoded, so that an encoded slash is not taken for a separator.
    package var path: String
    /// In the order of the request, decoded; a name may occur twice.
    package var query: [QueryItem]
    /// Names in lower case. Of a field that occurs twice, the last.
    package var headers: [String: String]
    package var body: [UInt8]
    /// `nil` unless the request came over a Unix socket.
    package var peer: PeerIdentity?

    package init(
        _ method: String, _ path: String, query: [QueryItem] = [], headers: [String: String] = [:],
        body: [UInt8] = [], peer: PeerIdentity? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The parts of the path between slashes, decoded; `nil` when one of them does not decode.
    package var pathSegments: [String]? {
        let encoded = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let decoded = encoded.compactMap { String(percentDecoding: $0) }
        return decoded.count == encoded.count ? decoded : nil
    }
}

package struct QueryItem: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

package struct HTTPResponse: Equatable, Sendable {
    package var status: Int
    package var headers: [HeaderField]
    package var body: [UInt8]

    package init(status: Int, headers: [HeaderField] = [], body: [UInt8] = []) {
        precondition((200...599).contains(status), "an answer is final")
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func text(_ status: Int, _ text: String) -> HTTPResponse {
        let field = HeaderField("Content-Type", "text/plain; charset=utf-8")
        return HTTPResponse(status: status, headers: [field], body: Array((text + "\n").utf8))
    }
}

package struct HeaderField: Hashable, Sendable {
    package let name: String
    package let value: String

    /// Neither may hold a line break: they are our own words, never a client's.
    package init(_ name: String, _ value: String) {
        precondition((name + value).utf8.allSatisfy { $0 >= 0x20 }, "a header field is one line")
        self.name = name
        self.value = value
    }
}
