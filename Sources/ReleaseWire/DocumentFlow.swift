// SPDX-License-Identifier: Apache-2.0

import Primitives

/// One document on its way, with what the agent allows to be sent. The server counts down what it sends, the agent
/// what it receives; the two agree because frames keep their order.
struct DocumentFlow: Sendable {
    let size: UInt64
    private(set) var offset: UInt64
    private(set) var credit: UInt64

    init(size: UInt64, offset: UInt64, credit: UInt64) {
        self.size = size
        self.offset = offset
        self.credit = credit
    }

    var isComplete: Bool { offset == size }

    /// How many bytes may come next.
    var room: Int { Int(min(credit, size - offset, UInt64(DocumentPiece.limit))) }

    mutating func grant(_ bytes: UInt64) { credit = credit.saturatingSum(bytes) }

    /// Only for at most ``room`` bytes.
    mutating func pass(_ count: Int) {
        offset += UInt64(count)
        credit -= UInt64(count)
    }
}

extension UInt64 {
    func saturatingSum(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
