// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// The 32-byte key under which a site's credentials are hashed and its documents' keys are wrapped. It lives in a file
/// of its own, outside the database: whoever copies the database alone has neither badges nor documents.
package struct SiteKey: Hashable, Sendable {
    package static let byteCount = 32

    package let secret: SecretBytes

    /// `nil` unless there are 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        secret = SecretBytes(bytes)
    }

    private init(random _: Void) { secret = .random(Self.byteCount) }

    /// Reads the key, or makes a random one on first use (mode 0600, synced before it is returned).
    package static func loadOrCreate(at path: String) throws(KeyFileFault) -> SiteKey {
        let fresh = SiteKey(random: ())
        if let key = try load(at: path) { return key }
        if try PrivateFile(path: path).create(fresh.secret.revealed) { return fresh }
        guard let key = try load(at: path) else {
            throw KeyFileFault(path: path, reason: .badContent("it comes and goes"))
        }
        return key
    }

    /// `nil` when there is no such file.
    package static func load(at path: String) throws(KeyFileFault) -> SiteKey? {
        guard let bytes = try PrivateFile(path: path).read() else { return nil }
        guard let key = SiteKey(bytes) else {
            throw KeyFileFault(path: path, reason: .wrongLength(bytes.count, wanted: byteCount))
        }
        return key
    }
}
