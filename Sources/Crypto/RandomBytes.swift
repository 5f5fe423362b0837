// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import Primitives

/// From OpenSSL's generator. It fails only when the system has no entropy source; then nothing safe can be done, and
/// the process ends.
package func randomBytes(_ count: Int) -> [UInt8] {
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    precondition(RAND_bytes(&bytes, CInt(count)) == 1, "the random generator failed")
    return bytes
}

extension SecretBytes {
    package static func random(_ count: Int) -> SecretBytes { SecretBytes(randomBytes(count)) }
}
