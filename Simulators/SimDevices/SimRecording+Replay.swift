// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives
package import ReaderMachines

extension SimRecording {
    /// What the driver made of a recording, in the recording's own words.
    package struct Outcome: Hashable, Sendable {
        package var results: [String] = []
        package var sent: [String] = []

        package init(_ actions: [ReaderDriver.Action]) { add(actions) }
    }

    /// After the last line; long enough for every silence that ends a read.
    private static let patience = Duration.seconds(1)

    /// What the driver is expected to send, as far as the recording says.
    package var expectedSent: [String] {
        lines.compactMap { if case .driver(let text) = $0.step { text } else { nil } }
    }

    package func replay() -> Outcome { Outcome(play()) }

    /// Plays it to a new driver, from deadline to deadline; all that the driver did.
    package func play() -> [ReaderDriver.Action] {
        var driver = ReaderDriver(kind: kind, options: options)
        var now = MonotonicTime(nanoseconds: 0)
        var actions = driver.handle(.opened, at: now)
        for line in lines {
            let due = now + line.after
            actions += Self.run(&driver, from: now, to: due)
            now = due
            if let event = line.step.event { actions += driver.handle(event, at: now) }
        }
        return actions + Self.settle(&driver, at: now)
    }

    /// What a driver still makes of the silence after the last line.
    package static func settle(_ driver: inout ReaderDriver, at now: MonotonicTime) -> [ReaderDriver.Action] {
        run(&driver, from: now, to: now + patience)
    }

    private static func run(
        _ driver: inout ReaderDriver, from start: MonotonicTime, to end: MonotonicTime
    ) -> [ReaderDriver.Action] {
        var now = start
        var actions: [ReaderDriver.Action] = []
        while let deadline = driver.deadline, deadline <= end {
            now = max(now, deadline)
            let more = driver.tick(at: now)
            actions += more
            // A driver that asks for the same moment again and does nothing would be here for ever.
            if more.isEmpty, driver.deadline == deadline { break }
        }
        return actions
    }
}

extension SimRecording.Step {
    /// `nil` for what the driver does itself.
    package var event: ReaderDriver.Event? {
        switch self {
        case .bytes(let bytes): .bytes(bytes)
        case .report(let bytes): .report(bytes)
        case .input(let events): .input(events)
        case .feature(let bytes): .feature(bytes)
        case .signal(let signal): .signal(signal)
        case .driver: nil
        }
    }
}

extension SimRecording.Outcome {
    fileprivate mutating func add(_ actions: [ReaderDriver.Action]) {
        for action in actions {
            switch action {
            case .deliver(let read): results.append("deliver \(read.technology) " + Self.content(of: read))
            case .key(let key): results.append("key \(Self.name(of: key))")
            case .drop(let reason): results.append("drop \(reason.rawValue)")
            case .online(let text): results.append("online \(text)")
            case .trouble(let text): results.append("trouble \(text)")
            case .send(let bytes): sent.append(SimRecording.hexadecimal(bytes))
            case .setFeature(let bytes): sent.append("set " + SimRecording.hexadecimal(bytes))
            case .getFeature(let report, let length): sent.append("get \(report) \(length)")
            case .needRandom(let count): sent.append("random \(count)")
            }
        }
    }

    private static func content(of read: RawRead) -> String {
        switch read.content {
        case .text(let text): return "\"" + String(decoding: text.revealed, as: UTF8.self) + "\""
        case .bits(let bits):
            let digits = String(bits.value, radix: 16, uppercase: true)
            let width = (bits.count + 3) / 4
            return "\(bits.count) " + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
    }

    private static func name(of key: Keypad.Action) -> String {
        switch key {
        case .digit(let digit): "digit \(digit - 0x30)"
        case .correct: "correct"
        case .clear: "clear"
        case .enter: "enter"
        case .function(let number): "function \(number)"
        }
    }
}
