// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A HID device without the kernel's own reading of it.
package enum HidrawDevice {
    /// A stream in which every piece received is one report, and every piece written is one output report, its first
    /// byte the report's number or 0. Unplugging closes it with EIO or ENODEV.
    package static func open(_ path: String, on loop: Loop) throws(SystemFault) -> Stream {
        try Stream(Descriptor.open(path, flags: O_RDWR | O_NONBLOCK), on: loop)
    }
}
