// SPDX-License-Identifier: Apache-2.0

/// Reports of magnetic stripe readers, one a swipe. Tracks are text with their sentinels, track 3 beginning with `;`.
package enum SimSwipe {
    package struct Swipe: Hashable, Sendable {
        /// Three; empty when the stripe has none.
        package var tracks: [[UInt8]]
        /// Tracks that did not decode, by index.
        package var failed: Set<Int> = []

        package init(_ tracks: [String], failed: Set<Int> = []) {
            precondition(tracks.count == 3, "a stripe has three tracks")
            self.tracks = tracks.map { Array($0.utf8) }
            self.failed = failed
        }
    }

    /// MagTek SureSwipe: 337 bytes.
    package static func sureSwipe(_ swipe: Swipe) -> [UInt8] {
        var report = Array(repeating: 0 as UInt8, count: 337)
        fill(&report, swipe, lengths: 3, texts: [7, 117, 227])
        return report
    }

    /// MagTek MagneSafe: 856 bytes and with newer firmware 887; the tracks are the masked ones.
    package static func magneSafe(_ swipe: Swipe, size: Int = 887) -> [UInt8] {
        var report = Array(repeating: 0 as UInt8, count: size)
        // What is encrypted is longer and no text.
        for index in 3..<6 { report[index] = 112 }
        for index in 7..<343 { report[index] = UInt8(truncatingIfNeeded: index &* 37) }
        fill(&report, swipe, lengths: 505, texts: [508, 620, 732])
        return report
    }

    /// ID TECH: 509 bytes, each track ended by CR.
    package static func idTech(_ swipe: Swipe) -> [UInt8] {
        var report = Array(repeating: 0 as UInt8, count: 509)
        let output = zip(swipe.tracks, 0...).flatMap { text, index -> [UInt8] in
            let typed = index == 2 && text.first == 0x3B ? [0x2B] + text.dropFirst() : text
            return text.isEmpty || swipe.failed.contains(index) ? [] : typed + [0x0D]
        }
        for index in 0..<3 {
            report[index] = swipe.failed.contains(index) ? 1 : 0
            report[3 + index] = UInt8(swipe.tracks[index].count)
        }
        report[7] = UInt8(output.count & 0xFF)
        report[8] = UInt8(output.count >> 8)
        report.replaceSubrange(9..<9 + output.count, with: output)
        return report
    }

    private static func fill(_ report: inout [UInt8], _ swipe: Swipe, lengths: Int, texts: [Int]) {
        for (index, text) in swipe.tracks.enumerated() {
            let hasFailed = swipe.failed.contains(index)
            report[index] = hasFailed ? 1 : 0
            report[lengths + index] = hasFailed ? 0 : UInt8(text.count)
            if !hasFailed { report.replaceSubrange(texts[index]..<texts[index] + text.count, with: text) }
        }
    }
}
