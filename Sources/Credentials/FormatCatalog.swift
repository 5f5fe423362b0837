// SPDX-License-Identifier: Apache-2.0

/// The card formats by length, those that a site prefers first.
package struct FormatCatalog: Sendable {
    package static let standard = FormatCatalog()

    private let byLength: [[WiegandFormat]]

    /// - Parameter names: preferred formats, best first; a name that no format has is ignored.
    package init(preferring names: [String] = [], among formats: [WiegandFormat] = WiegandFormat.table) {
        let preferred = names.compactMap { name in formats.first { $0.name == name } }
        let ordered = preferred + formats.filter { !names.contains($0.name) }
        byLength = (0...WiegandFormat.bitLimit).map { count in ordered.filter { $0.bitCount == count } }
    }

    /// Every way in which the formats of this length understand the bits, best first: by what their checks say, then
    /// by preference, then in the table's order.
    ///
    /// - Parameter isWired: as of ``WiegandFormat/candidate(for:isWired:)``.
    package func candidates(for bits: BitString, isWired: Bool = true) -> [Candidate] {
        guard bits.count < byLength.count else { return [] }
        let formats = byLength[bits.count]
        let value = UInt64(truncatingIfNeeded: bits.value)
        var candidates: [Candidate] = []
        candidates.reserveCapacity(formats.count)
        for index in formats.indices {
            guard let candidate = formats[index].candidate(for: value, isWired: isWired) else { continue }
            var place = candidates.count
            let rank = candidate.rank
            while place > 0, candidates[place - 1].rank > rank { place -= 1 }
            candidates.insert(candidate, at: place)
        }
        return candidates
    }
}

extension BitString {
    package var candidates: [Candidate] { FormatCatalog.standard.candidates(for: self) }
}
