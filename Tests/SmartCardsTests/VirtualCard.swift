// SPDX-License-Identifier: Apache-2.0

import HostIO

/// A contactless badge for the virtual reader of vsmartcard's vpcd. Each message has its length in front (two bytes,
/// big-endian); a message of one byte is about the power, any other a command.
final class VirtualCard {
    static let port: UInt16 = 0x8C7B

    private let stream: Stream
    private let atr: [UInt8]
    private let answer: ([UInt8]) -> [UInt8]
    private var received: [UInt8] = []
    private(set) var commands: [[UInt8]] = []

    /// A connected card is an inserted one.
    init(_ stream: Stream, atr: [UInt8], answer: @escaping ([UInt8]) -> [UInt8]) {
        self.stream = stream
        self.atr = atr
        self.answer = answer
        stream.onBytes = { [unowned self] in take($0) }
    }

    func remove() { stream.close() }

    private func take(_ bytes: [UInt8]) {
        received += bytes
        while received.count >= 2, received.count >= 2 + length {
            let message = Array(received[2..<2 + length])
            received.removeFirst(2 + length)
            handle(message)
        }
    }

    private var length: Int { Int(received[0]) << 8 | Int(received[1]) }

    private func handle(_ message: [UInt8]) {
        guard message.count == 1 else {
            commands.append(message)
            return send(answer(message))
        }
        // 0 off, 1 on, 2 reset, 4 tell the ATR.
        if message == [4] { send(atr) }
    }

    private func send(_ message: [UInt8]) {
        stream.write([UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message)
    }
}
