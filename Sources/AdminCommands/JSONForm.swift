// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// How this program writes JSON, to the server and for scripts: the same value is always the same text.
enum JSONForm {
    static func bytes(of value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("our own values have a JSON form") }
        return Array(data)
    }

    /// A document of one line.
    static func text(of value: some Encodable) -> String { String(decoding: bytes(of: value), as: UTF8.self) + "\n" }
}
