// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime

/// A printer of the tester's own: takes whatever comes on a TCP port.
final class Sink {
    enum Manner: Sendable {
        /// Says nothing, ever.
        case mute
        /// Reports the end of each job, with one page.
        case reports
    }

    /// Called when the end of a job has come in.
    var onDocument: (() -> Void)?
    private(set) var bytes: [UInt8] = []

    var port: UInt16 { listener?.port ?? 0 }

    private let manner: Manner
    private var listener: Listener?

    init(_ manner: Manner, on pump: Pump) throws {
        self.manner = manner
        listener = try Listener.tcp(.loopback4, port: 0, on: pump.loop) { [unowned self] descriptor, _ in
            guard let stream = try? HostIO.Stream(descriptor, on: pump.loop) else { return }
            stream.onBytes = { self.take($0, from: stream) }
        }
    }

    /// As one piece.
    func has(_ document: [UInt8]) -> Bool {
        guard bytes.count >= document.count, let first = document.first else { return false }
        return (0...(bytes.count - document.count)).contains {
            bytes[$0] == first && bytes[$0...].starts(with: document)
        }
    }

    private func take(_ more: [UInt8], from stream: HostIO.Stream) {
        let hadEnded = hasEnded
        bytes += more
        guard hasEnded, !hadEnded else { return }
        if manner == .reports, let name {
            stream.write(Array("@PJL USTATUS JOB\r\nEND\r\nNAME=\"\(name)\"\r\nPAGES=1\r\n\u{0C}".utf8))
        }
        onDocument?()
    }

    private var text: String { String(decoding: bytes, as: UTF8.self) }
    private var hasEnded: Bool { text.contains("@PJL EOJ") }

    private var name: Substring? {
        let parts = text.split(separator: "@PJL JOB NAME = \"")
        return parts.count > 1 ? parts[1].prefix { $0 != "\"" } : nil
    }
}
