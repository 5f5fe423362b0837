// SPDX-License-Identifier: Apache-2.0

/// How a signal's pattern is shown by an OSDP reader, as far as its capabilities go, with words where it has a display.
struct OSDPFeedback {
    /// One command at its time from the beginning of the signal.
    struct Step: Equatable {
        let after: Duration
        let command: OSDPCommand
    }

    let steps: [Step]

    init(_ signal: ReaderSignal, for capabilities: [OSDPCapability]) {
        func has(_ function: UInt8) -> Bool {
            capabilities.contains { $0.function == function && $0.compliance > 0 }
        }
        let pattern = SignalPattern(signal)
        let tones = Self.tones(of: pattern)
        let shown = tones.reduce(SignalPattern.afterglow) { $0 + $1.length }
        var steps: [Step] = []
        if has(OSDPCapability.lamp) {
            steps.append(Step(after: .zero, command: .lamp(Self.lamp(of: pattern, for: shown))))
        }
        if has(OSDPCapability.text) {
            let text = OSDPCommand.Text(
                Self.words(for: signal), seconds: pattern.passes ? UInt8(Self.steps(shown) / 10) : nil)
            steps.append(Step(after: .zero, command: .text(text)))
        }
        if has(OSDPCapability.buzzer) {
            var start = Duration.zero
            for tone in tones {
                steps.append(Step(after: start, command: .buzzer(tone.command)))
                start += tone.length
            }
        }
        self.steps = steps.sorted { $0.after < $1.after }
    }

    private static func words(for signal: ReaderSignal) -> String {
        switch signal {
        case .success: "Printing"
        case .denied: "Not allowed"
        case .unknown: "Unknown badge"
        case .quota: "Quota used up"
        case .noJobs: "No jobs"
        case .readError: "Read again"
        case .serverAway: "Server away"
        case .askPIN: "Enter PIN"
        case .askNumber: "Enter number"
        case .holdAgain: "Hold it again"
        case .choose: "Choose"
        case .idle: "Hold badge here"
        }
    }

    private static func lamp(of pattern: SignalPattern, for shown: Duration) -> OSDPCommand.Lamp {
        let color: OSDPCommand.Color =
            switch pattern.lamp {
            case .off: .off
            case .red: .red
            case .green: .green
            case .yellow: .amber
            }
        return OSDPCommand.Lamp(color: color, time: pattern.passes ? UInt16(steps(shown)) : nil)
    }

    /// A reader repeats one tone; each change of length takes a command of its own.
    private static func tones(of pattern: SignalPattern) -> [(command: OSDPCommand.Buzzer, length: Duration)] {
        var runs: [(tone: SignalPattern.Tone, count: Int)] = []
        for tone in pattern.tones {
            if let last = runs.last, last.tone == tone {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((tone, 1))
            }
        }
        return runs.map { run in
            let command = OSDPCommand.Buzzer(
                on: UInt8(steps(run.tone.duration)), off: UInt8(steps(SignalPattern.gap)), count: UInt8(run.count))
            return (command, (run.tone.duration + SignalPattern.gap) * run.count)
        }
    }

    /// OSDP counts in steps of 100 ms.
    private static func steps(_ duration: Duration) -> Int { Int(duration / .milliseconds(100)) }
}
