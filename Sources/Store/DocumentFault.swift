// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO
package import ReleaseWire

/// Why a document cannot be stored or read.
package enum DocumentFault: Error, Hashable, Sendable {
    case full
    case tooLarge(limit: UInt64)
    /// Too many documents are being received at once.
    case tooMany
    /// Nothing was begun under this token, or it was given up after a fault.
    case notBegun
    case missing
    /// The file or its key was changed since it was written.
    case tampered
    /// Reading, writing or syncing failed. After a failed sync the program must end.
    case system(SystemFault, isFatal: Bool)

    init(_ fault: SystemFault) {
        self =
            switch fault.errno {
            case _ where fault.isStorageFull: .full
            case EFBIG: .full
            case ENOENT: .missing
            default: .system(fault, isFatal: fault.errno == EIO)
            }
    }

    package var isFatal: Bool { if case .system(_, let isFatal) = self { isFatal } else { false } }

    /// What the agent is told that waits for the document.
    package var refusal: Refusal { Refusal(.documentUnavailable) }
}

extension DocumentFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full: "the spool's disk is full"
        case .tooLarge(let limit): "the document is larger than \(limit) bytes"
        case .tooMany: "too many documents are being received at once"
        case .notBegun: "the document was given up before"
        case .missing: "the document is not in the spool"
        case .tampered: "the stored document was changed"
        case .system(let fault, _): "\(fault)"
        }
    }
}
