// SPDX-License-Identifier: Apache-2.0

package import AgentJournal
package import Credentials
package import PrintModel
package import PrinterMachines
package import Primitives
package import ReaderMachines
import ReleaseRules
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
        /// The reader failed, or what it gave makes no sense. `key` as above.
        case unreadable(reader: String, key: [UInt8])
        /// `from`: the keypad, or the reader with keys. `key`: 16 random bytes, should a log-in begin with it.
        case key(Keypad.Action, from: String, key: [UInt8])
        /// So many touch screens ask to be asked.
        case screens(Int)
        /// A touch screen asks for something at a reader; `nil`: where somebody is. `key` as above.
        case command(DeskCommand, reader: String?, screen: UInt64, key: [UInt8])
        /// How the readers of this box are: all of them, whenever something about one has changed.
        case readers([ReaderFacts])
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
        case connectFailed(PrinterObstacle)
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
        /// For touch screens.
        case view(DeskView)
        case refuseCommand(screen: UInt64, DeskFault)
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
        /// Between two keys of a PIN or a number, and until a badge is held again.
        package var pinPause = Duration.seconds(30)
        /// Of somebody who is logged in and does nothing, unless the server allows less.
        package var deskPause = SessionRule.longestLogOut
        /// Between the two times that a badge is held to a reader to become somebody's.
        package var holdAgain = Duration.seconds(10)
        package var firstRetry = Duration.milliseconds(250)
        package var lastRetry = Duration.seconds(30)
        /// The longest wait that a server can ask for.
        package var longestAbsence = Duration.seconds(300)
        /// Bytes of a document that the server may send ahead of the printer.
        package var documentWindow: UInt32 = 262_144
        /// Until a document is asked for again that the server had no time for and named none.
        package var documentRetry = Duration.seconds(1)
        /// How long a print waits for the rest of its document, for the link to come back or for a busy server, is
        /// `printer.pull`.
        package var printer = RawPrinter.Limits()

        package init() {}
    }

    /// What the box has for people.
    package struct Desk: Sendable {
        /// A badge alone opens the list, where there are keys or a screen to choose with.
        package var opensList = false
        /// Keys are there, as far as the settings tell; readers that are plugged in and the first key that is pressed
        /// tell it, too.
        package var hasKeypad = false
        /// The reader beside which the keypad is; `nil`: what is typed without a badge belongs to the keypad itself.
        package var keypadPlace: String?
        /// Where a screen logs somebody in that names no reader.
        package var screenPlace = "screen"

        package init() {}
    }

    /// What this agent can do beyond the protocol's first version.
    package static let capabilities: Set<Capability> = [.dialogue, .readers, .rotation]

    let software: String
    let limits: Limits
    /// Read from the wall clock by the shell before each event; used in records only.
    package var wall: WallTime
    var journal: Journal
    var link = LinkState()
    var debounce = Debounce()
    var unsent = UnsentReads()
    var desk: Desk
    /// Everybody who is being served, in the order they came.
    var dialogues: [Dialogue] = []
    /// Whose question is open, by the request's correlation.
    var questions: [UInt32: Int] = [:]
    /// Whose list is fetched anew while its person goes on.
    var asides: [UInt32: Int] = [:]
    /// The last event that the lists on the screens do not show yet: once the server has it, they are fetched anew.
    var unlisted: UInt64?
    var lastDialogue = 0
    var screens = 0
    /// What the screens show, by reader.
    var views: [String: DeskView] = [:]
    /// A command was taken there: the screens are told how it stands, also when nothing changed.
    var restated: String?
    var watch = ReaderWatch()
    var queue = PrintQueue()
    var keys: KeyChange?
    var offline: OfflineState
    var isStopping = false
    var hasStopped = false

    /// - Parameter journal: as recovered from disk; it has its identity entry.
    package init(
        software: String, journal: JournalState, offline: OfflineBox? = nil, limits: Limits = Limits(),
        desk: Desk = Desk(), wall: WallTime
    ) {
        precondition(!journal.stream.isEmpty, "a journal begins with its identity")
        self.software = software
        self.journal = Journal(state: journal)
        self.offline = OfflineState(box: offline)
        self.offline.withheld = Set(journal.offline.deferred.map(\.key))
        self.limits = limits
        self.desk = desk
        self.wall = wall
    }

    /// For tests: what the journal holds.
    package var journalState: JournalState { journal.state }

    package var deadline: MonotonicTime? {
        let candidates: [MonotonicTime?] =
            [
                link.session?.deadline, link.retryAt, queue.current?.machine.deadline, queue.current?.openAgainAt,
                readersDue, askDeadline,
            ]
            + dialogues.map(\.deadline)
        return candidates.compactMap { $0 }.min()
    }

    /// A question that waits for the disk or for an answer needs no waking.
    private var askDeadline: MonotonicTime? {
        link.isOpen && agreesOffline && offline.question == nil && !journal.hasUnsyncedCustody
            && link.session?.canRequest == true ? offline.askAt : nil
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        tickLink(at: now) + tickReads(at: now) + tickPrinting(at: now) + tickReaders(at: now) + ask(at: now)
            + changedViews() + useNextKey()
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        take(event, at: now) + changedViews() + useNextKey()
    }

    private mutating func take(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .start: return settleThePast() + [.dial]
        case .read(let reader, let read, let key): return present(read, at: reader, key: key, now)
        case .unreadable(let reader, let key): return unreadable(at: reader, key: key, now)
        case .key(let pressed, let reader, let key): return press(pressed, from: reader, key: key, at: now)
        case .screens(let count):
            screens = count
            return []
        case .command(let command, let reader, let screen, let key):
            return obey(command, at: reader, of: screen, key: key, now)
        case .readers(let facts):
            watch.note(facts, at: now)
            return tickReaders(at: now)
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
