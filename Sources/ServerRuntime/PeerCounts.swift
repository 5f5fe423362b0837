// SPDX-License-Identifier: Apache-2.0

import HostIO
import ServerCore

/// Connections and how many of them each address has, known without counting them again.
struct PeerCounts {
    private var addresses: [LinkID: IPAddress] = [:]
    private var counts: [IPAddress: Int] = [:]

    var all: Int { addresses.count }

    subscript(_ address: IPAddress) -> Int { counts[address, default: 0] }

    mutating func add(_ link: LinkID, from address: IPAddress) {
        remove(link)
        addresses[link] = address
        counts[address, default: 0] += 1
    }

    /// Nothing happens when it is gone already.
    mutating func remove(_ link: LinkID) {
        guard let address = addresses.removeValue(forKey: link), let count = counts[address] else { return }
        counts[address] = count > 1 ? count - 1 : nil
    }
}
