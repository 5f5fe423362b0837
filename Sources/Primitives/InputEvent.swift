// SPDX-License-Identifier: Apache-2.0

/// One event of a Linux input device: the last three fields of `struct input_event` (linux/input.h).
package struct InputEvent: Hashable, Sendable {
    package static let synchronization: UInt16 = 0
    package static let key: UInt16 = 1
    package static let miscellaneous: UInt16 = 4
    /// Codes of ``synchronization``.
    package static let report: UInt16 = 0
    package static let dropped: UInt16 = 3

    package let type: UInt16
    package let code: UInt16
    package let value: Int32

    package init(type: UInt16, code: UInt16, value: Int32) {
        self.type = type
        self.code = code
        self.value = value
    }
}
