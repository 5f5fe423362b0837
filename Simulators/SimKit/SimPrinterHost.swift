// SPDX-License-Identifier: Apache-2.0

import Crypto
import Primitives
import SimDevices

/// A printer on the network of one agent. It lives on when agent or server do not.
final class SimPrinterHost {
    /// The printer's one connection, as its agent sees it.
    final class Line {
        let id: Int
        let toPrinter: SimPipe
        let toAgent: SimPipe

        init(id: Int, _ world: World, faults: @escaping () -> SimFaults) {
            self.id = id
            toPrinter = SimPipe(world, faults: faults)
            toAgent = SimPipe(world, faults: faults)
        }
    }

    /// The job, and whether the printer said something else of its pages.
    var onPrinted: ((SimPrintedJob, Bool) -> Void)?
    /// Nobody answers an attempt to connect.
    private(set) var isUnreachable = false
    private(set) var isListening = true
    /// What it says of the pages that came out is not true.
    private(set) var isLying = false

    private let world: World
    private let faults: () -> SimFaults
    private let oracle: SimOracle
    private let trace: SimTrace
    private let runner: SimRunner<SimPrinter>
    private var lines: [Int: Line] = [:]
    private var lastID = 0

    init(_ world: World, trace: SimTrace, oracle: SimOracle, faults: @escaping () -> SimFaults) {
        self.world = world
        self.trace = trace
        self.oracle = oracle
        self.faults = faults
        var settings = SimPrinter.Settings()
        settings.timePerPage = .milliseconds(300)
        runner = SimRunner(SimPrinter(settings: settings, cryptography: .openSSL), in: world)
        runner.perform = { [unowned self] in perform($0) }
    }

    func connect() -> Line {
        lastID += 1
        let line = Line(id: lastID, world, faults: faults)
        let id = lastID
        lines[id] = line
        line.toPrinter.onEnd = { [unowned self] in
            lines[id] = nil
            runner.feed(.disconnected(id))
        }
        runner.feed(.connected(id))
        return line
    }

    func receive(_ bytes: [UInt8], on line: Line) { runner.feed(.received(line.id, bytes)) }

    func trouble() {
        let commands: [SimPrinter.Command?] = [
            .refuseConnections, .hang, .dropAfter(bytes: world.number(1...5000)), .neverReportEnd, .mute,
            .jam(page: world.number(1...2)), .jam(page: 1), .shredReplies, .garbleReplies, .powerOff, .powerOff,
            .wrongPageCount(by: world.one(of: [-1, 1, 7])), nil,
        ]
        guard let command = commands[world.number(0...(commands.count - 1))] else {
            isUnreachable = true
            return trace.note("printer is unreachable")
        }
        trace.note("printer trouble: \(command)")
        switch command {
        case .jam: break
        case .powerOff: if runner.machine.isBusy { oracle.saw(.powerOff) }
        case .wrongPageCount: isLying = true
        default: oracle.saw(.printerTrouble)
        }
        runner.feed(.command(command))
    }

    func repair() {
        isUnreachable = false
        isLying = false
        if runner.machine.hasJammed { oracle.saw(.jam) }
        runner.feed(.command(.repair))
    }

    private func perform(_ action: SimPrinter.Action) {
        trace.mark(4, "printer", action)
        switch action {
        case .send(let id, let bytes): lines[id]?.toAgent.write(bytes)
        case .close(let id):
            let line = lines.removeValue(forKey: id)
            line?.toPrinter.cut()
            line?.toAgent.finish()
        case .pauseReading(let id): lines[id]?.toPrinter.pause(true)
        case .resumeReading(let id): lines[id]?.toPrinter.pause(false)
        case .listen(let listens): isListening = listens
        case .printed(let job): onPrinted?(job, isLying)
        case .violation(let what): oracle.violate("the printer complains: \(what)")
        }
    }
}
