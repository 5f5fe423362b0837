// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives an rf IDEAS reader with the ASCII Command Protocol (manual 99009150): `rfid:qid.id` asks for the queued read
/// and takes it off the queue; the answer is `{AGE,OVERRUN,LOCKOUT,BITCOUNT;ID}`. Prompts and whatever else stands
/// outside of braces is skipped. Commands are sent a character at a time, for the reader's input overflows.
package struct RFIdeasReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    package struct Limits: Sendable {
        /// Between two characters of a command.
        package var pace = Duration.milliseconds(5)
        /// Of the text between two braces.
        package var answer = 128
        /// A read older than this was meant for nobody who is still there.
        package var age = Duration.seconds(3)

        package init() {}
    }

    private static let interval = Duration.milliseconds(250)
    private static let query = Array("rfid:qid.id\r".utf8)
    private static let (opening, closing) = (UInt8(ascii: "{"), UInt8(ascii: "}"))

    private let limits: Limits
    private let technology: Technology
    private let fixedLength: Int?
    private var polling: Polling
    private var unsent: ArraySlice<UInt8> = []
    private var sendAt: MonotonicTime?
    /// What came since `{`; `nil` outside of braces.
    private var answer: [UInt8]?
    private var isOnline = false
    /// The stale read last reported, which may stay in the queue.
    private var stale: QueuedRead?

    package init(options: ReaderOptions = ReaderOptions(), limits: Limits = Limits()) {
        self.limits = limits
        technology = options.technology ?? .proximity
        fixedLength = options.fixedLength
        polling = Polling(limits: Polling.Limits(interval: options.pollInterval ?? Self.interval))
    }

    package var deadline: MonotonicTime? { sendAt ?? polling.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .opened:
            polling.open(at: now)
            (answer, sendAt, isOnline, stale) = (nil, nil, false, nil)
            return tick(at: now)
        case .closed:
            polling.close()
            sendAt = nil
            return []
        case .bytes(let bytes): return tick(at: now) + bytes.flatMap { take($0, at: now) }
        case .input, .report, .feature, .signal, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        if polling.isLate(at: now), sendAt == nil {
            answer = nil
            return polling.missed(at: now) ? [.trouble("the reader does not answer")] : []
        }
        if polling.isDue(at: now) {
            unsent = Self.query[...]
            sendAt = now
            polling.asked(at: now, work: limits.pace * Self.query.count)
        }
        guard let due = sendAt, now >= due, let byte = unsent.popFirst() else { return [] }
        sendAt = unsent.isEmpty ? nil : now + limits.pace
        return [.send([byte])]
    }

    private mutating func take(_ byte: UInt8, at now: MonotonicTime) -> [Action] {
        if byte == Self.opening {
            let wasCut = answer != nil
            answer = []
            return wasCut ? [.drop(.cutShort)] : []
        }
        guard let text = answer else { return [] }
        if byte == Self.closing {
            answer = nil
            return answered(text, at: now)
        }
        guard text.count < limits.answer else {
            answer = nil
            return [.drop(.tooLong)]
        }
        answer = text + [byte]
        return []
    }

    private mutating func answered(_ text: [UInt8], at now: MonotonicTime) -> [Action] {
        guard polling.isWaiting, sendAt == nil else { return [.drop(.noise)] }
        _ = polling.answered(at: now)
        do throws(QueuedRead.Fault) {
            let read = try QueuedRead(text)
            let greeting: [Action] = isOnline ? [] : [.online("rf IDEAS")]
            isOnline = true
            return greeting + judge(read)
        } catch {
            return [.drop(error == .tooLong ? .tooLong : .unknownFrame)]
        }
    }

    private mutating func judge(_ read: QueuedRead) -> [Action] {
        guard let bits = read.bits else { return [] }
        if read.age > limits.age {
            defer { stale = read }
            return stale?.bits == bits ? [] : [.drop(.stale)]
        }
        stale = nil
        if let fixedLength, bits.count != fixedLength { return [.drop(.wrongLength)] }
        return [.deliver(RawRead(technology: technology, bits: bits))]
    }
}

/// `AGE,OVERRUN,LOCKOUT,BITCOUNT;ID`: age and lockout in hexadecimal and units of 48 ms, the others decimal, the
/// number in hexadecimal and right-aligned.
struct QueuedRead: Hashable, Sendable {
    enum Fault: Error, Hashable, Sendable { case form, tooLong }

    static let unit = Duration.milliseconds(48)

    let age: Duration
    let overruns: Int
    let lockout: Duration
    /// `nil`: nothing is queued.
    let bits: BitString?

    init(_ text: [UInt8]) throws(Fault) {
        let halves = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw .form }
        let fields = halves[0].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard fields.count == 4, let age = Self.hexadecimal(fields[0]), let lockout = Self.hexadecimal(fields[2]),
            let overruns = Self.decimal(fields[1]), let count = Self.decimal(fields[3]),
            age <= 0xFFFF, lockout <= 0xFFFF
        else {
            throw .form
        }
        self.age = Self.unit * Int(age)
        self.lockout = Self.unit * Int(lockout)
        self.overruns = overruns
        guard count <= BitString.limit else { throw .tooLong }
        guard let value = Self.hexadecimal(halves[1]) else { throw .form }
        guard count > 0, value > 0 else {
            bits = nil
            return
        }
        guard let bits = BitString(value: value, count: count) else { throw .form }
        self.bits = bits
    }

    /// With `0x` in front; at most 128 bits that are not zero.
    private static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard text.starts(with: "0x".utf8), text.count > 2 else { return nil }
        var value: UInt128 = 0
        for character in text.dropFirst(2) {
            guard let nibble = Hexadecimal.value(of: character), value >> 124 == 0 else { return nil }
            value = value << 4 | UInt128(nibble)
        }
        return value
    }

    private static func decimal(_ text: ArraySlice<UInt8>) -> Int? {
        guard (1...3).contains(text.count), text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
