// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// The lab's end of the line to one of its simulator processes: requests answered in order, and news in between.
package final class SimLink {
    /// Of requests that wait for their answers.
    package static let waitingLimit = 1024

    /// What the simulator says without being asked.
    package var onNews: ((JSONValue) -> Void)?

    package let process: LabProcess

    private let channel: LineChannel
    private var waiting: [(ControlReply) -> Void] = []

    /// Starts the simulator with a socket as its descriptor 4.
    package init(_ plan: LabProcess.Plan, guardedBy lab: String, on pump: Pump) throws(LabFault) {
        do throws(SystemFault) {
            var ends: [CInt] = [-1, -1]
            let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            try retrying("socketpair") { socketpair(AF_UNIX, kind, 0, &ends) }
            let theirs = Descriptor(owning: ends[1])
            channel = try LineChannel(Descriptor(owning: ends[0]), on: pump.loop)
            var plan = plan
            plan.channel = theirs.raw
            let started = Result { () throws(LabFault) in try LabProcess(plan, guardedBy: lab, on: pump) }
            switch started {
            case .success(let process): self.process = process
            case .failure(let fault):
                channel.close()
                throw SystemFault(call: fault.description, errno: ECHILD)
            }
        } catch {
            throw LabFault(error, while: "starting \(plan.name)")
        }
        channel.onLine = { [weak self] in self?.take($0) }
        channel.onClosed = { [weak self] in self?.failAll() }
    }

    package func ask(_ request: ControlRequest, then answer: @escaping (ControlReply) -> Void) {
        guard channel.isOpen else { return answer(.refused(LabFault("\(process.name) is gone"))) }
        guard waiting.count < Self.waitingLimit else { return answer(.refused(LabFault("too many requests wait"))) }
        waiting.append(answer)
        channel.send(request.json)
    }

    package func close() {
        failAll()
        channel.close()
    }

    private func take(_ line: JSONValue) {
        if let news = line["news"] { return onNews?(news) ?? () }
        guard !waiting.isEmpty else { return }
        waiting.removeFirst()(ControlReply(line))
    }

    private func failAll() {
        let unanswered = waiting
        waiting = []
        for answer in unanswered { answer(.refused(LabFault("\(process.name) is gone"))) }
    }
}
