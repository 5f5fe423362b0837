// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Glibc
package import HostIO

/// Why a TLS connection ended other than by a proper close.
package enum TLSFault: Error, Hashable, Sendable {
    /// The peer does not speak TLS at all.
    case notTLS
    /// The peer cannot do TLS 1.3.
    case oldVersion
    /// The client showed no certificate.
    case noCertificate
    /// No agreement on the application protocol, ``TLSContext/applicationProtocol``.
    case wrongProtocol
    /// The server's key is not the pinned one.
    case wrongPin
    /// The peer refused us with this alert. A client may learn it as late as on its first read.
    case refused(alert: String)
    /// The peer left before the handshake was done.
    case closedInHandshake
    /// The connection ended without the peer's close_notify: something may be missing.
    case cutOff
    /// More was written than the peer takes.
    case overflow(limit: Int)
    case system(errno: CInt)
    /// Anything else against the protocol, in OpenSSL's words.
    case violation(reason: String)
}

extension TLSFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notTLS: "the peer does not speak TLS"
        case .oldVersion: "the peer cannot do TLS 1.3"
        case .noCertificate: "the client showed no certificate"
        case .wrongProtocol: "the peer speaks another application protocol"
        case .wrongPin: "the server's key is not the expected one"
        case .refused(let alert): "the peer refused the connection: \(alert)"
        case .closedInHandshake: "the peer left during the handshake"
        case .cutOff: "the connection was cut off"
        case .overflow(let limit): "the peer is too slow: more than \(limit) bytes wait for it"
        case .system(let code): String(cString: strerror(code))
        case .violation(let reason): reason
        }
    }
}

extension TLSFault {
    /// What a ``ByteChannel`` tells its owner; the details stay in ``TLSChannel/fault``.
    package var asSystemFault: SystemFault {
        switch self {
        case .overflow: SystemFault(call: "TLS write buffer", errno: ENOBUFS)
        case .system(let code): SystemFault(call: "TLS", errno: code)
        case .closedInHandshake, .cutOff: SystemFault(call: "TLS", errno: ECONNRESET)
        case .notTLS, .oldVersion, .noCertificate, .wrongProtocol, .wrongPin, .refused, .violation:
            SystemFault(call: "TLS", errno: EPROTO)
        }
    }
}

extension TLSFault {
    /// OpenSSL's reason codes for received alerts are this plus the alert's number (RFC 8446 section 6).
    private static let alertBase: CInt = 1000
    private static let alertLimit: CInt = 256
    private static let protocolVersionAlert: CInt = 70
    private static let noApplicationProtocolAlert: CInt = 120

    /// Reads and empties this thread's error queue; the oldest entry is the cause. `code` is errno as it was after
    /// the failed call.
    static func last(isHandshaking: Bool, errno code: CInt) -> TLSFault {
        let error = ERR_get_error()
        ERR_clear_error()
        guard error != 0 else {
            if code == 0 || isHandshaking && (code == ECONNRESET || code == EPIPE) {
                return isHandshaking ? .closedInHandshake : .cutOff
            }
            return .system(errno: code)
        }
        let reason = ERR_GET_REASON(error)
        if (alertBase..<alertBase + alertLimit).contains(reason) { return alert(reason - alertBase, error) }
        switch reason {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return isHandshaking ? .closedInHandshake : .cutOff
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .noCertificate
        case SSL_R_NO_APPLICATION_PROTOCOL: return .wrongProtocol
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return .wrongPin
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_NO_PROTOCOLS_AVAILABLE,
            SSL_R_UNSUPPORTED_SSL_VERSION:
            return .oldVersion
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST:
            return isHandshaking ? .notTLS : .violation(reason: text(error))
        default: return .violation(reason: text(error))
        }
    }

    private static func alert(_ number: CInt, _ error: CUnsignedLong) -> TLSFault {
        switch number {
        case protocolVersionAlert: .oldVersion
        case noApplicationProtocolAlert: .wrongProtocol
        default: .refused(alert: text(error))
        }
    }

    private static func text(_ error: CUnsignedLong) -> String {
        ERR_reason_error_string(error).map { String(cString: $0) } ?? "TLS error \(error)"
    }
}
