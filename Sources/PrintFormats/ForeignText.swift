// SPDX-License-Identifier: Apache-2.0

import Primitives

extension String {
    /// Text of an unnamed encoding, as print clients send it: UTF-8 when it is valid UTF-8, else Latin-1, which fits
    /// any bytes. The result is fit to be shown and has at most `limit` bytes of UTF-8.
    package init(foreignText bytes: some Collection<UInt8>, limit: Int) {
        // A little more than fits, so that a scalar at the end is not taken for damage.
        let bounded = bytes.count > limit + 4 ? Array(bytes.prefix(limit + 4)) : Array(bytes)
        let utf8 = String(validating: bounded, as: UTF8.self) ?? Self.cutUTF8(bounded, cut: bounded.count < bytes.count)
        let text = utf8 ?? String(String.UnicodeScalarView(bounded.map { Unicode.Scalar($0) }))
        self = text.displaySafe(limit: limit)
    }

    /// Bounding may have split the last scalar; that alone does not make the text Latin-1.
    private static func cutUTF8(_ bytes: [UInt8], cut: Bool) -> String? {
        guard cut else { return nil }
        return (1...3).lazy.compactMap { String(validating: bytes.dropLast($0), as: UTF8.self) }.first
    }
}
