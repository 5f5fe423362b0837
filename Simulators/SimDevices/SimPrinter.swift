// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A printer on port 9100 that understands PJL: one engine, one page counter, any number of connections of which it
/// serves so many at a time as its settings say.
///
/// A job is printed when its document is whole, one page after the other at the set speed, jobs in the order in which
/// they became whole. A document in the catalogue has the pages that stand there. Any other has as many pages as form
/// feeds, and at least one if it is not empty: a crude rule of its own, unlike any counter of the product.
package struct SimPrinter: Machine {
    package static let documentLimit = 64 << 20

    package enum Event: Sendable {
        case connected(Int)
        case received(Int, [UInt8])
        case disconnected(Int)
        case command(Command)
    }

    package enum Action: Equatable, Sendable {
        case send(Int, [UInt8])
        case close(Int)
        /// Take no more bytes from this connection, so that its sender is stopped by TCP.
        case pauseReading(Int)
        case resumeReading(Int)
        /// Whether connections are accepted at all; at the start they are.
        case listen(Bool)
        /// This job is through, as far as it came.
        case printed(SimPrintedJob)
        /// The other side did what no print server may do.
        case violation(String)
    }

    package enum Command: Hashable, Sendable {
        case refuseConnections
        /// Accept and then take nothing.
        case hang
        /// Hang up after so many more bytes, on whichever connection.
        case dropAfter(bytes: Int)
        case neverReportEnd
        /// Report so many pages more (or fewer) than came out.
        case wrongPageCount(by: Int)
        /// Stop before this page of a job, counted from 1.
        case jam(page: Int)
        /// No reply and no report.
        case mute
        /// Every reply in pieces of one byte.
        case shredReplies
        /// Every fifth byte of a reply is lost.
        case garbleReplies
        /// Whatever it was doing is cut off and forgotten, and nobody is answered.
        case powerOff
        /// All is well again; a jammed page goes on.
        case repair
    }

    package struct Settings: Sendable {
        package var timePerPage = Duration.milliseconds(100)
        /// Connections beyond wait, connected but not read.
        package var connectionsServed = 1
        /// Pages by the SHA-256 of the document, in lower-case hexadecimal.
        package var catalogue: [String: Int] = [:]
        package var model = "LANYARD SIMULATED PRINTER"

        package init() {}
    }

    struct Connection: Sendable {
        let id: Int
        var stream = SimPJLStream()
        var incoming: SimIncomingJob?
        var isServed: Bool
        var reportsJobs = false
        var reportsPages = false
        var reportsDevice = false
    }

    struct Printing: Sendable {
        var job: SimPrintedJob
        let pages: Int
    }

    let settings: Settings
    let cryptography: Cryptography
    var connections: [Connection] = []
    var queue: [Printing] = []
    /// When the next page of the first job in the queue is out.
    var pageDue: MonotonicTime?
    var isJammed = false
    package internal(set) var pageCounter: Int

    // Faults in force.
    var isRefusing = false
    var isHanging = false
    var bytesUntilDrop: Int?
    var reportsEnd = true
    var pageError = 0
    var jamPage: Int?
    var isMute = false
    var shreds = false
    var garbles = false

    package init(settings: Settings = Settings(), cryptography: Cryptography, pageCounter: Int = 0) {
        self.settings = settings
        self.cryptography = cryptography
        self.pageCounter = pageCounter
    }

    package var deadline: MonotonicTime? { isJammed ? nil : pageDue }

    /// Something is coming in or out.
    package var isBusy: Bool { !queue.isEmpty || connections.contains { $0.incoming != nil } }

    package var hasJammed: Bool { isJammed }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .connected(let id): connected(id)
        case .received(let id, let bytes): received(bytes, on: id, at: now)
        case .disconnected(let id): disconnected(id, at: now)
        case .command(let command): obey(command, at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while let due = deadline, now >= due { actions += printPage(at: due) }
        return actions
    }

    // MARK: Connections

    private mutating func connected(_ id: Int) -> [Action] {
        precondition(!connections.contains { $0.id == id }, "a connection has a number of its own")
        if isRefusing { return [.close(id)] }
        let isServed = connections.count { $0.isServed } < settings.connectionsServed
        connections.append(Connection(id: id, isServed: isServed))
        return isServed && !isHanging ? [] : [.pauseReading(id)]
    }

    private mutating func disconnected(_ id: Int, at now: MonotonicTime) -> [Action] {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return [] }
        // The beginning of an exit code is document only inside of a job.
        let held = connections[index].incoming == nil ? [] : connections[index].stream.finish()
        var actions = held.flatMap { take($0, on: index, at: now) }
        if let cut = endIncoming(on: index, byCommand: false) { actions += enqueue(cut, at: now) }
        connections.remove(at: index)
        return actions + serveNext()
    }

    private mutating func serveNext() -> [Action] {
        guard connections.count(where: { $0.isServed }) < settings.connectionsServed,
            let next = connections.firstIndex(where: { !$0.isServed })
        else { return [] }
        connections[next].isServed = true
        return isHanging ? [] : [.resumeReading(connections[next].id)]
    }

    private mutating func received(_ bytes: [UInt8], on id: Int, at now: MonotonicTime) -> [Action] {
        guard let index = connections.firstIndex(where: { $0.id == id }) else { return [] }
        var taken = bytes
        var isLast = false
        if let left = bytesUntilDrop {
            taken = Array(bytes.prefix(left))
            isLast = bytes.count >= left
            bytesUntilDrop = isLast ? nil : left - bytes.count
        }
        let actions = connections[index].stream.take(taken).flatMap { take($0, on: index, at: now) }
        return isLast ? actions + [.close(id)] + disconnected(id, at: now) : actions
    }

    // MARK: Jobs

    private mutating func take(_ piece: SimPJLStream.Piece, on index: Int, at now: MonotonicTime) -> [Action] {
        switch piece {
        case .exit:
            connections[index].incoming?.exit()
            return []
        case .document(let bytes):
            let isBlank = connections[index].incoming == nil && bytes.allSatisfy { $0 == 0x0D || $0 == 0x0A }
            if isBlank { return [] }
            if connections[index].incoming == nil {
                connections[index].incoming = SimIncomingJob(connection: connections[index].id)
            }
            connections[index].incoming?.document(bytes)
            return []
        case .command(let line):
            let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
            return command(text, line: line, on: index, at: now)
        }
    }

    private mutating func command(_ text: String, line: [UInt8], on index: Int, at now: MonotonicTime) -> [Action] {
        if text.hasPrefix("@PJL JOB") { return beginJob(text, line: line, on: index, at: now) }
        if text.hasPrefix("@PJL EOJ") {
            guard let job = endIncoming(on: index, byCommand: true) else {
                return [.violation("EOJ without a job")]
            }
            return enqueue(job, at: now)
        }
        connections[index].incoming?.command(line, text)
        configure(text, on: index)
        return answer(text, on: index)
    }

    private mutating func beginJob(_ text: String, line: [UInt8], on index: Int, at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        if let open = endIncoming(on: index, byCommand: false) {
            actions += [.violation("a job begins inside of another")] + enqueue(open, at: now)
        }
        var incoming = SimIncomingJob(connection: connections[index].id)
        incoming.command(line, text)
        connections[index].incoming = incoming
        return actions + reportToAll(["@PJL USTATUS JOB", "START", "NAME=\"\(incoming.job.name)\""], \.reportsJobs)
    }

    private mutating func endIncoming(on index: Int, byCommand: Bool) -> SimPrintedJob? {
        defer { connections[index].incoming = nil }
        return connections[index].incoming?.end(byCommand: byCommand)
    }
}
