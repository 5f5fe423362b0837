// SPDX-License-Identifier: Apache-2.0

import ServerCore

/// Numbers the connections of all listeners of a program: what is filed under a connection, a document that it sends
/// for one, is then nobody else's.
final class LinkNumbers {
    private var last: UInt64 = 0

    func next() -> LinkID {
        last += 1
        return LinkID(last)
    }
}
