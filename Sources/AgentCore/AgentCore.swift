// SPDX-License-Identifier: Apache-2.0

package import AgentJournal
package import Credentials
package import PrintModel
package import PrinterMachines
package import Primitives
package import ReaderMachines
package import ReleaseWire

/// Everything the box at the copier decides: reads and PINs in, one shown and recorded outcome for each, documents
/// from the server to the printer, and their outcomes back, each durable before anything rests on it.
///
/// ```
/// read ──▶ CREDENTIAL ──▶ (PIN ──▶) SESSION ──▶ RELEASE ──▶ one RawPrinter a release ──▶ PROGRESS
/// ```
/// The simulator and the real program drive exactly this value.
package struct AgentCore: Machine {
    package enum Event: Sendable {
        /// Once, first.
        case start
        /// `key`: 16 random bytes that name this read.
        case read(reader: String, RawRead, key: [UInt8])
        case unreadable(reader: String)
        case key(Keypad.Action)
        /// TLS to the server is up.
        case linkUp
        case received([UInt8])
        /// `random` spreads the agents that connect again after a server's restart.
        case linkDown(random: UInt64)
        /// The entries of ``Action/journal(_:_:)`` are synced; in the order they were asked for.
        case journaled(JournalToken)
        case printer(ReleaseID, PrinterEvent)
        /// The answer to `needStream`: 16 random bytes.
        case newStream([UInt8])
        /// A next key lies in the state folder: announce it, then use it.
        case nextKey(KeyRotation)
        /// The disk has taken so many bytes of a lent job's document; 0 when it cannot.
        case custodyAppended(Fence, bytes: Int)
        /// The document is whole and synced, or not to be had.
        case custodyFinished(Fence, isWhole: Bool)
        /// The answer to ``Action/readCustody(_:offset:limit:)``.
        case custodyRead(Fence, DocumentPiece)
        /// Finish the document that is printing, begin no other.
        case stop
    }

    /// What the socket to a printer tells.
    package enum PrinterEvent: Sendable {
        case connected
        case connectFailed(refused: Bool)
        case drained
        case received([UInt8])
        case disconnected
    }

    package enum Action: Equatable, Sendable {
        case dial
        case send([UInt8])
        /// Answer with `linkDown`.
        case hangUp
        case journal(JournalToken, [JournalEntry])
        /// Replace the journal's file by these bytes, atomically, before anything that is journaled later.
        case compact([UInt8])
        /// Answer with `newStream`.
        case needStream
        case show(reader: String, Feedback)
        case dialPrinter(ReleaseID, uri: String)
        case writePrinter(ReleaseID, [UInt8])
        case hangUpPrinter(ReleaseID)
        /// Connect with the next key, or with the present one again, from the next `dial` on.
        case useKey(isNext: Bool)
        /// The next key is the present one from now on, on disk too.
        case adoptKey
        /// The next key is of no use.
        case dropKey
        /// Begin to keep the document of a lent job, sealed, on disk.
        case openCustody(Fence)
        /// Answer with `custodyAppended`.
        case appendCustody(Fence, [UInt8])
        /// Sync it and compare; answer with `custodyFinished`.
        case finishCustody(Fence, sha256: [UInt8])
        /// Also of a document that is not whole. The key goes with it.
        case removeCustody(Fence)
        case readCustody(Fence, offset: UInt64, limit: Int)
        case note(AgentNote)
        /// After `stop`, once: nothing is left to do, and everything that happened is on disk.
        case stopped
    }

    package struct Limits: Sendable {
        /// From the read to its shown outcome, waiting for a PIN not counted.
        package var readLife = Duration.seconds(5)
        /// Between two keys of a PIN.
        package var pinPause = Duration.seconds(30)
        package var firstRetry = Duration.milliseconds(250)
        package var lastRetry = Duration.seconds(30)
        /// The longest wait that a server can ask for.
        package var longestAbsence = Duration.seconds(300)
        /// Bytes of a document that the server may send ahead of the printer.
        package var documentWindow: UInt32 = 262_144
        /// How long a print that has begun waits for the link to come back for the rest of its document is
        /// `printer.pull`.
        package var printer = RawPrinter.Limits()

        package init() {}
    }

    /// What this agent can do beyond the protocol's first version.
    package static let capabilities: Set<Capability> = [.rotation]

    let software: String
    let limits: Limits
    /// Read from the wall clock by the shell before each event; used in records only.
    package var wall: WallTime
    var journal: Journal
    var link = LinkState()
    var debounce = Debounce()
    /// Reads that wait for an answer, by the request that is open for them.
    var reads: [UInt32: OpenRead] = [:]
    var pin: PINEntry?
    var queue = PrintQueue()
    var keys: KeyChange?
    var offline: OfflineState
    var isStopping = false
    var hasStopped = false

    /// - Parameter journal: as recovered from disk; it has its identity entry.
    package init(
        software: String, journal: JournalState, offline: OfflineBox? = nil, limits: Limits = Limits(), wall: WallTime
    ) {
        precondition(!journal.stream.isEmpty, "a journal begins with its identity")
        self.software = software
        self.journal = Journal(state: journal)
        self.offline = OfflineState(box: offline)
        self.limits = limits
        self.wall = wall
    }

    /// For tests: what the journal holds.
    package var journalState: JournalState { journal.state }

    package var deadline: MonotonicTime? {
        let candidates: [MonotonicTime?] =
            [link.session?.deadline, link.retryAt, pin?.until, queue.current?.machine.deadline, askDeadline]
            + reads.values.map(\.until)
        return candidates.compactMap { $0 }.min()
    }

    /// A question that waits for the disk or for an answer needs no waking.
    private var askDeadline: MonotonicTime? {
        link.isOpen && agreesOffline && offline.question == nil && !journal.hasUnsyncedCustody
            && link.session?.canRequest == true ? offline.askAt : nil
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        tickLink(at: now) + tickReads(at: now) + tickPrinting(at: now) + ask(at: now) + useNextKey()
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        take(event, at: now) + useNextKey()
    }

    private mutating func take(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .start: return settleThePast() + [.dial]
        case .read(let reader, let read, let key): return present(read, at: reader, key: key, now)
        case .unreadable(let reader): return [.show(reader: reader, .readError)]
        case .key(let key): return typed(key, at: now)
        case .linkUp: return linkUp(at: now)
        case .received(let bytes): return feedLink(.received(bytes), at: now)
        case .linkDown(let random): return linkDown(random: random, at: now)
        case .journaled(let token): return journaled(token, at: now)
        case .printer(let release, let event): return printer(release, event, at: now)
        case .newStream(let name): return beginStream(name)
        case .nextKey(let rotation): return beginKeyChange(rotation, at: now)
        case .custodyAppended(let fence, let count): return custodyAppended(fence, count, at: now)
        case .custodyFinished(let fence, let isWhole): return custodyFinished(fence, isWhole: isWhole, at: now)
        case .custodyRead(let fence, let piece): return custodyRead(piece, of: fence, at: now)
        case .stop:
            isStopping = true
            return putBackWaiting() + stopIfDone(at: now)
        }
    }

    /// What the journal says was open when the agent last ended: those reads were never answered, and those releases
    /// may have printed.
    private mutating func settleThePast() -> [Action] {
        let state = journal.state
        let reads = state.presented.map {
            DurableEvent.readOutcome(ReadRecord(key: $0.key, reader: $0.reader, result: .interrupted, at: wall))
        }
        let releases = state.begun.map {
            DurableEvent.progress(Progress(release: $0, outcome: .unconfirmed, evidence: .none, at: wall))
        }
        return record(reads + releases + chargesOfThePast())
    }
}
