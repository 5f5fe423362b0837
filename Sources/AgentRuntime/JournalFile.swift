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

    /// How many damaged journals are kept.
    static let damagedLimit = 9

    private let worker: Worker<Request, SystemFault?>
    private let onBroken: (OperatorError) -> Void

    /// Reads the journal, cuts a torn end, or begins a new one.
    /// - Parameter onBroken: a journal that cannot be written is the end of the process: nothing may be promised
    ///   without it. No append of the broken batch or a later one is confirmed.
    static func open(
        _ path: String, on loop: Loop, observer: Observer, onBroken: @escaping (OperatorError) -> Void
    ) throws(OperatorError) -> (JournalFile, JournalState) {
        let newer: JournalFault
        do throws(SystemFault) {
            switch try recover(path, observer) {
            case .success(let state):
                // Found out now rather than at the first badge.
                _ = try AppendFile(path)
                return (try JournalFile(path, on: loop, onBroken: onBroken), state)
            case .failure(let fault): newer = fault
            }
        } catch {
            throw OperatorError(
                .stateUnwritable, "the agent cannot keep its journal \(path)",
                remedy: "May this user write there, and is the disk not full?", cause: error)
        }
        throw OperatorError(
            .storeFailed, "the journal \(path) was written by a newer version of this program",
            remedy: "Start that version, and go back once the server has been told what waits; or move the file away, "
                + "and what it says is lost.", cause: newer)
    }

    /// Fails where nothing is damaged, and a newer program goes on with the file.
    private static func recover(
        _ path: String, _ observer: Observer
    ) throws(SystemFault) -> Result<JournalState, JournalFault> {
        guard let bytes = try DurableFile.readIfPresent(path, limit: 2 * JournalState.byteLimit) else {
            return .success(try begin(path))
        }
        let recovered: Journal.Recovery
        do throws(JournalFault) {
            recovered = try Journal.recover(from: bytes)
        } catch {
            if case .newerVersion = error { return .failure(error) }
            // Nothing is lost unseen: the damaged file is kept beside the new one, and the server is asked to settle.
            let kept = try setAside(path)
            observer.log(
                OperatorError(
                    .storeFailed, "the journal \(path) is damaged and was set aside", remedy: "See \(kept).",
                    cause: error))
            return .success(try begin(path))
        }
        if recovered.droppedBytes > 0 {
            observer.log(.warning, "journal-cut", ["dropped-bytes": recovered.droppedBytes])
        }
        // Cut before its first record was whole, it says nothing.
        guard !recovered.state.stream.isEmpty else { return .success(try begin(path)) }
        if recovered.isOfOtherVersion {
            return .success(try keep(recovered.state, recovered.state.compacted(), path))
        }
        guard recovered.droppedBytes > 0 else {
            // What a process left behind may be in memory only: it counts as written, so it must be on the disk.
            try AppendFile(path).append([])
            return .success(recovered.state)
        }
        return .success(try keep(recovered.state, Array(bytes.prefix(recovered.validLength)), path))
    }

    /// To a name that is free, so that an earlier one is not lost.
    private static func setAside(_ path: String) throws(SystemFault) -> String {
        for number in 1...damagedLimit {
            let name = "\(path).damaged-\(number)"
            guard access(name, F_OK) != 0 else { continue }
            try retrying("rename \(path)") { rename(path, name) }
            return name
        }
        throw SystemFault(call: "rename \(path).damaged-\(damagedLimit)", errno: EEXIST)
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

    private init(
        _ path: String, on loop: Loop, onBroken: @escaping (OperatorError) -> Void
    ) throws(SystemFault) {
        self.onBroken = onBroken
        worker = try Worker(
            name: "journal", on: loop, limits: .grouping(requests: Self.queueLimit),
            makeState: { Appender(path) }, handle: { $0.perform($1) })
    }

    func append(_ entries: [JournalEntry], then done: @escaping () -> Void) {
        submit(.append(entries.flatMap(\.record)), then: done)
    }

    func replace(by bytes: [UInt8]) { submit(.replace(bytes)) {} }

    /// Waits until everything is synced, and confirms it within this call.
    func stop() { worker.stop() }

    private func submit(_ request: Request, then done: @escaping () -> Void) {
        let isTaken = worker.submit(request) { [onBroken] fault in
            if let fault { onBroken(Self.broken(fault)) } else { done() }
        }
        if !isTaken { onBroken(Self.broken(SystemFault(call: "journal queue", errno: ENOBUFS))) }
    }

    private static func broken(_ fault: SystemFault) -> OperatorError {
        OperatorError(
            .storeFailed, "the journal cannot be written", remedy: "Check the disk, then start the agent.",
            cause: fault)
    }

    /// The open file, on its thread.
    private final class Appender {
        private let path: String
        private var file: AppendFile?
        /// What is behind a failed write is unknown, so nothing is appended to it.
        private var fault: SystemFault?

        init(_ path: String) { self.path = path }

        func perform(_ requests: [Request]) -> [SystemFault?] {
            if fault == nil {
                do throws(SystemFault) { try write(requests) } catch { fault = error }
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
