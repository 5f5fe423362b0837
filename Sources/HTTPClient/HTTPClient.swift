// SPDX-License-Identifier: Apache-2.0

import CCurl
import Glibc

package struct HTTPAnswer: Equatable, Sendable {
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// Why there was no answer. Each needs another remedy.
package enum HTTPClientFault: Error, Hashable, Sendable {
    /// There is no such socket file: nothing was started, or it listens elsewhere.
    case socketMissing
    /// The file is there, but nobody listens.
    case refused
    case permissionDenied
    case timedOut
    /// The server went away in the middle, or had too many connections.
    case closed
    case answerTooLong(limit: Int)
    /// The path cannot be a socket's: too long for the system.
    case badSocketPath
    /// What the library says.
    case other(String)
}

package struct HTTPClientLimits: Hashable, Sendable {
    package var connectMilliseconds = 5_000
    /// From the start to the end of the answer.
    package var totalMilliseconds = 60_000
    package var answerBytes = 64 << 20

    package init() {}
}

/// One HTTP request at a time, blocking: for a command line, never for a loop.
package struct HTTPClient: Sendable {
    private let socketPath: String
    private let limits: HTTPClientLimits

    package init(unixSocket path: String, limits: HTTPClientLimits = HTTPClientLimits()) {
        socketPath = path
        self.limits = limits
    }

    /// - Parameters:
    ///   - target: path and query, percent-encoded (``Swift/String/percentEncoded``).
    ///   - json: sent as `application/json`; `nil` sends no body.
    package func request(
        _ method: String, _ target: String, json: [UInt8]? = nil
    ) throws(HTTPClientFault) -> HTTPAnswer {
        precondition(target.hasPrefix("/"), "a target starts at the root")
        guard !socketPath.isEmpty, socketPath.utf8.count <= Self.socketPathLimit else { throw .badSocketPath }
        guard let handle = curl_easy_init() else { throw .other("libcurl could not start") }
        defer { curl_easy_cleanup(handle) }
        let headers = curl_slist_append(nil, "Content-Type: application/json")
        defer { curl_slist_free_all(headers) }
        let collector = Collector(limit: limits.answerBytes)
        var result = prepare(handle, method, target, collector)
        if let json, result == CURLE_OK {
            cc_set_headers(handle, headers)
            result = json.withUnsafeBytes { cc_set_body(handle, $0.baseAddress, curl_off_t($0.count)) }
        }
        // After the body, which would make a POST of it.
        if result == CURLE_OK { result = cc_set_text(handle, CURLOPT_CUSTOMREQUEST, method) }
        if result == CURLE_OK { result = withExtendedLifetime(collector) { curl_easy_perform(handle) } }
        guard result == CURLE_OK else { throw fault(result, handle, collector) }
        return HTTPAnswer(status: cc_status(handle), body: collector.bytes)
    }

    /// `sun_path` of unix(7), less the zero at the end.
    private static let socketPathLimit = 107

    private func prepare(
        _ handle: UnsafeMutableRawPointer, _ method: String, _ target: String, _ collector: Collector
    ) -> CURLcode {
        let context = Unmanaged.passUnretained(collector).toOpaque()
        // The host is never resolved: the socket takes its place.
        let texts = [
            (CURLOPT_URL, "http://localhost" + target), (CURLOPT_UNIX_SOCKET_PATH, socketPath), (CURLOPT_PROXY, ""),
        ]
        let numbers = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_PATH_AS_IS, 1), (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_CONNECTTIMEOUT_MS, limits.connectMilliseconds), (CURLOPT_TIMEOUT_MS, limits.totalMilliseconds),
        ]
        for (option, text) in texts {
            let result = cc_set_text(handle, option, text)
            guard result == CURLE_OK else { return result }
        }
        for (option, number) in numbers {
            let result = cc_set_number(handle, option, number)
            guard result == CURLE_OK else { return result }
        }
        return cc_set_writer(
            handle,
            { bytes, width, count, context in
                guard let bytes, let context else { return 0 }
                let collector = Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
                return collector.take(UnsafeRawBufferPointer(start: bytes, count: width * count))
            }, context)
    }

    private func fault(_ result: CURLcode, _ handle: UnsafeMutableRawPointer, _ collector: Collector) -> HTTPClientFault
    {
        if collector.isOverLimit { return .answerTooLong(limit: limits.answerBytes) }
        switch result {
        case CURLE_OPERATION_TIMEDOUT: return .timedOut
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: return .closed
        case CURLE_COULDNT_CONNECT: return connectFault(handle)
        default: return .other(String(cString: curl_easy_strerror(result)))
        }
    }

    private func connectFault(_ handle: UnsafeMutableRawPointer) -> HTTPClientFault {
        switch CInt(cc_connect_errno(handle)) {
        case ENOENT, ENOTDIR: .socketMissing
        case ECONNREFUSED, ENOTSOCK: .refused
        case EACCES, EPERM: .permissionDenied
        // Connected, and gone before the first byte was sent.
        case 0: .closed
        case let code: .other(String(cString: strerror(code)))
        }
    }
}

private final class Collector {
    private(set) var bytes: [UInt8] = []
    private(set) var isOverLimit = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Anything but the count makes the library give up.
    func take(_ piece: UnsafeRawBufferPointer) -> Int {
        guard bytes.count + piece.count <= limit else {
            isOverLimit = true
            return 0
        }
        bytes.append(contentsOf: piece)
        return piece.count
    }
}
