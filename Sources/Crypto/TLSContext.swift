// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Primitives

/// What all connections of one role share: TLS 1.3 with certificates on both sides and nothing else. No tickets, no
/// resumption, no early data; the peer is known by the hash of its key.
package final class TLSContext {
    package enum Role: Hashable, Sendable {
        /// Takes any client key, but demands one; whoever asked decides by the key's hash.
        case server
        /// Takes the pinned server only, and breaks off before it shows its own certificate.
        case client(Pin)
    }

    /// ALPN (RFC 7301).
    package static let applicationProtocol = Array("print-release/1".utf8)
    /// Bounds what a stranger can make us hold and compute: small chains, cheap curves.
    private static let certificateLimit = 16 << 10
    private static let signatures = "ECDSA+SHA256:ed25519"
    private static let groups = "X25519:P-256"

    package let role: Role
    let handle: OpaquePointer
    private let identity: Identity
    /// OpenSSL's callback has a bare pointer to it, so it must live as long as `handle`.
    private let pin: PinBox?

    private final class PinBox {
        let pin: Pin
        init(_ pin: Pin) { self.pin = pin }
    }

    package init(_ role: Role, identity: Identity) {
        guard let handle = SSL_CTX_new(TLS_method()) else { preconditionFailure("OpenSSL cannot do TLS") }
        self.role = role
        self.handle = handle
        self.identity = identity
        if case .client(let pin) = role { self.pin = PinBox(pin) } else { pin = nil }
        let isSet =
            co_ctx_require_tls13(handle) == 1 && co_ctx_forbid_resumption(handle) == 1
            && co_ctx_set_groups(handle, Self.groups) == 1 && co_ctx_set_signatures(handle, Self.signatures) == 1
            && SSL_CTX_use_certificate(handle, identity.certificate) == 1
            && SSL_CTX_use_PrivateKey(handle, identity.key) == 1
        precondition(isSet, "OpenSSL refused the TLS settings")
        co_ctx_set_mode(handle)
        co_ctx_limit_certificates(handle, Self.certificateLimit)
        setVerification()
        setProtocol()
    }

    deinit { SSL_CTX_free(handle) }

    /// That the peer holds the key of its certificate is checked by TLS itself, whatever this callback says.
    private func setVerification() {
        SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        let box = pin.map { Unmanaged.passUnretained($0).toOpaque() }
        SSL_CTX_set_cert_verify_callback(
            handle,
            { store, box in
                guard let certificate = X509_STORE_CTX_get0_cert(store), let hash = KeyHash(of: certificate) else {
                    return 0
                }
                guard let box else { return 1 }
                return Unmanaged<PinBox>.fromOpaque(box).takeUnretainedValue().pin.accepts(hash) ? 1 : 0
            }, box)
    }

    private func setProtocol() {
        let list = [UInt8(Self.applicationProtocol.count)] + Self.applicationProtocol
        precondition(SSL_CTX_set_alpn_protos(handle, list, CUnsignedInt(list.count)) == 0, "out of memory")
        SSL_CTX_set_alpn_select_cb(
            handle,
            { _, chosen, chosenCount, offered, count, _ in
                var rest = UnsafeBufferPointer(start: offered, count: Int(count))[...]
                while let length = rest.popFirst() {
                    let name = UnsafeBufferPointer(rebasing: rest.prefix(Int(length)))
                    if name.elementsEqual(TLSContext.applicationProtocol) {
                        chosen?.pointee = name.baseAddress
                        chosenCount?.pointee = length
                        return SSL_TLSEXT_ERR_OK
                    }
                    rest = rest.dropFirst(Int(length))
                }
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }, nil)
    }
}
