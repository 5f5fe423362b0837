// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// A program that the lab started and looks after. Its standard error goes to a log file.
///
/// It ends with the lab in any case: it is started through `lanyard-lab guarded`, which asks the kernel to kill it
/// when the lab is gone, however that ended.
package final class LabProcess {
    package struct Plan {
        package var name: String
        package var path: String
        package var arguments: [String]
        package var environment: [String: String] = [:]
        package var log: String
        /// What the child gets as descriptor 4; kept open here until it is started.
        package var channel: CInt?

        package init(name: String, path: String, arguments: [String], log: String) {
            self.name = name
            self.path = path
            self.arguments = arguments
            self.log = log
        }
    }

    package static let readyDescriptor: CInt = 3
    package static let channelDescriptor: CInt = 4
    package static let patience = Duration.seconds(5)

    package let name: String
    package let log: String
    /// From the line that it wrote when it was ready.
    package private(set) var facts: [String: String] = [:]
    package var process: Int32? { result == nil ? child?.process : nil }

    private let pump: Pump
    private var child: Child?
    private var result: ExitStatus?
    private var isEnding = false
    private var isKilled = false
    private var ready: Stream?
    private var readyBytes: [UInt8] = []
    private var isReady = false

    package init(_ plan: Plan, guardedBy lab: String, on pump: Pump) throws(LabFault) {
        name = plan.name
        log = plan.log
        self.pump = pump
        do throws(SystemFault) {
            try start(plan, guardedBy: lab)
        } catch {
            throw LabFault(error, while: "starting \(plan.name)")
        }
    }

    private func start(_ plan: Plan, guardedBy lab: String) throws(SystemFault) {
        let log = try Descriptor.open(plan.log, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let ends = try Descriptor.pipe(nonBlocking: true).take()
        let reader = Descriptor(owning: ends.reader)
        let writer = Descriptor(owning: ends.writer)
        let stream = try Stream(reader, on: pump.loop)
        stream.onBytes = { [weak self] in self?.readyBytes += $0 }
        stream.onEnd = { [weak self] in self?.readReadyLine() }
        ready = stream
        var settings = ChildSettings(
            path: lab, arguments: ["guarded", "\(getpid())", plan.path] + plan.arguments,
            environment: Self.environment(plan),
            descriptors: [1: .use(log.raw), 2: .use(log.raw), Self.readyDescriptor: .use(writer.raw)],
            hasOwnGroup: true)
        if let channel = plan.channel { settings.descriptors[Self.channelDescriptor] = .use(channel) }
        child = try Child(settings, on: pump.loop) { [weak self] in self?.ended($0.status) }
    }

    /// Until it says that it is ready.
    package func waitUntilReady(atMost limit: Duration) throws(LabFault) {
        try pump.wait("\(name) to be ready", atMost: limit) { isReady }
    }

    /// From now on its end is no trouble.
    package func askToEnd() {
        guard let child, result == nil, !isEnding else { return }
        isEnding = true
        child.kill(SIGTERM)
    }

    /// Asks it to end, and makes it end when it does not. Ending otherwise than with exit code 0 is a fault.
    package func end() throws(LabFault) {
        guard child != nil, result == nil || isEnding else { return }
        askToEnd()
        do throws(LabFault) {
            try pump.wait("\(name) to end", atMost: Self.patience) { result != nil }
        } catch {
            try kill()
            throw error
        }
        guard let result, result != .exited(0), !isKilled else { return }
        // Asked so early that it did not listen yet.
        if result == .signalled(SIGTERM), !isReady { return }
        throw LabFault("\(name) was asked to end and \(Self.words(result)); see \(log)")
    }

    /// As a power cut would.
    package func kill() throws(LabFault) {
        guard let child, result == nil else { return }
        isEnding = true
        isKilled = true
        child.kill(SIGKILL)
        try pump.wait("\(name) to be killed", atMost: Self.patience, inSpiteOfTrouble: true) { result != nil }
    }

    private func readReadyLine() {
        ready?.close()
        ready = nil
        let words = String(decoding: readyBytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard words.first == "READY" else { return }
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
        }
        isReady = true
    }

    private func ended(_ status: ExitStatus) {
        result = status
        ready?.close()
        ready = nil
        guard !isEnding else { return }
        let last = LabFolder.tail(log, lines: 3).map { "\n    \($0)" }.joined()
        pump.fail(LabFault("\(name) \(Self.words(status)); the end of \(log):\(last)"))
    }

    private static func words(_ status: ExitStatus) -> String {
        switch status {
        case .exited(let code): "ended with exit code \(code)"
        case .signalled(let signal): "was killed by signal \(signal)"
        }
    }

    /// What a program needs of ours, and nothing that would change from one machine to the next.
    private static func environment(_ plan: Plan) -> [String: String] {
        var environment = ["SWIFT_BACKTRACE": "enable=no"]
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return environment.merging(plan.environment) { _, own in own }
    }
}
