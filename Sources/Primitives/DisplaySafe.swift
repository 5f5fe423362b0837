// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Text from outside, made fit to be shown: control characters, line and paragraph separators and bidirectional
    /// overrides become U+FFFD, and the length is bounded. The one place that decides this.
    package func displaySafe(limit: Int) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(limit) {
            safe.append(Self.isUnsafe(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(safe)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
