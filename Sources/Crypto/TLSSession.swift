// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Glibc
package import Primitives

/// TLS on one connected, non-blocking socket, without any waiting: each call does what can be done now and says what
/// it waits for. The socket stays the caller's and must outlive the session.
package final class TLSSession {
    package enum Wait: Hashable, Sendable { case readable, writable }

    package enum Handshake: Hashable, Sendable {
        case done(peer: KeyHash)
        case waiting(Wait)
    }

    package enum Input: Hashable, Sendable {
        case bytes([UInt8])
        /// The peer said that nothing follows.
        case end
        case waiting(Wait)
    }

    package enum Output: Hashable, Sendable {
        case wrote(Int)
        case waiting(Wait)
    }

    /// A TLS record's content (RFC 8446 section 5.1): a read never gives more.
    package static let readSize = 16 << 10

    private let handle: OpaquePointer
    /// The handle refers to it, and its callback to the pin.
    private let context: TLSContext
    private var isHandshaking = true
    /// After a fault OpenSSL forbids every further call, even the closing one.
    private var fault: TLSFault?

    package init(_ context: TLSContext, socket: CInt) {
        guard let handle = SSL_new(context.handle), SSL_set_fd(handle, socket) == 1 else {
            preconditionFailure("out of memory")
        }
        self.handle = handle
        self.context = context
        switch context.role {
        case .server: SSL_set_accept_state(handle)
        case .client: SSL_set_connect_state(handle)
        }
    }

    deinit { SSL_free(handle) }

    package func handshake() throws(TLSFault) -> Handshake {
        let (result, code) = try call { SSL_do_handshake($0) }
        if result != 1, let wait = try wait(after: result, errno: code) { return .waiting(wait) }
        guard hasProtocol else { throw fail(.wrongProtocol) }
        guard let peer = peerKeyHash else { throw fail(.noCertificate) }
        isHandshaking = false
        return .done(peer: peer)
    }

    package func read() throws(TLSFault) -> Input {
        var bytes = [UInt8](repeating: 0, count: Self.readSize)
        let (result, code) = try call { SSL_read($0, &bytes, CInt(Self.readSize)) }
        guard result <= 0 else {
            bytes.removeLast(bytes.count - Int(result))
            return .bytes(bytes)
        }
        guard let wait = try wait(after: result, errno: code) else { return .end }
        return .waiting(wait)
    }

    /// May take a part only. After `waiting`, offer the same bytes again, more behind them if need be.
    package func write(_ bytes: ArraySlice<UInt8>) throws(TLSFault) -> Output {
        precondition(!bytes.isEmpty, "nothing to write")
        let (result, code) = try call { handle in
            bytes.withUnsafeBytes { SSL_write(handle, $0.baseAddress, CInt(clamping: $0.count)) }
        }
        guard result <= 0 else { return .wrote(Int(result)) }
        guard let wait = try wait(after: result, errno: code) else { throw fail(.cutOff) }
        return .waiting(wait)
    }

    /// Says that nothing follows; reading may go on. `nil` once that is said; do not call again then.
    package func sayEnd() throws(TLSFault) -> Wait? {
        let (result, code) = try call { SSL_shutdown($0) }
        guard result < 0 else { return nil }
        return try wait(after: result, errno: code)
    }

    private func call(_ body: (OpaquePointer) -> CInt) throws(TLSFault) -> (result: CInt, errno: CInt) {
        if let fault { throw fault }
        ERR_clear_error()
        errno = 0
        let result = body(handle)
        return (result, errno)
    }

    /// `nil` when the peer said its end.
    private func wait(after result: CInt, errno code: CInt) throws(TLSFault) -> Wait? {
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: return .readable
        case SSL_ERROR_WANT_WRITE: return .writable
        case SSL_ERROR_ZERO_RETURN:
            if isHandshaking { throw fail(.closedInHandshake) }
            return nil
        default: throw fail(.last(isHandshaking: isHandshaking, errno: code))
        }
    }

    private func fail(_ fault: TLSFault) -> TLSFault {
        self.fault = fault
        return fault
    }

    private var hasProtocol: Bool {
        var name: UnsafePointer<UInt8>?
        var count: CUnsignedInt = 0
        SSL_get0_alpn_selected(handle, &name, &count)
        return UnsafeBufferPointer(start: name, count: Int(count)).elementsEqual(TLSContext.applicationProtocol)
    }

    private var peerKeyHash: KeyHash? {
        guard let certificate = SSL_get1_peer_certificate(handle) else { return nil }
        defer { X509_free(certificate) }
        return KeyHash(of: certificate)
    }
}
