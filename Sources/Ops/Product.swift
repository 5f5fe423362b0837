// SPDX-License-Identifier: Apache-2.0

package enum Product {
    /// Of all programs: they are built and installed together.
    package static let version = "0.1"

    package static let versionOption = Option.flag("--version", "Show the version and end.")

    /// What `--version` prints.
    package static func versionLine(_ program: String) -> String { "\(program) \(version)\n" }
}
