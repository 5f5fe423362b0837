// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What can go wrong between any serial reader and its driver.
package enum SimLineFault: Hashable, Sendable {
    /// The last byte of the frame's content is another one than its check was made for.
    case badChecksum
    /// Nothing after so many bytes.
    case cut(after: Int)
    /// These bytes in front of the frame.
    case noise([UInt8])
    /// The frame comes twice.
    case double
    /// So long between two bytes.
    case slow(Duration)
}

/// Bytes on their way out of a simulated device.
package struct SimLine: Sendable {
    private var waiting: [(at: MonotonicTime, bytes: [UInt8])] = []

    package init() {}

    package var deadline: MonotonicTime? { waiting.first?.at }

    package mutating func send(_ frame: [UInt8], fault: SimLineFault? = nil, at now: MonotonicTime) {
        let start = max(now, waiting.last?.at ?? now)
        switch fault {
        case .badChecksum, nil: waiting.append((start, frame))
        case .cut(let count): waiting.append((start, Array(frame.prefix(count))))
        case .noise(let noise): waiting.append((start, noise + frame))
        case .double: waiting += [(start, frame), (start, frame)]
        case .slow(let interval):
            var time = start
            for byte in frame {
                waiting.append((time, [byte]))
                time = time + interval
            }
        }
        waiting.removeAll { $0.bytes.isEmpty }
    }

    package mutating func due(at now: MonotonicTime) -> [[UInt8]] {
        let due = waiting.prefix { $0.at <= now }
        waiting.removeFirst(due.count)
        return due.map(\.bytes)
    }
}
