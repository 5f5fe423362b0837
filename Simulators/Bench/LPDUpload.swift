// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import SimDevices

/// Sends one large job, as fast as it is taken (RFC 1179, section 6).
final class LPDUpload {
    private static let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    private static let patience = Duration.seconds(120)

    private var steps: ArraySlice<[UInt8]>
    private var left: Int
    private var connector: Connector?
    private var stream: HostIO.Stream?
    private var isSending = false
    private let done: (Bool) -> Void

    /// Returns when the server has acknowledged the job.
    static func printOne(size: Int, as user: String, port: UInt16, on pump: Pump) throws(LabFault) {
        var upload: LPDUpload?
        let isTaken: Bool = try pump.answer("a large job to be taken", atMost: patience) { answer in
            upload = try? LPDUpload(size: size, as: user, port: port, on: pump.loop, done: answer)
        }
        upload?.stream?.close()
        guard isTaken else { throw LabFault("the server did not take a large job") }
    }

    private init(
        size: Int, as user: String, port: UInt16, on loop: Loop, done: @escaping (Bool) -> Void
    ) throws(SystemFault) {
        left = size
        self.done = done
        steps = SimLPDJob(queue: "hold", host: "bench", owner: user, title: "large", number: 1).opening(size: size)[...]
        connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { [weak self] result in
            guard let self, case .success(let descriptor) = consume result,
                let stream = try? HostIO.Stream(descriptor, on: loop)
            else { return done(false) }
            self.stream = stream
            stream.onBytes = { [weak self] in self?.answered($0) }
            stream.onDrained = { [weak self] in self?.sendOn() }
            stream.onClosed = { _ in done(false) }
            answered([0])
        }
    }

    private func answered(_ bytes: [UInt8]) {
        guard bytes == [0] else { return done(false) }
        if let step = steps.popFirst() {
            stream?.write(step)
        } else if !isSending {
            isSending = true
            sendOn()
        } else {
            done(true)
        }
    }

    private func sendOn() {
        guard isSending, left >= 0 else { return }
        let count = min(left, Self.piece.count)
        // The octet behind the last byte ends the file.
        stream?.write(count > 0 ? Array(Self.piece[..<count]) : [0])
        left = count > 0 ? left - count : -1
    }
}
