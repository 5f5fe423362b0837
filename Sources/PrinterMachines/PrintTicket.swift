// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// What the printer is told about one release. Text from outside is made fit for PJL when it is written.
package struct PrintTicket: Hashable, Sendable {
    /// Unique for the release, `lanyard-<release id>`; it comes back in the printer's reports.
    package let releaseName: String
    package let title: String
    package let user: String
    /// The raw value of a `DocumentKind`; anything else leaves it to the printer to find out.
    package let format: String
    package let override: PrintOverride

    package init(
        releaseName: String, title: String, user: String, format: String, override: PrintOverride = .none
    ) {
        precondition(
            (1...64).contains(releaseName.utf8.count) && releaseName.utf8.allSatisfy(Self.isPlain),
            "a release name goes through PJL unchanged")
        self.releaseName = releaseName
        self.title = title
        self.user = user
        self.format = format
        self.override = override
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-")
    }
}
