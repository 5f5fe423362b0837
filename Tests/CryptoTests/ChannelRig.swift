// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Primitives
import Testing
import TestKit

/// A channel and everything that it said.
final class Side {
    let channel: TLSChannel
    var peer: KeyHash?
    var bytes: [UInt8] = []
    var ends = 0
    var drains = 0
    var closes: [SystemFault?] = []
    var isPaused = false

    init(_ descriptor: consuming Descriptor, _ context: TLSContext, on loop: Loop, limit: Int = 4 << 20) throws {
        channel = try TLSChannel(descriptor, context: context, on: loop, writeLimit: limit)
        channel.onConnected = { [unowned self] in peer = $0 }
        channel.onBytes = { [unowned self] in
            #expect(!$0.isEmpty)
            bytes += $0
        }
        channel.onEnd = { [unowned self] in ends += 1 }
        channel.onDrained = { [unowned self] in drains += 1 }
        channel.onClosed = { [unowned self] in closes.append($0) }
    }

    deinit { channel.close() }
}

/// A loop with a server's and a client's channel on one pair of sockets.
final class ChannelRig {
    let loop: Loop
    let serverIdentity = Identity.generate()
    let clientIdentity = Identity.generate()
    let server: Side
    let client: Side

    init(pin: Pin? = nil, limit: Int = 4 << 20) throws {
        loop = try Loop()
        let ends = try socketPair()
        let serverContext = TLSContext(.server, identity: serverIdentity)
        let role = TLSContext.Role.client(pin ?? .exact(serverIdentity.keyHash))
        let clientContext = TLSContext(role, identity: clientIdentity)
        server = try Side(Descriptor(owning: ends.0), serverContext, on: loop, limit: limit)
        client = try Side(Descriptor(owning: ends.1), clientContext, on: loop, limit: limit)
    }

    static func connected(limit: Int = 4 << 20) throws -> ChannelRig {
        let rig = try ChannelRig(limit: limit)
        try rig.loop.runUntil { rig.server.peer != nil && rig.client.peer != nil }
        return rig
    }
}
