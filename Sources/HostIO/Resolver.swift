// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A name that led to no address.
package struct ResolverFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package let reason: String

    package var description: String { "\(name): \(reason)" }
}

/// Names to addresses, on threads of its own because the C library's resolver blocks.
package final class Resolver {
    package static let requestLimit = 256
    package static let threads = 2

    package typealias Answer = Result<[IPAddress], ResolverFault>

    private let loop: Loop
    private let worker: Worker<String, Answer>

    package init(on loop: Loop) throws(SystemFault) {
        self.loop = loop
        worker = try Worker(
            name: "resolver", on: loop, limits: .parallel(threads: Self.threads, requests: Self.requestLimit),
            makeState: {}, handle: { _, names in names.map(Self.lookUp) })
    }

    /// Calls `completion` once, later, on the loop. A success has at least one address, in the order to try them.
    /// A text that is an address is not looked up, nor is `localhost`, which is never anywhere else (RFC 6761 section
    /// 6.3) and on a bare machine is in no file.
    package func resolve(_ name: String, then completion: @escaping (Answer) -> Void) {
        if let address = IPAddress(name) {
            return loop.soon { completion(.success([address])) }
        }
        if name == "localhost" {
            return loop.soon { completion(.success([.loopback4, .loopback6])) }
        }
        guard worker.submit(name, then: completion) else {
            return loop.soon { completion(.failure(ResolverFault(name: name, reason: "too many names at once"))) }
        }
    }

    /// Waits for the look-ups under way, which may take seconds.
    package func stop() { worker.stop() }

    private static func lookUp(_ name: String) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        defer { freeaddrinfo(list) }
        guard code == 0 else {
            return .failure(ResolverFault(name: name, reason: String(cString: gai_strerror(code))))
        }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next {
            let address = entry.pointee.ai_addr.flatMap { SocketAddress(copying: $0, length: entry.pointee.ai_addrlen) }
            if let ip = address?.peer?.ip, !addresses.contains(ip) { addresses.append(ip) }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { return .failure(ResolverFault(name: name, reason: "no address")) }
        return .success(addresses)
    }
}
