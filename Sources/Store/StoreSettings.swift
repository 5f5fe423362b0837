// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Crypto
package import PrintModel
package import Primitives
package import ReleaseRules

/// The site's policy, as far as the store's decisions depend on it.
package struct StoreSettings: Sendable {
    package var tariff = Tariff.standard
    /// Jobs held longer are purged.
    package var holdLife = PurgeRule.standardLife
    /// Enrolled agents wait for the administrator's approval.
    package var requiresApproval = false
    package var enrolmentCodeLife = EnrolmentCode.life
    /// How long records are kept that nobody works with any more.
    package var custodyLife = RetentionRule.custodyLife
    package var historyLife = RetentionRule.historyLife
    package var auditLife = RetentionRule.auditLife
    /// What agents may do while the server is away.
    package var offline = OfflinePolicy.deny
    /// What the server waits beyond the lease of a lent job.
    package var custodyMargin = CustodyRule.margin
    package var secondFactor = SecondFactor.ifSet
    package var selfRegistration = SelfRegistration.off
    package var billingCode = BillingCode.none
    /// An agent that can do so logs people out after so long without a key or a badge.
    package var logOut = SessionRule.standardLogOut
    /// The forms under which the badge of a read at that reader may be enrolled.
    package var forms: @Sendable (RawRead, ReaderName) -> [CredentialForm]
    /// Whether the same read has the same forms at each of these readers.
    package var readersAreAlike: @Sendable ([ReaderName]) -> Bool = { _ in true }
    /// For tests of what happens then: gets each statement's text before it runs; an SQLite result code fails it. The
    /// schema is up to date before it is asked.
    package var faultHook: (@Sendable (String) -> Int32?)?

    package init(forms: @escaping @Sendable (RawRead, ReaderName) -> [CredentialForm]) { self.forms = forms }
}

/// The site's keys, none of which is in the database, and where its random bytes come from.
package struct StoreKeys: Sendable {
    package var site: SiteKey
    /// Enrolment proofs are bound to it.
    package var server: KeyHash
    package var random: @Sendable (Int) -> [UInt8]

    package init(site: SiteKey, server: KeyHash, random: @escaping @Sendable (Int) -> [UInt8] = randomBytes) {
        self.site = site
        self.server = server
        self.random = random
    }

    /// One key a purpose, so that a hash of a badge can never be mistaken for something else under the site key.
    private func derived(_ purpose: String) -> SecretBytes {
        SecretBytes(HMACSHA256.code(Array("lanyard \(purpose) 1".utf8), key: site.secret))
    }

    /// How a badge is stored and looked up.
    func badgeHash(_ form: CredentialForm) -> [UInt8] {
        HMACSHA256.code(form.canonical.revealed, key: derived("badge"))
    }

    func activationHash(_ code: SecretBytes) -> [UInt8] {
        HMACSHA256.code(code.revealed, key: derived("activation"))
    }

    /// What somebody typed as a number or name that nobody has: under which its failures are counted.
    func nameHash(_ typed: [UInt8]) -> [UInt8] { HMACSHA256.code(typed, key: derived("typed name")) }

    func seal(enrolmentCode code: SecretBytes) -> [UInt8] {
        let nonce = random(AES256GCM.nonceCount)
        return nonce + AES256GCM.seal(code.revealed[...], key: derived("enrolment"), nonce: nonce)
    }

    func open(enrolmentCode sealed: [UInt8]) -> SecretBytes? {
        guard sealed.count > AES256GCM.nonceCount else { return nil }
        let nonce = Array(sealed.prefix(AES256GCM.nonceCount))
        let code = AES256GCM.open(sealed.dropFirst(nonce.count), key: derived("enrolment"), nonce: nonce)
        return code.map(SecretBytes.init)
    }
}
