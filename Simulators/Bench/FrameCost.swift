// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReleaseWire

/// What the message costs that every badge sends.
enum FrameCost {
    static let how = "median of 20 runs of 20000, one thread"

    private static let runs = 20
    private static let perRun = 20_000

    static func measure() -> (encode: Duration, decode: Duration, copy: Duration) {
        guard let bits = BitString(value: 0x01_0063_E8F2, count: 40) else { preconditionFailure("40 bits fit") }
        let presented = Presented(
            reader: "front", read: RawRead(technology: .em4100, bits: bits),
            key: Array(repeating: 7, count: 16), age: .zero)
        let frame = Frame(.request(.credential(presented)), correlation: 1)
        let bytes = frame.encode()
        var sum = 0
        let encode = median {
            for _ in 0..<perRun { sum &+= frame.encode().count }
        }
        var buffer = FrameBuffer()
        let decode = median {
            for _ in 0..<perRun {
                guard (try? buffer.append(bytes[...])) != nil, let next = try? buffer.next(),
                    let read = try? Frame(next.header, next.payload)
                else { continue }
                sum &+= Int(read.correlation)
            }
        }
        let copy = median {
            for index in 0..<perRun { sum &+= Array(bytes[(index & 1)...]).count + index & 1 }
        }
        precondition(sum == runs * perRun * (2 * bytes.count + 1), "every frame was made, read and copied")
        return (encode, decode, copy)
    }

    private static func median(_ body: () -> Void) -> Duration {
        let clock = ContinuousClock()
        return Samples((0..<runs).map { _ in clock.measure(body) }).median / perRun
    }
}
