// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Primitives
import SimDevices

/// One KiB of plain text that no other job has.
struct LPDDocument {
    static let size = 1024

    let user: String
    let number: Int

    var bytes: [UInt8] {
        let line = Array("job \(number) of \(user)\n".utf8)
        return Array((0..<Self.size).map { line[$0 % line.count] })
    }

    var steps: [[UInt8]] {
        SimLPDJob(queue: "hold", host: "bench", owner: user, title: "job \(number)", number: number).steps(bytes)
    }
}

/// Sends one job on a connection of its own, as the clients of systems do: each step waits for its acknowledgement.
final class LPDClient {
    private var steps: ArraySlice<[UInt8]>
    private var connector: Connector?
    private var stream: HostIO.Stream?
    private let done: (Bool) -> Void

    /// - Parameter done: called once; whether the last octet was acknowledged.
    init(
        _ document: LPDDocument, port: UInt16, on loop: Loop, done: @escaping (Bool) -> Void
    ) throws(SystemFault) {
        steps = document.steps[...]
        self.done = done
        connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { result in
            guard case .success(let descriptor) = consume result,
                let stream = try? HostIO.Stream(descriptor, on: loop)
            else { return self.end(false) }
            self.connected(stream)
        }
    }

    private func connected(_ stream: HostIO.Stream) {
        self.stream = stream
        stream.onBytes = { self.answered($0) }
        stream.onEnd = { self.end(false) }
        stream.onClosed = { _ in self.end(false) }
        next()
    }

    private func answered(_ bytes: [UInt8]) {
        guard bytes == [0] else { return end(false) }
        if steps.isEmpty { end(true) } else { next() }
    }

    private func next() {
        if let step = steps.popFirst() { stream?.write(step) }
    }

    private func end(_ isAccepted: Bool) {
        guard connector != nil else { return }
        connector = nil
        stream?.onBytes = nil
        stream?.onEnd = nil
        stream?.onClosed = nil
        stream?.close()
        done(isAccepted)
    }

    /// Returns when the server has acknowledged the job.
    static func printOne(_ document: LPDDocument, port: UInt16, on pump: Pump) throws(LabFault) {
        let isAccepted: Bool = try pump.answer("a job to be taken", atMost: .seconds(10)) { answer in
            _ = try? LPDClient(document, port: port, on: pump.loop, done: answer)
        }
        guard isAccepted else { throw LabFault("the server did not take a job") }
    }
}

/// Keeps so many connections busy.
final class LPDLoad {
    static let how = "1 KiB each, on a connection of its own; acked after commit; page counting beside it"

    private static let time = Duration.seconds(4)

    private let pump: Pump
    private let port: UInt16
    private let connections: Int
    private var busy = 0
    private var sent: Int
    private var accepted = 0
    private var isOver = false
    private var fault: LabFault?

    init(_ connections: Int, port: UInt16, on pump: Pump) {
        self.connections = connections
        self.port = port
        self.pump = pump
        sent = connections * 1_000_000
    }

    /// Jobs a second.
    func measure() throws(LabFault) -> Double {
        let begun = pump.loop.now
        for _ in 0..<connections { send() }
        try pump.pause(Self.time)
        let count = accepted
        let took = pump.loop.now.elapsed(since: begun)
        isOver = true
        try pump.wait("the last jobs", atMost: .seconds(10)) { busy == 0 }
        if let fault { throw fault }
        return Double(count) / (took / .seconds(1))
    }

    private func send() {
        sent += 1
        busy += 1
        let document = LPDDocument(user: "load", number: sent)
        do throws(SystemFault) {
            _ = try LPDClient(document, port: port, on: pump.loop) { [weak self] in self?.ended($0) }
        } catch {
            fault = LabFault(error, while: "connecting")
            busy -= 1
        }
    }

    private func ended(_ isAccepted: Bool) {
        busy -= 1
        accepted += isAccepted ? 1 : 0
        guard isAccepted else { return fault = fault ?? LabFault("the server did not take a job") }
        if !isOver { send() }
    }
}
