// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Primitives

/// The simulator's end of the line to the lab. The simulator lives as long as the line; one that was started by hand
/// has no line, tells its news on standard output and lives until it is interrupted.
package final class SimulatorLine {
    package typealias Perform = (ControlRequest) throws(LabFault) -> JSONValue

    private let channel: LineChannel?
    private var isOver = false

    package init(hasLine: Bool, on pump: Pump) throws(LabFault) {
        do throws(SystemFault) {
            guard hasLine else {
                channel = nil
                return
            }
            channel = try LineChannel(Descriptor(owning: LabProcess.channelDescriptor), on: pump.loop)
        } catch {
            throw LabFault(error, while: "opening the line to the lab")
        }
    }

    /// Says that it is ready, with these facts, and serves until the end.
    package func run(
        ready facts: KeyValuePairs<String, String>, on pump: Pump, perform: @escaping Perform
    ) throws(LabFault) {
        channel?.onClosed = { [weak self] in self?.isOver = true }
        channel?.onLine = { [weak self] line in
            let reply: ControlReply
            do throws(LabFault) {
                reply = .done(try perform(try ControlRequest(line)))
            } catch {
                reply = .refused(error)
            }
            self?.channel?.send(reply.json)
        }
        let line = "READY" + facts.map { " \($0.key)=\($0.value)" }.joined()
        if channel == nil {
            StandardStream.output.write(line: line)
        } else {
            let ready = Descriptor(owning: LabProcess.readyDescriptor)
            try? ready.writeAll(Array((line + "\n").utf8)[...])
        }
        try pump.wait("the end of the lab", atMost: nil) { isOver }
    }

    package func tell(_ news: JSONValue) {
        if let channel { channel.send(["news": news]) } else { StandardStream.output.write(line: news.line) }
    }
}
