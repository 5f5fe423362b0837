// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Crypto
import Glibc
import HostIO
import Ops

/// The journal on disk: appended and synced on a thread of its own, many appends with one sync.
final class JournalFile {
    /// Appends not yet synced. Beyond it the disk is too slow to go on, which is an I/O error.
    static let queueLimit = 4096

    private enum Request: Sendable {
        case append([UInt8])
        case replace([UInt8])
    }

    private let worker: Worker<Request, SystemFault?>
    private let observer: Observer

    /// Reads the journal, cuts a torn end, or begins a new one.
    static func open(
        _ path: String, on loop: Loop, observer: Observer
    ) throws(OperatorError) -> (JournalFile, JournalState) {
        let state: JournalState
        do throws(SystemFault) {
            state = try recover(path, observer)
            return (try JournalFile(path, on: loop, observer: observer), state)
        } catch {
            throw OperatorError(
                .stateUnwritable, "the agent cannot keep its journal \(path)",
                remedy: "May this user write there, and is the disk not full?", cause: error)
        }
    }

    private static func recover(_ path: String, _ observer: Observer) throws(SystemFault) -> JournalState {
        guard let bytes = try DurableFile.readIfPresent(path, limit: 2 * JournalState.byteLimit) else {
            return try begin(path)
        }
        let recovered: Journal.Recovery
        do throws(JournalFault) {
            recovered = try Journal.recover(from: bytes)
        } catch {
            // Nothing is lost unseen: the damaged file is kept beside the new one, and the server is asked to settle.
            observer.log(
                OperatorError(
                    .storeFailed, "the journal \(path) is damaged and was set aside", remedy: "See \(path).damaged.",
                    cause: error))
            rename(path, path + ".damaged")
            return try begin(path)
        }
        guard recovered.validLength > 0 else { return try begin(path) }
        guard recovered.droppedBytes > 0 else {
            // What a process left behind may be in memory only: it counts as written, so it must be on the disk.
            try AppendFile(path).append([])
            return recovered.state
        }
        observer.log(.warning, "journal-cut", ["dropped-bytes": recovered.droppedBytes])
        return try keep(recovered.state, Array(bytes.prefix(recovered.validLength)), path)
    }

    private static func begin(_ path: String) throws(SystemFault) -> JournalState {
        var state = JournalState()
        state.apply(.identity(stream: randomBytes(16)))
        return try keep(state, state.compacted(), path)
    }

    private static func keep(
        _ state: JournalState, _ bytes: [UInt8], _ path: String
    ) throws(SystemFault) -> JournalState {
        try DurableFile.write(bytes, to: path)
        return state
    }

    private init(_ path: String, on loop: Loop, observer: Observer) throws(SystemFault) {
        self.observer = observer
        worker = try Worker(
            name: "journal", on: loop, limits: .grouping(requests: Self.queueLimit),
            makeState: { Appender(path) }, handle: { $0.perform($1) })
    }

    func append(_ entries: [JournalEntry], then done: @escaping () -> Void) {
        submit(.append(entries.flatMap(\.record)), then: done)
    }

    func replace(by bytes: [UInt8]) { submit(.replace(bytes)) {} }

    /// A journal that cannot be written is the end of the process: nothing may be promised without it.
    private func submit(_ request: Request, then done: @escaping () -> Void) {
        let isTaken = worker.submit(request) { [observer] fault in
            guard let fault else { return done() }
            observer.log(
                OperatorError(
                    .storeFailed, "the journal cannot be written", remedy: "Check the disk, then start the agent.",
                    cause: fault))
            exit(Exit.inputOutput.rawValue)
        }
        precondition(isTaken, "the journal's queue is longer than all that can be open at once")
    }

    /// The open file, on its thread.
    private final class Appender {
        private let path: String
        private var file: AppendFile?

        init(_ path: String) { self.path = path }

        func perform(_ requests: [Request]) -> [SystemFault?] {
            var fault: SystemFault?
            do throws(SystemFault) {
                try write(requests)
            } catch {
                fault = error
            }
            return requests.map { _ in fault }
        }

        private func write(_ requests: [Request]) throws(SystemFault) {
            var pending: [UInt8] = []
            for request in requests {
                switch request {
                case .append(let bytes): pending += bytes
                case .replace(let bytes):
                    // The replacement holds what is pending, too.
                    pending = []
                    file = nil
                    try DurableFile.write(bytes, to: path)
                }
            }
            guard !pending.isEmpty else { return }
            if file == nil { file = try AppendFile(path) }
            try file?.append(pending)
        }
    }
}
