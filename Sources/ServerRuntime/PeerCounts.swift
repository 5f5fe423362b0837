// SPDX-License-Identifier: Apache-2.0

import HostIO

/// How many connections each address has.
struct PeerCounts {
    private var counts: [IPAddress: Int] = [:]
    private(set) var all = 0

    subscript(_ address: IPAddress) -> Int { counts[address, default: 0] }

    mutating func add(_ address: IPAddress) {
        counts[address, default: 0] += 1
        all += 1
    }

    mutating func remove(_ address: IPAddress) {
        guard let count = counts[address] else { preconditionFailure("what goes has come") }
        counts[address] = count > 1 ? count - 1 : nil
        all -= 1
    }
}
