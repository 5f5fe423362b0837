// SPDX-License-Identifier: Apache-2.0

/// How long the store keeps what nobody works with any more. The ledger, and the releases, sessions and jobs that its
/// lines name, are kept for ever.
package enum RetentionRule {
    /// Custodies that are over, and the keys under which they were charged. A box that lay in a cupboard for a year
    /// still gets what it printed into the ledger, and into it once: a key is kept for as long as its custody, and a
    /// charge of a custody that is forgotten is not booked.
    package static let custodyLife = Duration.seconds(400 * 24 * 3600)
    /// Reads; sessions that nothing came out of; jobs that were canceled or purged and never came out. No window in
    /// which something is told apart from its repetition is longer: a read's is 5 s, a job's ten minutes, a session's
    /// 72 hours.
    package static let historyLife = Duration.seconds(90 * 24 * 3600)
    /// Who did what, and who saw which report: two years, so that the yearly audit finds the whole year before.
    package static let auditLife = Duration.seconds(730 * 24 * 3600)
}
