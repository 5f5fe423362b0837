// SPDX-License-Identifier: Apache-2.0

package import HostIO
package import Primitives
package import ServerCore

/// The store on a thread of its own with group commit: one transaction, and so one sync, for everything that was asked
/// while the last one ran. Lists and reports run on a second thread with a connection of its own.
package final class StoreThread {
    /// Requests not yet answered.
    package static let requestLimit = 4096
    package static let reportLimit = 64
    /// Requests in one transaction: an upper bound of what a failing commit takes with it.
    package static let groupLimit = 512

    private enum Work: Sendable {
        case request(StoreRequest)
        case administer(AdminRequest, at: WallTime, by: String)
    }

    private enum Answer: Sendable {
        case reply(StoreReply)
        case admin(AdminReply)
    }

    /// The names in the spool that belonged to a job when the store was opened.
    package let spoolNames: Set<String>
    private let loop: Loop
    private let writer: Worker<Work, Answer>
    private let reader: Worker<Work, Answer>

    /// Opens the database, migrates it, closes it, and starts the threads, which open it for themselves.
    /// - Parameter onFatal: called on a thread of the store, before any answer leaves: the disk cannot be trusted any
    ///   more, the program ends.
    package init(
        path: String, keys: StoreKeys, settings: StoreSettings, on loop: Loop,
        onFatal: @escaping @Sendable (StoreFault) -> Void
    ) throws(StoreFault) {
        precondition(path != ":memory:", "two connections share a file")
        self.loop = loop
        spoolNames = try StoreCore(path: path, keys: keys, settings: settings).spoolNames()
        do throws(SystemFault) {
            let handle = { @Sendable (connection: inout Connection, works: [Work]) -> [Answer] in
                let answers = connection.perform(works)
                if let fault = connection.fatalFault { onFatal(fault) }
                return answers
            }
            writer = try Worker(
                name: "store", on: loop, limits: .grouping(requests: Self.requestLimit, batch: Self.groupLimit),
                makeState: { Connection(path: path, isReading: false, keys, settings) }, handle: handle)
            reader = try Worker(
                name: "reports", on: loop, limits: .parallel(threads: 1, requests: Self.reportLimit),
                makeState: { Connection(path: path, isReading: true, keys, settings) }, handle: handle)
        } catch {
            throw StoreFault(.unexpected, step: "start the store's threads", detail: "\(error)")
        }
    }

    /// The completion is called on the loop, never from within this call; with `failed(.busy)` when the store has as
    /// many requests as it takes.
    package func submit(_ request: StoreRequest, then completion: @escaping (StoreReply) -> Void) {
        let worker = request.isReading ? reader : writer
        let isTaken = worker.submit(.request(request)) { answer in
            guard case .reply(let reply) = answer else { preconditionFailure("a request has a reply") }
            completion(reply)
        }
        if !isTaken { loop.soon { completion(.failed(.busy)) } }
    }

    /// The same for the administrator's requests.
    package func submit(
        _ request: AdminRequest, at now: WallTime, by: String, then completion: @escaping (AdminReply) -> Void
    ) {
        let worker = request.isReading ? reader : writer
        let isTaken = worker.submit(.administer(request, at: now, by: by)) { answer in
            guard case .admin(let reply) = answer else { preconditionFailure("a request has a reply") }
            completion(reply)
        }
        if !isTaken { loop.soon { completion(.failed(.busy)) } }
    }

    /// Waits for everything that was submitted.
    package func stop() {
        reader.stop()
        writer.stop()
    }

    /// A connection on its thread, or why there is none.
    private struct Connection {
        private let core: StoreCore?
        private let openFault: StoreFault?

        init(path: String, isReading: Bool, _ keys: StoreKeys, _ settings: StoreSettings) {
            do throws(StoreFault) {
                core =
                    isReading
                    ? try StoreCore(reading: path, keys: keys, settings: settings)
                    : try StoreCore(path: path, keys: keys, settings: settings)
                openFault = nil
            } catch {
                (core, openFault) = (nil, error)
            }
        }

        /// A database that was opened a moment ago and cannot be opened now is no better than a broken one.
        var fatalFault: StoreFault? { openFault ?? core?.fatalFault }

        func perform(_ works: [Work]) -> [Answer] {
            var answers: [Answer] = []
            var group: [StoreRequest] = []
            for work in works {
                switch work {
                case .request(let request) where request.isReading:
                    answers += flush(&group)
                    answers.append(.reply(core?.read(request) ?? .failed(.broken("\(openFault, default: "")"))))
                case .request(let request): group.append(request)
                case .administer(let request, let now, let by):
                    answers += flush(&group)
                    answers.append(.admin(administer(request, at: now, by: by)))
                }
            }
            return answers + flush(&group)
        }

        private func flush(_ group: inout [StoreRequest]) -> [Answer] {
            defer { group = [] }
            guard !group.isEmpty else { return [] }
            guard let core else { return group.map { _ in .reply(.failed(.broken("\(openFault, default: "")"))) } }
            return core.perform(group).map { .reply($0) }
        }

        private func administer(_ request: AdminRequest, at now: WallTime, by: String) -> AdminReply {
            core?.administer(request, at: now, by: by) ?? .failed(.broken("\(openFault, default: "")"))
        }
    }
}
