// SPDX-License-Identifier: Apache-2.0

import SimDevices
import SpoolWire

/// A document on its way into the site.
struct SimSubmission {
    let title: String
    let owner: String
    let number: Int
    let bytes: [UInt8]
}

/// One connection of an LPD client (RFC 1179) to the server.
final class SimClientLine {
    let toServer: SimPipe
    let toClient: SimPipe
    var onServerEnd: ((LPDReceiver.Ending) -> Void)?
    var onClientEnd: (() -> Void)?

    init(_ world: World, faults: @escaping () -> SimFaults) {
        toServer = SimPipe(world, faults: faults)
        toClient = SimPipe(world, faults: faults)
        toServer.onEnd = { [unowned self] in serverEnds(.finished) }
        toClient.onEnd = { [unowned self] in clientEnds() }
    }

    func closeFromServer() {
        onServerEnd = nil
        toServer.cut()
        toClient.finish()
    }

    func serverIsGone() {
        onServerEnd = nil
        toServer.cut()
        toClient.cut()
        clientEnds()
    }

    func breakOff() {
        onClientEnd = nil
        toServer.cut()
        toClient.cut()
        serverEnds(.broken)
    }

    private func serverEnds(_ ending: LPDReceiver.Ending) {
        let end = onServerEnd
        onServerEnd = nil
        end?(ending)
    }

    private func clientEnds() {
        let end = onClientEnd
        onClientEnd = nil
        end?()
    }
}

/// A print client that sends a job again until it hears that it was taken.
final class SimClient {
    static let patience = 15...30
    private static let attempts = 30

    private let host: String
    private let server: SimServer
    private let world: World
    private let oracle: SimOracle
    private let faults: () -> SimFaults
    /// Lines that are open, so that they live.
    private var lines: [Int: SimClientLine] = [:]
    private var lastLine = 0

    init(host: String, server: SimServer, _ world: World, oracle: SimOracle, faults: @escaping () -> SimFaults) {
        self.host = host
        self.server = server
        self.world = world
        self.oracle = oracle
        self.faults = faults
    }

    func submit(_ job: SimSubmission, attempt: Int = 1) {
        guard attempt <= Self.attempts else { return }
        guard server.isUp else { return again(job, attempt) }
        lastLine += 1
        let number = lastLine
        let line = SimClientLine(world, faults: faults)
        lines[number] = line
        var left = SimLPDJob.acknowledgements
        line.toClient.onBytes = { [unowned self] bytes in
            for byte in bytes where lines[number] != nil {
                left -= 1
                if byte != 0 { return failed(number, job, attempt) }
                if left == 0 { return accepted(number, job) }
            }
        }
        line.onClientEnd = { [unowned self] in failed(number, job, attempt) }
        server.connect(line, host: host)
        line.toServer.write(Self.bytes(of: job, from: host))
        let isCut = faults().linkReset > 0 && world.chance(0.1)
        let patience = isCut ? 0...300 : Self.patience.lowerBound * 1000...Self.patience.upperBound * 1000
        world.after(patience) { [unowned self] in
            guard lines[number] === line else { return }
            line.breakOff()
            failed(number, job, attempt)
        }
    }

    private func accepted(_ number: Int, _ job: SimSubmission) {
        oracle.accepted(title: job.title)
        let line = lines.removeValue(forKey: number)
        line?.onClientEnd = nil
        line?.toServer.finish()
    }

    private func failed(_ number: Int, _ job: SimSubmission, _ attempt: Int) {
        guard let line = lines.removeValue(forKey: number) else { return }
        line.breakOff()
        again(job, attempt)
    }

    private func again(_ job: SimSubmission, _ attempt: Int) {
        world.after(500...4000) { [unowned self] in submit(job, attempt: attempt + 1) }
    }

    private static func bytes(of job: SimSubmission, from host: String) -> [UInt8] {
        var lpd = SimLPDJob(queue: "queue", host: host, owner: job.owner, title: job.title, number: job.number)
        lpd.isRemoved = false
        return lpd.bytes(job.bytes)
    }
}
