// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// What an operator should hear of when the state of a reader changes.
package enum ReaderRule {
    package enum Change: String, CaseIterable, Hashable, Sendable {
        case lost
        case blocked
        case tampered
        /// In use again, and nobody's hand on it.
        case back

        /// Somebody has to act.
        package var isAlert: Bool { self != .back }
    }

    /// Lines of each agent within ``AuditPauseRule/pause``: each kind of trouble of as many readers as an agent can
    /// have. Kinds are kept apart, so that nobody hides a hand on the reader behind a plug that was pulled.
    package static let auditLimit = 3 * ReaderStatus.countLimit

    /// - Parameter before: as the agent said last; `nil` for a reader that is new.
    package static func changes(from before: ReaderStatus?, to now: ReaderStatus) -> [Change] {
        var changes: [Change] = []
        if now.state != before?.state {
            switch now.state {
            case .lost: changes.append(.lost)
            case .blocked: changes.append(.blocked)
            case .attached, .waiting: break
            }
        }
        if now.isTampered, before?.isTampered != true { changes.append(.tampered) }
        if let before, isInTrouble(before), !isInTrouble(now), now.state == .attached { changes.append(.back) }
        return changes
    }

    private static func isInTrouble(_ reader: ReaderStatus) -> Bool {
        reader.state == .lost || reader.state == .blocked || reader.isTampered
    }
}
