// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// A server that was put back to an older version takes a result that it does not know for a broken frame, and would
/// never hear what lies behind it in the stream.
extension ReadResult {
    /// What brought it; `nil`: the protocol's first version.
    package var capability: Capability? {
        switch self {
        case .listed, .registered, .activationFailed: .dialogue
        case .offlineReleased, .quota: .offline
        case .released, .noJobs, .unknown, .pinWrong, .locked, .expired, .duplicate, .unreadable, .notPermitted,
            .serverAway, .abandoned, .interrupted, .printerUnavailable:
            nil
        }
    }

    /// The nearest of the results that the first version knew. A badge that was to become somebody's was nobody's when
    /// it was read; a used up quota was "not permitted".
    package var first: ReadResult {
        switch self {
        case .listed: .noJobs
        case .registered, .activationFailed: .unknown
        case .offlineReleased: .released
        case .quota: .notPermitted
        case .released, .noJobs, .unknown, .pinWrong, .locked, .expired, .duplicate, .unreadable, .notPermitted,
            .serverAway, .abandoned, .interrupted, .printerUnavailable:
            self
        }
    }

    func said(where agreed: Set<Capability>) -> ReadResult {
        capability.map(agreed.contains) ?? true ? self : first
    }
}

extension ReleaseMessage {
    /// An event as the other side of this connection knows it.
    func said(where agreed: Set<Capability>) -> ReleaseMessage {
        guard case .readOutcome(var record) = self else { return self }
        record.result = record.result.said(where: agreed)
        return .readOutcome(record)
    }
}
