// SPDX-License-Identifier: Apache-2.0

extension String {
    /// Text from outside, made fit to be shown: control characters, line and paragraph separators and bidirectional
    /// controls become U+FFFD. The result has at most `limit` bytes of UTF-8. The one place that decides this.
    package func displaySafe(limit: Int) -> String {
        clipped(limit: limit) { Self.isUnsafe($0) ? "\u{FFFD}" : $0 }
    }

    /// The longest beginning of whole Unicode scalars that has at most `limit` bytes of UTF-8.
    package func clipped(limit: Int) -> String {
        utf8.count <= limit ? self : clipped(limit: limit) { $0 }
    }

    private func clipped(limit: Int, _ shown: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        var length = 0
        for scalar in unicodeScalars {
            let next = shown(scalar)
            length += UTF8.width(next)
            guard length <= limit else { break }
            result.append(next)
        }
        return String(result)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
