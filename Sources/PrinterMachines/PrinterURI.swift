// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Where a printer listens: `socket://host`, `socket://host:port`, `socket://[2001:db8::7]:9100`.
package struct PrinterURI: Hashable, Sendable {
    package static let defaultPort: UInt16 = 9100

    private let place: HostPort

    package var host: String { place.host }
    package var port: UInt16 { place.port }

    package init(_ text: String) throws(PrinterURIFault) {
        let scheme = "socket://"
        guard text.lowercased().hasPrefix(scheme) else { throw .scheme }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        do throws(HostPort.Fault) {
            place = try HostPort(rest, standardPort: Self.defaultPort)
        } catch {
            switch error {
            case .host: throw .host
            case .port: throw .port
            }
        }
    }
}

extension PrinterURI: CustomStringConvertible {
    package var description: String { "socket://\(place)" }
}

package enum PrinterURIFault: Error, Hashable, Sendable {
    case scheme
    case host
    case port
}

extension PrinterURIFault: CustomStringConvertible {
    package var description: String {
        let expected = "a printer is written socket://host, socket://host:port or socket://[IPv6 address]:port"
        return switch self {
        case .scheme: "only socket:// (raw, port 9100) is known; \(expected)"
        case .host: "the host is missing or has characters that no host has; \(expected)"
        case .port: "the port is not a number from 1 to 65535; \(expected)"
        }
    }
}
