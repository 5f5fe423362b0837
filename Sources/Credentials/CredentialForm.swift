// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// One canonical form under which a badge is stored and looked up, as a keyed hash: `n:` and decimal digits, `w:` and
/// facility and card number, `x:` and hex of all bits. It is a secret.
package struct CredentialForm: Hashable, Sendable {
    package let canonical: SecretBytes

    package init(canonical: SecretBytes) { self.canonical = canonical }
}
