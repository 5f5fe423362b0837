// SPDX-License-Identifier: Apache-2.0

package import Primitives
import PrintFormats

/// The server's side of one connection of an LPD client (RFC 1179), with the liberties that real clients take.
///
///     command ─02 queue─▶ command within a job ─02/03─▶ file ─count octets─▶ final octet ─▶ command within a job
///                                                                                │ job complete
///                                                                                ▼
///                                                            committing ─committed─▶ last ack
///
/// The last octet that a client hears about a job leaves only after `committed`, so an acknowledged job is a stored
/// job. While a write, a commit or a question is open the machine takes no input: the shell reads the socket only
/// while ``wantsInput`` holds, and the client feels the disk through TCP.
package struct LPDReceiver: Machine {
    package enum Event: Sendable {
        /// Only while ``wantsInput``.
        case received([UInt8])
        /// The piece of the last `write` is stored.
        case written
        /// The piece of the last `write`, or the document it belongs to, could not be stored.
        case storageFailed
        /// The answer to `submit`.
        case committed(Verdict)
        /// The answer to `askQueueState`.
        case queueState(String)
        case disconnected(Ending)
    }

    package enum Verdict: Hashable, Sendable { case accepted, refused }

    package enum Ending: Hashable, Sendable {
        /// End of file. The peer may still be listening.
        case finished
        /// A reset or another error: what came last may be incomplete.
        case broken
    }

    package enum Action: Sendable, Equatable {
        case send([UInt8])
        /// Make room for a document. Its bytes follow in `write`s of the same index, which counts from 0.
        case beginDocument(index: Int, name: String)
        /// Answer with `written` or `storageFailed`.
        case write(index: Int, [UInt8])
        /// Answer with `committed`. From here on the job's documents are the shell's: no `discard` names them.
        case submit(LPDJob)
        case discard(index: Int)
        /// Answer with `queueState`. `list` holds user names and job numbers to choose by; empty means all.
        case askQueueState(LPDQueue, isLong: Bool, list: [String])
        /// For the log, nothing to do.
        case refuse(Refusal, detail: String)
        /// Comes exactly once, and last.
        case close
    }

    package enum Refusal: String, Sendable, CaseIterable {
        case commandTooLong = "command-too-long"
        case unknownCommand = "unknown-command"
        case malformedCommand = "malformed-command"
        case unknownQueue = "unknown-queue"
        case removalNotOffered = "removal-not-offered"
        case controlFileTooLong = "control-file-too-long"
        case badControlFile = "bad-control-file"
        case documentTooLarge = "document-too-large"
        case tooManyFiles = "too-many-files"
        case badFinalOctet = "bad-final-octet"
        case emptyDocument = "empty-document"
        case storageFailed = "storage-failed"
        case spoolFull = "spool-full"
        case tooSlow = "too-slow"
        case endedMidJob = "ended-mid-job"
    }

    package struct Limits: Sendable {
        /// Octets of one command line without its LF.
        package var commandLine = 1024
        package var controlFile = LPDControlFile.sizeLimit
        /// Octets of one data file.
        package var document = 2 << 30
        /// A count from here on is not a size but a client that does not know it, as Windows without LPR byte
        /// counting (125899906843000): the file ends with the connection.
        package var absurdCount: UInt64 = 1 << 40
        package var dataFilesPerJob = LPDControlFile.documentLimit
        /// Control files that still wait for data files.
        package var pendingControlFiles = 16
        package var firstCommand = Duration.seconds(30)
        /// For a whole command or control file, and between two pieces of a data file.
        package var idle = Duration.seconds(60)
        /// For the zero octet after a complete file. A client that leaves it out and waits is answered then.
        package var finalOctet = Duration.seconds(5)
        /// For what follows a file without a size of which one zero octet is all there is so far. A client whose file
        /// is empty sends no more and waits for its answer.
        package var emptyFile = Duration.milliseconds(500)

        package init() {}
    }

    enum File: Sendable {
        case control(name: String, bytes: [UInt8])
        case data(LPDAssembly.DataFile)
    }

    enum State: Sendable {
        case command
        /// `left` octets are to come.
        case controlFile(name: String, left: Int)
        /// `left` is nil when the file ends with the connection.
        case dataFile(index: Int, name: String, got: Int, left: Int?)
        case finalOctet(File)
        case committing
        case asking
        case closed
    }

    /// Octets that a document may have that begins from now on; `nil` for ``Limits/document``. 0: no jobs either.
    package var room: Int?
    let limits: Limits
    /// Of the data file at hand.
    var fileRoom = Int.max
    let queues: Set<String>?
    var state = State.command
    /// Set once a job is being received.
    var queue: LPDQueue?
    var assembly = LPDAssembly()
    var nextIndex = 0
    /// The command line or control file being read.
    var gathered: [UInt8] = []
    private var input: ArraySlice<UInt8> = []
    private var isWriting = false
    /// All there is of a file without a size is one zero octet: the final octet of an empty file.
    private var hasLoneZero = false
    var ending: Ending?
    private var until: MonotonicTime
    /// One LF before a command within a job, and a final octet that came after its time, are passed over.
    var strayOctets: Set<UInt8> = []

    /// `queues` are the names served here; nil serves any name.
    package init(queues: Set<String>? = nil, limits: Limits = Limits(), openedAt now: MonotonicTime) {
        self.limits = limits
        self.queues = queues
        until = now + limits.firstCommand
    }

    /// Whether the shell should read the connection.
    package var wantsInput: Bool { canAdvance && ending == nil }

    package var deadline: MonotonicTime? { canAdvance ? until : nil }

    private var canAdvance: Bool {
        switch state {
        case .command, .controlFile, .dataFile, .finalOctet: !isWriting
        case .committing, .asking, .closed: false
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        if case .closed = state { return [] }
        switch event {
        case .received(let bytes):
            precondition(wantsInput && input.isEmpty, "the shell reads only while input is wanted")
            input = bytes[...]
            if case .dataFile = state { until = now + limits.idle }
            return advance(at: now)
        case .written:
            precondition(isWriting, "an answer has its question")
            isWriting = false
            extendDeadline(at: now)
            return advance(at: now)
        case .storageFailed:
            precondition(isWriting, "an answer has its question")
            isWriting = false
            return refuse(.storageFailed)
        case .committed(let verdict): return committed(verdict, at: now)
        case .queueState(let text):
            guard case .asking = state else { preconditionFailure("an answer has its question") }
            return (ending == .broken ? [] : [.send(Array(text.utf8))]) + close()
        case .disconnected(let how):
            ending = ending ?? how
            return advance(at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        if case .dataFile = state, hasLoneZero { return refuse(.emptyDocument) }
        guard case .finalOctet(let file) = state else { return refuse(.tooSlow) }
        let actions = arrived(file)
        strayOctets.insert(0)
        extendDeadline(at: now)
        return actions
    }

    private mutating func committed(_ verdict: Verdict, at now: MonotonicTime) -> [Action] {
        guard case .committing = state else { preconditionFailure("an answer has its question") }
        expectCommand()
        extendDeadline(at: now)
        let answer = ending == .broken ? [] : [Action.send(verdict == .accepted ? Self.ack : Self.nak)]
        return answer + advance(at: now)
    }

    /// Consumes what is there until something must be answered first.
    private mutating func advance(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while canAdvance, !input.isEmpty { actions += step(at: now) }
        if let ending, canAdvance { actions += finish(ending) }
        return actions
    }

    private mutating func step(at now: MonotonicTime) -> [Action] {
        switch state {
        case .command: return readCommand(at: now)
        case .controlFile(let name, let left): return readControlFile(name, left: left, at: now)
        case .dataFile(let index, let name, let got, let left):
            return readData(index, name, got: got, left: left)
        case .finalOctet(let file):
            guard take(1).first == 0 else { return refuse(.badFinalOctet) }
            extendDeadline(at: now)
            return arrived(file)
        case .committing, .asking, .closed: preconditionFailure("a machine that waits takes no input")
        }
    }

    private mutating func readCommand(at now: MonotonicTime) -> [Action] {
        if gathered.isEmpty, let first = input.first, strayOctets.remove(first) != nil {
            input.removeFirst()
            return []
        }
        let end = input.firstIndex(of: Self.lineFeed)
        let part = input[..<(end ?? input.endIndex)]
        guard gathered.count + part.count <= limits.commandLine else { return refuse(.commandTooLong) }
        gathered += part
        input = input[(end.map { $0 + 1 } ?? input.endIndex)...]
        guard end != nil else { return [] }
        let line = gathered
        gathered = []
        extendDeadline(at: now)
        return obey(line)
    }

    private mutating func readControlFile(_ name: String, left: Int, at now: MonotonicTime) -> [Action] {
        let piece = take(left)
        gathered += piece
        state = .controlFile(name: name, left: left - piece.count)
        guard left == piece.count else { return [] }
        state = .finalOctet(.control(name: name, bytes: gathered))
        gathered = []
        until = now + limits.finalOctet
        return []
    }

    private mutating func readData(_ index: Int, _ name: String, got: Int, left: Int?) -> [Action] {
        let piece = take(left ?? input.count)
        let sum = got + piece.count
        guard sum <= limits.document else { return refuse(.documentTooLarge, "more than \(limits.document) bytes") }
        guard sum <= fileRoom else { return refuse(.spoolFull, "more than \(fileRoom) bytes") }
        isWriting = true
        hasLoneZero = left == nil && got == 0 && piece == [0]
        if let left, left == piece.count {
            state = .finalOctet(.data(LPDAssembly.DataFile(index: index, name: name, byteCount: sum)))
        } else {
            state = .dataFile(index: index, name: name, got: sum, left: left.map { $0 - piece.count })
        }
        return [.write(index: index, piece)]
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let piece = Array(input.prefix(count))
        input = input.dropFirst(count)
        return piece
    }

    private mutating func extendDeadline(at now: MonotonicTime) {
        switch state {
        case .finalOctet: until = now + limits.finalOctet
        case .dataFile where hasLoneZero: until = now + limits.emptyFile
        case .command, .controlFile, .dataFile, .committing, .asking, .closed: until = now + limits.idle
        }
    }

    /// The peer is gone and all it sent has been looked at.
    private mutating func finish(_ ending: Ending) -> [Action] {
        switch state {
        case .finalOctet(let file):
            let actions = arrived(file)
            return canAdvance ? actions + finish(ending) : actions
        case .dataFile(let index, let name, let got, nil) where ending == .finished && got > 0 && !hasLoneZero:
            let actions = arrived(.data(LPDAssembly.DataFile(index: index, name: name, byteCount: got)))
            return canAdvance ? actions + finish(ending) : actions
        case .command where gathered.isEmpty && assembly.isEmpty: return close()
        case .dataFile where hasLoneZero: return refuse(.emptyDocument)
        case .command, .controlFile, .dataFile: return refuse(.endedMidJob)
        case .committing, .asking, .closed: preconditionFailure("a machine that waits does not finish")
        }
    }

    /// Ends this connection and nothing else; its incomplete documents go.
    mutating func refuse(_ reason: Refusal, _ detail: String = "") -> [Action] {
        var open = assembly.clear()
        switch state {
        case .dataFile(let index, _, _, _): open.append(index)
        case .finalOctet(.data(let file)): open.append(file.index)
        case .command, .controlFile, .finalOctet, .committing, .asking, .closed: break
        }
        let answer = ending == nil ? [Action.send(Self.nak)] : []
        return [.refuse(reason, detail: detail)] + open.map { .discard(index: $0) } + answer + close()
    }

    mutating func close() -> [Action] {
        state = .closed
        input = []
        return [.close]
    }

    mutating func expectCommand() {
        state = .command
        gathered = []
        strayOctets.insert(Self.lineFeed)
    }

    static let ack: [UInt8] = [0]
    static let nak: [UInt8] = [1]
    private static let lineFeed = UInt8(ascii: "\n")
}
