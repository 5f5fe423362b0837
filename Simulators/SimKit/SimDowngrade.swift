// SPDX-License-Identifier: Apache-2.0

import ReleaseWire

/// What a peer of the version before would have said instead: the same without its capabilities. As both sides of a
/// connection then agree on nothing, both behave as that version did.
enum SimDowngrade {
    /// - Parameter bytes: as they are sent; only openings change.
    static func plain(_ bytes: [UInt8]) -> [UInt8] {
        var frames = FrameBuffer()
        guard (try? frames.append(bytes[...])) != nil, let (header, payload) = try? frames.next(),
            var frame = try? Frame(header, payload)
        else { return bytes }
        switch frame.body {
        case .request(.hello(var hello)):
            hello.capabilities = []
            frame.body = .request(.hello(hello))
        case .reply(.welcome(var welcome), let hasMore):
            welcome.capabilities = []
            frame.body = .reply(.welcome(welcome), hasMore: hasMore)
        default: return bytes
        }
        return frame.encode()
    }
}
