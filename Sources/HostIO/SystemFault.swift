// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A failed system call, with the call's name, because `errno` alone sends nobody to the right place.
package struct SystemFault: Error, Hashable, Sendable {
    package let call: String
    package let errno: CInt

    package init(call: String, errno: CInt) {
        self.call = call
        self.errno = errno
    }

    /// The address or port belongs to another program already: a listener's bind, or a live Unix socket.
    package var isAddressTaken: Bool { errno == EADDRINUSE }
    package var isPermissionDenied: Bool { errno == EACCES || errno == EPERM }
    package var isBusy: Bool { errno == EBUSY || errno == EWOULDBLOCK }
    package var isMissing: Bool { errno == ENOENT || errno == ENODEV || errno == ENXIO }
    package var isStorageFull: Bool { errno == ENOSPC || errno == EDQUOT }
    /// The driver of a serial line has no RS-485 mode.
    package var isRS485Missing: Bool {
        call == Self.rs485Call && (errno == ENOTTY || errno == EINVAL || errno == EOPNOTSUPP)
    }
    static let rs485Call = "ioctl TIOCSRS485"
}

extension SystemFault: CustomStringConvertible {
    package var description: String { "\(call): \(String(cString: strerror(errno)))" }
}

/// The only place that knows about −1, `errno` and interrupted calls.
@discardableResult
package func retrying<N: FixedWidthInteger>(_ call: String, _ body: () -> N) throws(SystemFault) -> Int {
    while true {
        let result = body()
        if result >= 0 { return Int(result) }
        let code = errno
        guard code == EINTR else { throw SystemFault(call: call, errno: code) }
    }
}

/// The same for a non-blocking call: `nil` means "not now".
package func attempting<N: FixedWidthInteger>(_ call: String, _ body: () -> N) throws(SystemFault) -> Int? {
    do throws(SystemFault) {
        return try retrying(call, body)
    } catch {
        guard error.errno == EAGAIN || error.errno == EWOULDBLOCK else { throw error }
        return nil
    }
}
