// SPDX-License-Identifier: Apache-2.0

/// What a walker found. Unknown is a value: a number is given only where the document leaves no doubt, and the
/// printer's own count corrects it after release.
package struct PageWalk: Hashable, Sendable {
    /// Impressions of one copy.
    package var pages: Int?
    /// How many of them carry colour.
    package var colorPages: Int?

    package init(pages: Int? = nil, colorPages: Int? = nil) {
        self.pages = pages
        self.colorPages = colorPages
    }

    package static let unknown = PageWalk()
}
