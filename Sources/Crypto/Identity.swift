// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

/// A program's P-256 key and the self-signed certificate that carries it through TLS. Peers know each other by the
/// key's hash alone and ignore name and dates, so that a box without a clock connects and nothing ever expires.
package final class Identity {
    package let keyHash: KeyHash
    let key: OpaquePointer
    let certificate: OpaquePointer

    /// Takes over both handles.
    private init(key: OpaquePointer, certificate: OpaquePointer, keyHash: KeyHash) {
        self.key = key
        self.certificate = certificate
        self.keyHash = keyHash
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    package static func generate() -> Identity {
        guard let key = co_generate_p256(), let certificate = X509_new() else {
            preconditionFailure("no P-256 key could be made")
        }
        let isComplete = describe(certificate, key: key)
        guard isComplete, X509_sign(certificate, key, EVP_sha256()) > 0, let hash = KeyHash(of: certificate) else {
            preconditionFailure("no certificate could be made")
        }
        return Identity(key: key, certificate: certificate, keyHash: hash)
    }

    /// Reads key and certificate from one PEM file, or makes them on first use (mode 0600, synced before the return).
    package static func loadOrCreate(at path: String) throws(KeyFileFault) -> Identity {
        if let identity = try load(at: path) { return identity }
        let fresh = generate()
        if try PrivateFile(path: path).create(fresh.pem.revealed) { return fresh }
        guard let identity = try load(at: path) else {
            throw KeyFileFault(path: path, reason: .badContent("it comes and goes"))
        }
        return identity
    }

    /// `nil` when there is no such file.
    package static func load(at path: String) throws(KeyFileFault) -> Identity? {
        guard let pem = try PrivateFile(path: path).read() else { return nil }
        guard let identity = pem.withUnsafeBytes(parse) else {
            throw KeyFileFault(path: path, reason: .badContent("no P-256 key with its certificate in PEM"))
        }
        return identity
    }

    private static func parse(_ pem: UnsafeRawBufferPointer) -> Identity? {
        ERR_clear_error()
        defer { ERR_clear_error() }
        guard let bio = BIO_new_mem_buf(pem.baseAddress, CInt(pem.count)) else { return nil }
        defer { BIO_free(bio) }
        // Without a callback OpenSSL would ask the terminal for the password of an encrypted key.
        let key = PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        let certificate = PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil)
        guard let key, let certificate, isP256(key), X509_check_private_key(certificate, key) == 1,
            let hash = KeyHash(of: certificate)
        else {
            X509_free(certificate)
            EVP_PKEY_free(key)
            return nil
        }
        return Identity(key: key, certificate: certificate, keyHash: hash)
    }

    private var pem: SecretBytes {
        guard let bio = BIO_new(BIO_s_secmem()) else { preconditionFailure("out of memory") }
        defer { BIO_free(bio) }
        let isWritten =
            PEM_write_bio_PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1 && PEM_write_bio_X509(bio, certificate) == 1
        precondition(isWritten, "the identity could not be written")
        var bytes: UnsafeMutablePointer<CChar>?
        let count = co_bio_bytes(bio, &bytes)
        return SecretBytes(UnsafeBufferPointer(start: bytes, count: count).map { UInt8(bitPattern: $0) })
    }

    static func isP256(_ key: OpaquePointer) -> Bool {
        var name = [CChar](repeating: 0, count: 32)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return false }
        return name.prefix(count).elementsEqual("prime256v1".utf8.map { CChar($0) })
    }

    private static func describe(_ certificate: OpaquePointer, key: OpaquePointer) -> Bool {
        let serial = randomBytes(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) } >> 1 | 1
        let version3 = 2
        guard X509_set_version(certificate, version3) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
            ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20200101000000Z") == 1,
            ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "21200101000000Z") == 1,
            X509_set_pubkey(certificate, key) == 1, let name = X509_get_subject_name(certificate)
        else { return false }
        return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "lanyard", -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
    }
}

extension Identity {
    /// SubjectPublicKeyInfo in DER, of which ``keyHash`` is the hash.
    package var publicKeyInfo: [UInt8] {
        guard let encoded = KeyHash.publicKeyInfo(of: certificate) else { preconditionFailure("our key has a form") }
        return encoded
    }

    /// ECDSA with SHA-256, in DER.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        let isReady =
            EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1
            && EVP_DigestSign(context, nil, &count, message, message.count) == 1
        var signature = [UInt8](repeating: 0, count: count)
        precondition(
            isReady && EVP_DigestSign(context, &signature, &count, message, message.count) == 1, "our key signs")
        return Array(signature.prefix(count))
    }
}

extension KeyHash {
    /// `nil` when the certificate holds no public key.
    init?(of certificate: OpaquePointer) {
        guard let encoded = Self.publicKeyInfo(of: certificate) else { return nil }
        self.init(ofPublicKeyInfo: encoded)
    }

    fileprivate static func publicKeyInfo(of certificate: OpaquePointer) -> [UInt8]? {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded)
        guard count > 0, let encoded else { return nil }
        defer { CRYPTO_free(encoded, "", 0) }
        return Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
    }
}
