// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops

/// The disk keeps lent documents from being written or read, so that nothing is lent to this box, or nothing comes out.
struct CustodyTrouble {
    let folder: String
    let deed: CustodyWatch.Deed
    let fault: SystemFault

    var what: String {
        switch deed {
        case .write: "lent documents cannot be kept in \(folder)"
        case .read: "a lent document cannot be read from \(folder)"
        }
    }

    var remedy: String {
        if fault.isStorageFull { return "Make room on its disk, or lower custody-space." }
        if fault.isPermissionDenied { return "Give the folder back to the agent's user." }
        return "Look at its disk; meanwhile nothing comes out there without the server."
    }
}

/// Which troubles are news: one of a kind is told once, until that works again.
struct CustodyWatch {
    enum Deed: Hashable, Sendable {
        case write
        case read
    }

    private var troubled: Set<Deed> = []

    /// - Parameter hasWorked: it did so as a whole.
    mutating func isNews(_ deed: Deed, _ fault: SystemFault?, hasWorked: Bool) -> Bool {
        if hasWorked { troubled.remove(deed) }
        return fault != nil && troubled.insert(deed).inserted
    }
}
