// SPDX-License-Identifier: Apache-2.0

/// Finds packets in what comes off a line, in pieces of any size and between noise. It never keeps more than one
/// packet of the greatest length.
package struct OSDPFrameParser: Sendable {
    package enum Result: Hashable, Sendable {
        case frame(OSDPFrame)
        case fault(OSDPFault)
    }

    private var rest: [UInt8] = []
    /// The remains of a broken packet have been reported with it.
    private var isQuiet = false

    package init() {}

    /// A packet has begun and is not whole.
    package var isMidFrame: Bool { !rest.isEmpty }

    /// Forgets what has come; the answer to the next question must not begin in the remains of the last one.
    package mutating func reset() {
        rest = []
        isQuiet = false
    }

    package mutating func take(_ bytes: [UInt8]) -> [Result] {
        rest += bytes
        var results: [Result] = []
        var position = 0
        while let start = rest[position...].firstIndex(of: OSDPFrame.start) {
            note(noiseIn: rest[position..<start], in: &results)
            position = start
            guard let length = OSDPFrame.length(of: rest[start...]) else { break }
            let isPlausible = (OSDPFrame.shortest...OSDPFrame.lengthLimit).contains(length)
            if isPlausible, rest.count - start < length { break }
            do throws(OSDPFault) {
                guard isPlausible else { throw length < OSDPFrame.shortest ? .tooShort : .tooLong }
                results.append(.frame(try OSDPFrame(decoding: rest[start..<(start + length)])))
                position += length
                isQuiet = false
            } catch {
                // A packet may begin inside of what only looked like one.
                if !isQuiet { results.append(.fault(error)) }
                isQuiet = true
                position += 1
            }
        }
        if position < rest.count, rest[position] != OSDPFrame.start {
            note(noiseIn: rest[position...], in: &results)
            position = rest.count
        }
        rest.removeFirst(position)
        return results
    }

    private mutating func note(noiseIn bytes: ArraySlice<UInt8>, in results: inout [Result]) {
        guard !isQuiet, bytes.contains(where: { $0 != OSDPFrame.mark }) else { return }
        results.append(.fault(.noise))
        isQuiet = true
    }
}
