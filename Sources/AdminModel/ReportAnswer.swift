// SPDX-License-Identifier: Apache-2.0

/// As the other answers: the names of the properties are the API.
package struct ReportAnswer: Hashable, Sendable, Codable {
    package struct Row: Hashable, Sendable, Codable {
        package var user = ""
        package var department = ""
        package var title: String?
        package var printer: String?
        package var at: String?
        /// The billing code.
        package var account: String?
        /// When it came out, of a line that was written late.
        package var lateSince: String?
        package var releases = 0
        package var monoPages = 0
        package var colorPages = 0
        package var unknownPages = 0
        /// In the smallest step of the tariff.
        package var amount: Int64 = 0

        package init() {}
    }

    package var currency: String
    /// Digits of `amount` after the point.
    package var scale: Int
    package var rows: [Row]
    /// What the rows sum up; only when it was asked for.
    package var releases: [Row]?
    /// What to ask for the next page after; only when there is one.
    package var next: UInt64?

    package init(currency: String, scale: Int, rows: [Row], releases: [Row]? = nil, next: UInt64? = nil) {
        self.currency = currency
        self.scale = scale
        self.rows = rows
        self.releases = releases
        self.next = next
    }
}
