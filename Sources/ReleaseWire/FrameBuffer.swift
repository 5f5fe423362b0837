// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Collects the bytes of one connection and hands out whole frames.
///
/// Whoever appends at most ``stride`` bytes at a time and takes out all whole frames in between never meets
/// ``backlogLimit``, however the bytes were cut on their way.
package struct FrameBuffer: Sendable {
    /// Of a whole frame, before the opening message is accepted.
    package static let openingLimit = 4096
    /// Of any whole frame.
    package static let frameLimit = FrameHeader.length + FrameHeader.dataPayloadLimit
    package static let stride = 65_536
    package static let backlogLimit = frameLimit + stride

    private var bytes: [UInt8] = []
    /// What lies before this index was handed out.
    private var start = 0

    package init() {}

    package var isEmpty: Bool { start == bytes.count }

    package mutating func append(_ received: ArraySlice<UInt8>) throws(WireFault) {
        let length = bytes.count - start + received.count
        guard length <= Self.backlogLimit else { throw .tooLong(length: length, limit: Self.backlogLimit) }
        discardHandedOut()
        bytes += received
    }

    /// The next frame, or `nil` until more bytes arrive. `limit` is that of the whole frame. After a fault the
    /// connection has no further frames.
    package mutating func next(
        limit: Int = frameLimit
    ) throws(WireFault) -> (header: FrameHeader, payload: ArraySlice<UInt8>)? {
        let held = bytes.count - start
        guard held >= 4 else {
            forgetHandedOut()
            return nil
        }
        let counted = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard counted >= FrameHeader.countedLength else { throw .badValue(field: "frame length") }
        guard counted + 4 <= limit else { throw .tooLong(length: counted + 4, limit: limit) }
        guard held >= FrameHeader.length else { return nil }
        let payloadStart = start + FrameHeader.length
        let payloadLength = counted - FrameHeader.countedLength
        let header = try FrameHeader(bytes[(start + 4)..<payloadStart], payloadLength: payloadLength)
        guard held >= counted + 4 else { return nil }
        start += counted + 4
        return (header, bytes[payloadStart..<start])
    }

    /// What was handed out may have been a PIN. Nobody holds it any more when the next frame is asked for.
    private mutating func forgetHandedOut() {
        guard start == bytes.count, start > 0 else { return }
        bytes.overwrite()
        bytes.removeAll(keepingCapacity: true)
        start = 0
    }

    /// Moves the rest to the front only when that is cheap for what it frees, so that bulk data is not copied over
    /// and over.
    private mutating func discardHandedOut() {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
        } else if start >= bytes.count / 2 {
            bytes.removeFirst(start)
        } else {
            return
        }
        start = 0
    }
}
