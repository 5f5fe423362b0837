// SPDX-License-Identifier: Apache-2.0

import HostIO
import TestKit

/// Two connected streams.
func streamPair(on loop: Loop) throws -> (Stream, Stream) {
    let ends = try socketPair()
    return (
        try Stream(Descriptor(owning: ends.0), on: loop), try Stream(Descriptor(owning: ends.1), on: loop)
    )
}
