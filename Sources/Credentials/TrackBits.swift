// SPDX-License-Identifier: Apache-2.0

import Primitives

/// A track as the bits of a Clock & Data reader: clocking zeros, then characters, lowest bit first, each with its odd
/// parity, from the start sentinel to the end sentinel and the check character; then zeros again.
package enum TrackBits {
    /// Enough for the longest track and the zeros around it.
    package static let limit = 1200

    /// Tries both directions of the swipe; when neither is right, the fault is that of the one that came further.
    ///
    /// - Parameter bits: each 0 or 1.
    package static func decode(_ bits: [UInt8]) throws(TrackFault) -> Track {
        guard bits.count <= limit else { throw .tooLong(.three) }
        var fault = TrackFault.empty
        for (direction, isLast) in [(bits, false), (bits.reversed(), true)] {
            for kind in [(Track.Number.two, Track.Coding.numeric), (.one, .alphanumeric)] {
                do throws(TrackFault) {
                    return try read(direction, kind.0, kind.1)
                } catch {
                    if fault == .empty || (!isLast && error != .noStart(at: 1)) { fault = error }
                }
            }
        }
        throw fault
    }

    private static func read(
        _ bits: [UInt8], _ number: Track.Number, _ coding: Track.Coding
    ) throws(TrackFault) -> Track {
        guard let start = bits.firstIndex(of: 1) else { throw .empty }
        let width = coding == .alphanumeric ? 7 : 5
        let sentinel = coding == .alphanumeric ? UInt8(ascii: "%") : UInt8(ascii: ";")
        var (text, place) = ([UInt8](), start)
        while text.last != UInt8(ascii: "?") {
            guard place + width <= bits.count else { throw text.isEmpty ? .noStart(at: 1) : .noEnd(number) }
            guard let character = character(bits[place..<place + width], coding) else {
                throw text.isEmpty ? .noStart(at: 1) : .parity(character: text.count + 1)
            }
            if text.isEmpty, character != sentinel { throw .noStart(at: 1) }
            text.append(character)
            place += width
            guard text.count < Track.limit(of: .three) else { throw .tooLong(number) }
        }
        guard place + width <= bits.count else { throw .check(number) }
        guard character(bits[place..<place + width], coding) == Track.checkCharacter(of: text, coding) else {
            throw .check(number)
        }
        let isThree = coding == .numeric && text.count >= Track.limit(of: .two)
        return Track(isThree ? .three : number, coding, text, hasCheckCharacter: true)
    }

    /// `nil` when its parity is wrong.
    private static func character(_ bits: ArraySlice<UInt8>, _ coding: Track.Coding) -> UInt8? {
        guard bits.reduce(0, ^) == 1 else { return nil }
        return bits.dropLast().reversed().reduce(0) { $0 << 1 | $1 } + coding.base
    }
}
