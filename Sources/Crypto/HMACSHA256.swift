// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

package enum HMACSHA256 {
    /// 32 bytes (RFC 2104, RFC 4231).
    package static func code(_ message: [UInt8], key: SecretBytes) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: SHA256.byteCount)
        var count: CUnsignedInt = 0
        let result = HMAC(
            EVP_sha256(), key.revealed, CInt(key.revealed.count), message, message.count, &code, &count)
        precondition(result != nil && count == SHA256.byteCount, "HMAC-SHA-256 failed")
        return code
    }
}
