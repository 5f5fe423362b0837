// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import PrinterMachines
package import ReleaseWire

/// What happened, for the log and the counters. Machines do not log; their shell writes these.
package enum AgentNote: Hashable, Sendable {
    case linkOpened(agent: String, epoch: UInt64)
    case linkClosed(LinkClosed?, retryIn: Duration)
    case read(reader: String, what: String)
    case readDuplicate(reader: String)
    /// A badge that is still held there, or one more of many that could not be read.
    case readUnrecorded(reader: String)
    case answered(reader: String, ReadResult, after: Duration)
    case releaseBegan(String)
    case releaseEnded(String, String, at: PrinterLink, PrinterObstacle?)
    case journalFull
    /// The server cannot follow the agent's events: the store or the journal was restored from an old copy.
    case streamUnknown
    case journalCompacted
    /// The server does not know releases that were made without it: so many wait for one that does.
    case chargesWait(Int)
    /// They are told now.
    case chargesGo(Int)
    /// The server knows the agent by its new key from now on.
    case keyChanged
    /// The server does not take this box's next key.
    case keyRefused(Refusal.Code)
}
