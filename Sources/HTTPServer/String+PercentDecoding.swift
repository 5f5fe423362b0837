// SPDX-License-Identifier: Apache-2.0

import Primitives

extension String {
    /// RFC 3986 section 2.1. `nil` when a percent sign is not followed by two hex digits, or the outcome is not UTF-8.
    package init?(percentDecoding text: some StringProtocol) {
        var decoded: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Hexadecimal.value),
                let low = rest.popFirst().flatMap(Hexadecimal.value)
            else { return nil }
            decoded.append(high << 4 | low)
        }
        self.init(validating: decoded, as: UTF8.self)
    }
}
