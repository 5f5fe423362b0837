// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// A frame of the ITC 2015 reader: `STX 00 01 payload ETX`, the sum of these bytes in two (high byte first), and the
/// exclusive or of everything after STX.
package enum ITC2015Frame {
    package enum Fault: Error, Hashable, Sendable {
        case length
        case form
        case checksum
    }

    /// Of a payload; ten bytes are the longest known.
    package static let limit = 16

    private static let header: [UInt8] = [0x02, 0x00, 0x01]
    private static let endOfText: UInt8 = 0x03
    /// Header, ETX, sum, exclusive or.
    package static let overhead = 7

    package static func encode(_ payload: [UInt8]) -> [UInt8] {
        precondition((1...limit).contains(payload.count), "a command has a code and little more")
        let body = header + payload + [endOfText]
        let sum = body.reduce(0 as UInt16) { $0 &+ UInt16($1) }
        let summed = body + sum.bigEndianBytes
        return summed + [summed.dropFirst().reduce(0, ^)]
    }

    /// One whole frame; gives its payload.
    package static func decode(_ frame: [UInt8]) throws(Fault) -> [UInt8] {
        guard (overhead + 1...overhead + limit).contains(frame.count) else { throw .length }
        guard frame.starts(with: header), frame[frame.count - 4] == endOfText else { throw .form }
        let payload = Array(frame[header.count..<frame.count - 4])
        guard encode(payload) == frame else { throw .checksum }
        return payload
    }
}

/// Drives an ITC 2015 stored-value reader: it is polled and answers that there is a badge (`6C` and its number) or
/// none (`40`). ETX may be part of a payload, so a frame ends where its checks hold.
package struct ITC2015Reader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    package struct Limits: Sendable {
        /// The longest silence inside a frame.
        package var pause = Duration.milliseconds(100)

        package init() {}
    }

    private static let interval = Duration.milliseconds(200)
    private static let poll: [UInt8] = [0x01]
    private static let (noBadge, badge): (UInt8, UInt8) = (0x40, 0x6C)

    private let limits: Limits
    private let technology: Technology
    private var polling: Polling
    private var buffer: [UInt8] = []
    private var until: MonotonicTime?
    /// A badge without a number was reported and is still there.
    private var isBlankReported = false
    private var isOnline = false

    package init(options: ReaderOptions = ReaderOptions()) {
        var limits = Limits()
        if let pause = options.pause { limits.pause = pause }
        self.limits = limits
        technology = options.technology ?? .unknown
        polling = Polling(limits: Polling.Limits(interval: options.pollInterval ?? Self.interval))
    }

    package var deadline: MonotonicTime? { [until, polling.deadline].compactMap { $0 }.min() }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .opened:
            polling.open(at: now)
            (buffer, until, isBlankReported, isOnline) = ([], nil, false, false)
            return tick(at: now)
        case .closed:
            polling.close()
            defer { (buffer, until) = ([], nil) }
            return buffer.first == 0x02 ? [.drop(.cutShort)] : []
        case .bytes(let bytes): return tick(at: now) + bytes.flatMap { take($0, at: now) }
        case .input, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        if let until, now >= until { actions.append(giveUp()) }
        if polling.isLate(at: now), polling.missed(at: now) { actions.append(.trouble("the reader does not answer")) }
        guard polling.isDue(at: now) else { return actions }
        polling.asked(at: now)
        return actions + [.send(ITC2015Frame.encode(Self.poll))]
    }

    /// Nothing more comes of what is in the buffer.
    private mutating func giveUp() -> Action {
        defer { (buffer, until) = ([], nil) }
        // Whole by its length, but the checks never held.
        let hadEnd = buffer.dropLast(3).dropFirst(4).contains(0x03)
        return .drop(buffer.first != 0x02 ? .noise : hadEnd ? .badChecksum : .pausedMidRead)
    }

    private mutating func take(_ byte: UInt8, at now: MonotonicTime) -> [Action] {
        guard polling.isOpen else { return [] }
        buffer.append(byte)
        until = now + limits.pause
        // Noise is kept to one byte, a frame to the longest there is.
        if buffer.count > 1, buffer[0] != 0x02 {
            guard byte == 0x02 else {
                buffer.removeLast()
                return []
            }
            buffer = [byte]
            return [.drop(.noise)]
        }
        if buffer.count > ITC2015Frame.overhead + ITC2015Frame.limit { return [giveUp()] }
        guard let payload = try? ITC2015Frame.decode(buffer) else { return [] }
        (buffer, until) = ([], nil)
        return answered(payload, at: now)
    }

    private mutating func answered(_ payload: [UInt8], at now: MonotonicTime) -> [Action] {
        guard polling.isWaiting else { return [.drop(.noise)] }
        _ = polling.answered(at: now)
        let greeting: [Action] = isOnline ? [] : [.online("ITC 2015")]
        isOnline = true
        return greeting + judge(payload)
    }

    private mutating func judge(_ payload: [UInt8]) -> [Action] {
        switch payload[0] {
        case Self.noBadge:
            isBlankReported = false
            return []
        case Self.badge:
            let number = payload.dropFirst().reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
            if let bits = BitString(value: number, count: (payload.count - 1) * 8) {
                return [.deliver(RawRead(technology: technology, bits: bits))]
            }
            defer { isBlankReported = true }
            return isBlankReported ? [] : [.drop(.blankBadge)]
        default: return [.drop(.unknownFrame)]
        }
    }
}
