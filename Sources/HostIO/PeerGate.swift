// SPDX-License-Identifier: Apache-2.0

/// Stands before a listener: connections that the rule objects to are closed before a byte is read or sent, and
/// counted.
package final class PeerGate {
    package let rule: PeerRule
    private let tally: MachineRunner<RefusalTally>

    /// - Parameter report: told at most once a minute for each reason.
    package init(
        _ rule: PeerRule, on loop: Loop,
        report: @escaping (_ reason: String, _ connections: UInt64, _ latest: PeerAddress) -> Void
    ) {
        self.rule = rule
        tally = MachineRunner(RefusalTally(), on: loop) { action in
            switch action {
            case .report(let reason, let connections, let latest): report(reason, connections, latest)
            }
        }
    }

    /// One that tells nobody.
    package convenience init(_ rule: PeerRule = PeerRule(), on loop: Loop) { self.init(rule, on: loop) { _, _, _ in } }

    package func admits(_ peer: PeerAddress) -> Bool {
        guard let objection = rule.objection(to: peer.ip) else { return true }
        refuse(peer, objection.rawValue)
        return false
    }

    /// Counts a connection that its owner closed for another reason: a word of ours, never the peer's.
    package func refuse(_ peer: PeerAddress, _ reason: String) { tally.feed(.refused(reason: reason, peer)) }
}
