// SPDX-License-Identifier: Apache-2.0

package import HostIO

/// Lines of text, one JSON document each, over a socket between two processes of the lab.
package final class LineChannel {
    /// Of one line. A peer that sends more is hung up on.
    package static let lineLimit = 1 << 20

    package var onLine: ((JSONValue) -> Void)?
    /// Once, when the other side is gone or has sent what is no JSON; not after ``close()``.
    package var onClosed: (() -> Void)?
    package var isOpen: Bool { stream.isOpen }

    private let stream: Stream
    private var rest: [UInt8] = []

    /// Takes over a non-blocking descriptor.
    package init(_ descriptor: consuming Descriptor, on loop: Loop) throws(SystemFault) {
        stream = try Stream(descriptor, on: loop)
        stream.onBytes = { [weak self] in self?.take($0) }
        stream.onEnd = { [weak self] in self?.end() }
        stream.onClosed = { [weak self] _ in self?.end() }
    }

    package func send(_ value: JSONValue) {
        guard isOpen else { return }
        stream.write(Array((value.line + "\n").utf8))
    }

    package func close() {
        onLine = nil
        onClosed = nil
        stream.close()
    }

    /// Sends what is pending, then closes.
    package func finish() {
        onLine = nil
        onClosed = nil
        stream.onEnd = nil
        stream.onClosed = nil
        stream.finishWriting()
    }

    private func take(_ bytes: [UInt8]) {
        rest += bytes
        while let mark = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<mark]
            rest = Array(rest[(mark + 1)...])
            guard let value = JSONValue(line) else { return end() }
            onLine?(value)
        }
        if rest.count > Self.lineLimit { end() }
    }

    private func end() {
        let told = onClosed
        close()
        told?()
    }
}
