// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines

/// A driver and what it may never do.
struct ReaderRun {
    /// Of one thing sent to a reader.
    private static let sendLimit = 4096
    /// Of a name or a trouble, which end in logs and messages.
    private static let textLimit = 255

    private let kind: ReaderKind
    private var driver: ReaderDriver
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    /// Questions for a feature report that are not answered yet.
    private var asked = 0
    private(set) var reads: [RawRead] = []

    init(kind: ReaderKind, options: ReaderOptions) {
        self.kind = kind
        driver = ReaderDriver(kind: kind, options: options)
        _ = driver.handle(.opened, at: now)
    }

    mutating func take(_ step: ReaderScript.Step, isCut: Bool) throws(Finding) {
        switch step {
        case .wait(let milliseconds): try wait(.milliseconds(milliseconds))
        case .device(let bytes): try receive(bytes, isCut: isCut)
        case .feature(let bytes):
            guard asked > 0 else { return }
            asked -= 1
            try feed(.feature(bytes))
        case .signal(let signal): try feed(.signal(signal))
        case .reopened:
            try feed(.closed)
            asked = 0
            try demand(driver.deadline == nil, "\(kind.rawValue): a closed reader waits for nothing")
            try feed(.opened)
        }
    }

    private mutating func receive(_ bytes: [UInt8], isCut: Bool) throws(Finding) {
        switch kind.transport {
        case .evdev:
            let events = stride(from: 0, to: bytes.count - 2, by: 3).map {
                InputEvent(
                    type: UInt16(bytes[$0]), code: UInt16(bytes[$0 + 1]), value: Int32(Int8(bitPattern: bytes[$0 + 2])))
            }
            try feed(.input(events))
        case .hidraw: try feed(.report(bytes))
        case .serial, .stream, .pcsc:
            guard isCut else { return try feed(.bytes(bytes)) }
            for byte in bytes { try feed(.bytes([byte])) }
        }
    }

    private mutating func feed(_ event: ReaderDriver.Event) throws(Finding) { try look(driver.handle(event, at: now)) }

    private mutating func wait(_ time: Duration) throws(Finding) {
        let end = now + time
        while let deadline = driver.deadline, deadline <= end {
            now = max(now, deadline)
            let actions = driver.tick(at: now)
            try look(actions)
            // The next thing may be due at the same moment; waking up for nothing may not.
            let isOver = driver.deadline.map { $0 > now } ?? true
            try demand(isOver || !actions.isEmpty, "\(kind.rawValue): a deadline that has passed is over")
        }
        now = end
    }

    private mutating func look(_ actions: [ReaderDriver.Action]) throws(Finding) {
        for action in actions {
            switch action {
            case .deliver(let read):
                reads.append(read)
                try CredentialChecks.look(read)
            case .send(let bytes), .setFeature(let bytes):
                try demand((1...Self.sendLimit).contains(bytes.count), "\(kind.rawValue): what is sent has a length")
            case .getFeature(_, let length):
                asked += 1
                try demand((1...Self.sendLimit).contains(length), "\(kind.rawValue): a feature report has a length")
            case .online(let text), .trouble(let text):
                try demand(
                    text.utf8.isPrintable && text.utf8.count <= Self.textLimit,
                    "\(kind.rawValue): what a reader says of itself is short and printable")
            case .key, .drop, .needRandom: break
            }
        }
    }
}
