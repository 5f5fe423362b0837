// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives an rf IDEAS pcProx by feature reports of 8 bytes without a number, as found out by the pcprox project
/// (protocol.md). Its keystrokes are stopped and its bits left whole, in its memory only: unplugged, it is what it was.
///
///     opened ──info, page 0 read and written, page 2 read──▶ polling ──8F, then 8E if there is a badge──▶ polling
///
/// 8F comes before 8E, else 8E never fills. Each report is given a millisecond to settle and half a second to be
/// answered, so a badge that leaves halfway leaves nothing behind.
package struct PcProxReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    private enum Report {
        static let length = 8
        static let info: UInt8 = 0x8A
        static let data: UInt8 = 0x8F
        static let count: UInt8 = 0x8E
        /// Number and timings, keystrokes; lamps.
        static let (page0, page2): (UInt8, UInt8) = (0x80, 0x82)
        /// Leaves configuration mode; the second byte would name pages to burn, and is 0.
        static let finish: UInt8 = 0x90
        /// Page 0, byte 7.
        static let haltKeystrokes: UInt8 = 0x80
        /// Page 2, byte 0 and byte 1.
        static let (red, green, beeper): (UInt8, UInt8, UInt8) = (0x01, 0x02, 0x04)
        static let hostDrivesLamps: UInt8 = 0x02
    }

    private enum Question: Sendable { case info, page0, check, page2, data, count(of: [UInt8]) }

    private enum Step: Sendable {
        case set([UInt8])
        case ask(Question)
    }

    private static let interval = Duration.milliseconds(200)
    /// After a report was written.
    private static let settling = Duration.milliseconds(1)

    private let isSilent: Bool
    private let technology: Technology
    private let fixedLength: Int?
    private var polling: Polling
    private var steps: [Step] = []
    private var readyAt: MonotonicTime?
    private var asked: Question?
    private var isSetUp = false
    /// As the reader had it.
    private var page2: [UInt8] = []
    private var show = LampScript()

    package init(options: ReaderOptions = ReaderOptions()) {
        isSilent = options.isSilent
        technology = options.technology ?? .proximity
        fixedLength = options.fixedLength
        polling = Polling(limits: Polling.Limits(interval: options.pollInterval ?? Self.interval))
    }

    package var deadline: MonotonicTime? {
        guard polling.isOpen else { return nil }
        if asked != nil { return polling.deadline }
        return steps.isEmpty ? [polling.deadline, show.deadline].compactMap { $0 }.min() : readyAt
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .opened:
            polling.open(at: now)
            setUp()
            return advance(at: now)
        case .closed:
            polling.close()
            (steps, asked, show) = ([], nil, LampScript())
            return []
        case .feature(let reply): return answered(reply, at: now) + advance(at: now)
        case .signal(let signal):
            guard isSetUp, !isSilent else { return [] }
            show = LampScript(SignalPattern(signal), at: now)
            return advance(at: now)
        // Keystrokes that were under way when they were stopped.
        case .bytes, .input, .report, .random: return []
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        (polling.isLate(at: now) ? failed(at: now) : []) + advance(at: now)
    }

    private mutating func setUp() {
        isSetUp = false
        readyAt = nil
        asked = nil
        show = LampScript()
        steps = ask(.info, Report.info) + ask(.page0, Report.page0)
    }

    private func ask(_ question: Question, _ code: UInt8) -> [Step] { [.set([code]), .ask(question)] }

    private func write(_ page: [UInt8], to code: UInt8) -> [Step] { [.set([code]), .set(page)] }

    private mutating func advance(at now: MonotonicTime) -> [Action] {
        guard polling.isOpen, asked == nil else { return [] }
        if steps.isEmpty { plan(at: now) }
        guard let step = steps.first, now >= readyAt ?? now else { return [] }
        steps.removeFirst()
        switch step {
        case .set(let bytes):
            readyAt = now + Self.settling
            return [.setFeature([0] + bytes + Array(repeating: 0, count: Report.length - bytes.count))]
        case .ask(let question):
            readyAt = nil
            asked = question
            polling.asked(at: now)
            return [.getFeature(report: 0, length: Report.length + 1)]
        }
    }

    /// What comes next when everything asked for is done.
    private mutating func plan(at now: MonotonicTime) {
        readyAt = nil
        if polling.isDue(at: now) {
            if isSetUp { steps = ask(.data, Report.data) } else { setUp() }
        } else if isSetUp, let lamp = show.next(at: now) {
            steps = write(page(showing: lamp), to: Report.page2) + [.set([Report.finish])]
        }
    }

    private func page(showing lamp: LampScript.Step) -> [UInt8] {
        guard lamp.lamp != .off || lamp.isPlaying else { return page2 }
        var page = page2
        let color: UInt8 =
            switch lamp.lamp {
            case .off: 0
            case .red: Report.red
            case .green: Report.green
            case .yellow: Report.red | Report.green
            }
        page[0] = color | (lamp.isSounding ? Report.beeper : 0)
        page[1] |= Report.hostDrivesLamps
        return page
    }

    private mutating func failed(at now: MonotonicTime) -> [Action] {
        asked = nil
        steps = []
        guard polling.missed(at: now) else { return [] }
        isSetUp = false
        show = LampScript()
        return [.trouble("the reader does not answer")]
    }

    private mutating func answered(_ reply: [UInt8]?, at now: MonotonicTime) -> [Action] {
        guard let question = asked else { return [] }
        guard let reply, reply.count == Report.length + 1 else { return failed(at: now) }
        let bytes = Array(reply.dropFirst())
        asked = nil
        switch question {
        case .info:
            let minor = bytes[2]
            return [.online("pcProx \(bytes[3]).\(minor >> 4).\(minor & 0xF)")]
        case .page0:
            guard bytes.contains(where: { $0 != 0 }) else { return failed(at: now) }
            var page = bytes
            // Whole reads: the reader strips parity bits without looking at them.
            page[2] = 0
            page[7] |= Report.haltKeystrokes
            steps += write(page, to: Report.page0) + ask(.check, Report.page0)
            return []
        case .check:
            steps += ask(.page2, Report.page2) + [.set([Report.finish])]
            return Self.objections(to: bytes)
        case .page2:
            page2 = bytes
            isSetUp = true
            _ = polling.answered(at: now)
            return []
        case .data:
            let isEmpty = bytes.allSatisfy { $0 == 0 }
            if isEmpty { _ = polling.answered(at: now) } else { steps += ask(.count(of: bytes), Report.count) }
            return []
        case .count(let data):
            _ = polling.answered(at: now)
            return [read(data, count: Int(bytes[0]))]
        }
    }

    private static func objections(to page0: [UInt8]) -> [Action] {
        var actions: [Action] = []
        if page0[7] & Report.haltKeystrokes == 0 { actions.append(.trouble("the reader goes on typing")) }
        let (lead, trail) = (page0[2] & 0xF, page0[2] >> 4)
        if lead + trail > 0 { actions.append(.trouble("the reader strips \(lead) and \(trail) bits off each read")) }
        return actions
    }

    /// The last bit on the wire is the lowest of the first byte.
    private func read(_ data: [UInt8], count: Int) -> Action {
        guard count > 0 else { return .drop(.badgeLeft) }
        guard count <= Report.length * 8 else { return .drop(.tooLong) }
        let value = data.reversed().reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        guard let bits = BitString(value: value & (1 << UInt128(count) - 1), count: count) else {
            return .drop(.unknownFrame)
        }
        if let fixedLength, count != fixedLength { return .drop(.wrongLength) }
        return .deliver(RawRead(technology: technology, bits: bits))
    }
}

/// A signal on a reader whose lamps and tone are switched on and off by hand.
struct LampScript: Sendable {
    struct Step: Hashable, Sendable {
        var lamp = SignalPattern.Lamp.off
        var isSounding = false
        /// Between two tones of a signal, when the lamp is dark but not given back.
        var isPlaying = false
    }

    private var steps: [(at: MonotonicTime, step: Step)] = []

    init() {}

    init(_ pattern: SignalPattern, at now: MonotonicTime) {
        var time = now
        for tone in pattern.tones {
            steps.append((time, Step(lamp: pattern.lamp, isSounding: true, isPlaying: true)))
            time = time + tone.duration
            steps.append((time, Step(isPlaying: true)))
            time = time + SignalPattern.gap
        }
        steps.append((time, Step(lamp: pattern.lamp, isPlaying: pattern.lamp != .off)))
        if pattern.passes { steps.append((time + SignalPattern.afterglow, Step())) }
    }

    var deadline: MonotonicTime? { steps.first?.at }

    /// The last step that is due; what was missed is not made up for.
    mutating func next(at now: MonotonicTime) -> Step? {
        let due = steps.prefix { $0.at <= now }
        steps.removeFirst(due.count)
        return due.last?.step
    }
}
