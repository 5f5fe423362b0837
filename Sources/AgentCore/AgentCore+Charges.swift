// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives

/// Charges and servers that do not know them, which would pass over them, and nobody would ever pay. Before such a
/// server gets the number of a charge, without the charge, it is on disk that the charge is still to be told; the next
/// server that knows charges gets it under a new number. Events behind it never wait for it.
extension AgentCore {
    /// There is something to be told to a server that knows charges, also once this box releases nothing by itself.
    var owesCharges: Bool {
        !journal.state.offline.deferred.isEmpty
            || journal.state.pending.contains { if case .account = $0.event { true } else { false } }
    }

    /// Takes out of the stream what is to be told and is still in it.
    mutating func deferCharges() -> [Action] {
        let charges = journal.state.pending.compactMap { event -> OfflineCharge? in
            guard case .account(let charge) = event.event, !journal.state.offline.isDeferred(charge.key) else {
                return nil
            }
            return charge
        }
        var write: [Action] = []
        if !charges.isEmpty {
            write = journal.beginDeferring()
            write.append(
                journal.append(charges.map { .offline(.deferred($0)) }, then: .withhold(charges.map(\.key))))
        }
        let waiting = journal.state.offline.deferred.count
        guard waiting > 0, !offline.hasToldOfWaiting else { return write }
        offline.hasToldOfWaiting = true
        return write + [.note(.chargesWait(waiting))]
    }

    /// Back into the stream, at its end.
    mutating func publishDeferred() -> [Action] {
        let charges = journal.state.offline.deferred
        guard !charges.isEmpty else { return [] }
        offline.withheld = []
        offline.hasToldOfWaiting = false
        return [.note(.chargesGo(charges.count))] + record(charges.map { .account($0) })
    }
}
