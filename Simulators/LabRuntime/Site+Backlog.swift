// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Crypto
import HostIO
import Ops
import PrintModel
import Primitives

/// What an agent has to tell that was without its server for long.
extension Site {
    private var journal: String { folders.agent + "/journal" }

    /// While the agent does not run: outcomes of reads until its journal takes no more.
    package func fillJournal() throws(LabFault) {
        var state = try recoverJournal()
        while !state.isFull {
            let record = ReadRecord(
                key: randomBytes(DurableEvent.keyLength), reader: "front", result: .serverAway, at: Loop.wallTime())
            state.apply(.event(sequence: state.nextSequence, .readOutcome(record)))
        }
        do throws(SystemFault) {
            try DurableFile.write(state.compacted(), to: journal)
        } catch {
            throw LabFault(error, while: "filling the agent's journal")
        }
    }

    /// Events that the agent has on disk without an acknowledgement. A record that is just being written does not
    /// count.
    package func journalBacklog() throws(LabFault) -> Int { try recoverJournal().pending.count }

    private func recoverJournal() throws(LabFault) -> JournalState {
        let bytes = try LabFolder.read(journal)
        do throws(JournalFault) {
            return try Journal.recover(from: bytes).state
        } catch {
            throw LabFault("the agent's journal is damaged: \(error)", exit: .badData)
        }
    }
}
