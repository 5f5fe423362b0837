// SPDX-License-Identifier: Apache-2.0

/// One way to understand a read. A read may have several; none of them is refused for its parity, because real
/// badges break the documented parity and are still the right badge. It hides its numbers when printed.
package struct Candidate: Hashable, Sendable {
    package enum Parity: String, Sendable {
        case good, bad
        /// The format has no checks.
        case none
    }

    package let format: String
    /// `nil` when the format has none. Of C10106 it is what the maker calls the credential.
    package let facilityCode: UInt64?
    package let cardNumber: UInt64
    /// Counts the re-issues of a lost badge.
    package let issueLevel: UInt8?
    /// Whom the maker made the badges for.
    package let oem: UInt16?
    package let parity: Parity
    /// All checks failed as read and hold for the complement: data lines 0 and 1 are swapped.
    package let swappedLines: Bool
    /// `false` when the public descriptions of the format contradict themselves.
    package let isProven: Bool

    init(
        format: String, facilityCode: UInt64? = nil, cardNumber: UInt64, parity: Parity = .none,
        details: Details = Details()
    ) {
        self.format = format
        self.facilityCode = facilityCode
        self.cardNumber = cardNumber
        self.parity = parity
        issueLevel = details.issueLevel
        oem = details.oem
        swappedLines = details.swappedLines
        isProven = details.isProven
    }

    /// What few formats have.
    struct Details {
        var issueLevel: UInt8?
        var oem: UInt16?
        var swappedLines = false
        var isProven = true
    }

    /// The lower the better. A check that holds as read says more than one that holds for the complement, that more
    /// than none, and that more than one that fails.
    package var rank: Int {
        let evidence =
            switch (parity, swappedLines) {
            case (.good, false): 0
            case (.good, true): 1
            case (.none, _): 2
            case (.bad, _): 3
            }
        return evidence * 2 + (isProven ? 0 : 1)
    }
}

extension Candidate: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "badge (\(format), parity \(parity))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
