// SPDX-License-Identifier: Apache-2.0

package import PrintModel

extension JobState {
    /// The states that may follow. Whatever is not here cannot happen, and the store refuses to write it.
    package var successors: [JobState] {
        switch self {
        case .held: [.reserved, .canceled, .purged]
        case .reserved: [.sending, .held, .inDoubt]
        case .sending: [.printed, .held, .inDoubt]
        case .inDoubt: [.printed, .held]
        case .printed, .canceled, .purged: []
        }
    }

    /// Nothing follows, so the document is not needed any more and its key is dropped.
    package var isFinal: Bool { successors.isEmpty }
}

extension ReleaseState {
    package var successors: [ReleaseState] {
        switch self {
        case .reserved: [.sending, .failed, .inDoubt]
        case .sending: [.confirmed, .failed, .inDoubt]
        case .inDoubt: [.confirmed, .failed]
        case .confirmed, .failed: []
        }
    }
}
