// SPDX-License-Identifier: Apache-2.0

/// The life of a held job.
///
/// ```
/// held ──release──▶ reserved ──document opened──▶ sending ──evidence──▶ printed
///  ▲                   │ gave up                     ├──never started──▶ held
///  └───────────────────┘                             └──not known──▶ inDoubt ──a person──▶ printed | held
/// held ──purge──▶ purged        held ──by its owner or an administrator──▶ canceled
/// ```
package enum JobState: String, CaseIterable, Sendable {
    case held
    case reserved
    case sending
    case printed
    case inDoubt = "in_doubt"
    case canceled
    case purged
}

/// Where one attempt to release a job stands. `sending` is committed before the first byte leaves.
package enum ReleaseState: String, CaseIterable, Sendable {
    case reserved
    case sending
    case confirmed
    case failed
    case inDoubt = "in_doubt"
}

/// What an analysis of the document says. "Unknown" is a value, not an error.
package struct PageCount: Hashable, Sendable {
    package var pages: Int?
    package var colorPages: Int?
    package var copies: Int

    package static let unknown = PageCount(pages: nil, colorPages: nil)

    package init(pages: Int?, colorPages: Int?, copies: Int = 1) {
        self.pages = pages
        self.colorPages = colorPages
        self.copies = copies
    }
}
