// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ReaderMachines

@Suite struct OSDPFeedbackTests {
    static let everything = [OSDPCapability.lamp, OSDPCapability.buzzer, OSDPCapability.text].map {
        OSDPCapability(function: $0, compliance: 1, count: 1)
    }

    @Test(arguments: ReaderSignal.allCases) func eachSignalFollowsItsPattern(signal: ReaderSignal) {
        let pattern = SignalPattern(signal)
        let steps = OSDPFeedback(signal, for: Self.everything).steps
        let beeps = steps.compactMap { if case .buzzer(let buzzer) = $0.command { buzzer } else { nil } }
        let tones = beeps.flatMap {
            Array(repeating: $0.on == 1 ? SignalPattern.Tone.short : .long, count: Int($0.count))
        }
        #expect(tones == pattern.tones)
        guard case .lamp(let lamp) = steps.first?.command, steps.count >= 2, case .text(let text) = steps[1].command
        else {
            Issue.record("lamp and text come first")
            return
        }
        #expect((lamp.time != nil) == pattern.passes && (text.seconds != nil) == pattern.passes)
        #expect((lamp.color == .off) == (pattern.lamp == .off))
        #expect((1...16).contains(text.characters.count), "small displays have 16 columns")
    }

    @Test func tonesOfDifferentLengthFollowEachOther() {
        let steps = OSDPFeedback(
            .denied, for: [OSDPCapability(function: OSDPCapability.buzzer, compliance: 1, count: 1)]
        ).steps
        let long = OSDPCommand.buzzer(OSDPCommand.Buzzer(on: 4, off: 1, count: 1))
        let short = OSDPCommand.buzzer(OSDPCommand.Buzzer(on: 1, off: 1, count: 1))
        #expect(
            steps == [
                OSDPFeedback.Step(after: .zero, command: long),
                OSDPFeedback.Step(after: .milliseconds(500), command: short),
                OSDPFeedback.Step(after: .milliseconds(700), command: long),
            ])
    }

    @Test func aReaderWithoutMeansIsLeftAlone() {
        #expect(OSDPFeedback(.success, for: []).steps.isEmpty)
        let none = Self.everything.map { OSDPCapability(function: $0.function, compliance: 0, count: 0) }
        #expect(OSDPFeedback(.success, for: none).steps.isEmpty)
    }
}
