// SPDX-License-Identifier: Apache-2.0

/// On which sides of the paper.
package enum Sides: UInt8, CaseIterable, Hashable, Sendable {
    case asSent = 0
    case one = 1
    case longEdge = 2
    case shortEdge = 3
}

/// What the owner asked for at the release, instead of what the document says.
package struct PrintOverride: Hashable, Sendable {
    package var isMono: Bool
    package var sides: Sides

    package init(isMono: Bool, sides: Sides) {
        self.isMono = isMono
        self.sides = sides
    }

    /// As it was sent.
    package static let none = PrintOverride(isMono: false, sides: .asSent)
}
