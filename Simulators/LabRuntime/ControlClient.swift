// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// Asks a running lab one thing.
package enum ControlClient {
    /// Longer than a lab takes to say that nobody answered a badge.
    package static let patience = Duration.seconds(15)

    package static func ask(_ request: ControlRequest, socket: String, on pump: Pump) throws(LabFault) -> JSONValue {
        let channel = try connect(socket, named: "a lab", on: pump)
        defer { channel.close() }
        let reply: ControlReply? = try pump.answer("the lab's answer", atMost: patience) { answer in
            channel.onLine = { answer(.some(ControlReply($0))) }
            channel.onClosed = { answer(.none) }
            channel.send(request.json)
        }
        guard let reply else { throw LabFault("the lab at \(socket) hung up; it may be ending") }
        return try reply.facts()
    }

    /// - Parameter name: who should be listening there.
    static func connect(_ socket: String, named name: String, on pump: Pump) throws(LabFault) -> LineChannel {
        let attempt = Attempt()
        do throws(SystemFault) {
            let connector = try Connector.unix(path: socket, on: pump.loop) { result in
                switch consume result {
                case .success(let descriptor): attempt.channel = try? LineChannel(descriptor, on: pump.loop)
                case .failure(let fault): attempt.fault = fault
                }
            }
            attempt.connector = connector
        } catch {
            attempt.fault = error
        }
        try pump.wait("\(name) at \(socket)", atMost: .seconds(5)) { attempt.channel != nil || attempt.fault != nil }
        guard let channel = attempt.channel else {
            let reason = attempt.fault.map { "\($0)" } ?? "no connection"
            throw LabFault("nobody answers at \(socket), where \(name) should (\(reason)); is lanyard-lab up running?")
        }
        return channel
    }

    private final class Attempt {
        var connector: Connector?
        var channel: LineChannel?
        var fault: SystemFault?
    }
}
