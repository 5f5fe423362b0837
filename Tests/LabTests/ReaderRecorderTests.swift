// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import ReaderMachines
import SimDevices
import Testing

/// A pseudo terminal stands in for the serial line of a real reader.
@Suite struct ReaderRecorderTests {
    private final class Line {
        let path: String
        let stream: HostIO.Stream

        init(on pump: Pump) throws {
            let pty = try Pty.open()
            path = pty.slavePath
            stream = try HostIO.Stream(pty.takeMaster(), on: pump.loop)
            // Nobody has the line open yet, which a pseudo terminal reports as an end.
            stream.pauseReading()
        }
    }

    @Test func whatWasRecordedReplaysToTheSame() throws {
        let pump = try Pump()
        let line = try Line(on: pump)
        let recorder = try ReaderRecorder(
            SimRecording(kind: .id12, source: "a test"), node: line.path, on: pump.loop)
        var seen: [ReaderDriver.Action] = []
        recorder.onResult = { seen.append($0) }
        line.stream.write(Array("\u{2}0C000621A58E\r\n\u{3}".utf8))
        try pump.wait("the read", atMost: .seconds(5)) { !seen.isEmpty }
        line.stream.write(Array("\u{2}0C000621A56E\r\n\u{3}".utf8))
        try pump.wait("the drop", atMost: .seconds(5)) { seen.count >= 2 }
        let recording = recorder.finish()
        line.stream.close()
        #expect(recording.expected.prefix(2) == ["deliver em4100 40 0C000621A5", "drop bad-checksum"])
        let read = try SimRecording(recording.text)
        #expect(read.source == "a test" && read.kind == .id12)
        #expect(read.lines == recording.lines)
        #expect(read.replay().results == recording.expected)
    }

    @Test func whatEndsInTheMiddleIsCompletedBySilence() throws {
        let pump = try Pump()
        let line = try Line(on: pump)
        let recorder = try ReaderRecorder(
            SimRecording(kind: .id12, source: "a test"), node: line.path, on: pump.loop)
        line.stream.write(Array("\u{2}0C0006".utf8))
        try pump.wait("the bytes", atMost: .seconds(5)) { !recorder.recording.lines.isEmpty }
        let recording = recorder.finish()
        line.stream.close()
        #expect(recording.expected == ["drop paused-mid-read"])
        #expect(try SimRecording(recording.text).replay().results == recording.expected)
    }

    @Test func aNodeThatIsNotThereIsNamed() throws {
        let pump = try Pump()
        let fault = #expect(throws: LabFault.self) {
            _ = try ReaderRecorder(SimRecording(kind: .text, source: "a test"), node: "/dev/nix", on: pump.loop)
        }
        #expect(fault?.description.contains("/dev/nix") == true)
    }

    @Test func badgeNumbersAreMaskedUnlessAskedFor() throws {
        let actions = try SimRecording("kind id12\n+0 < 02 30 43 30 30 30 36 32 31 41 35 38 45 0D 0A 03\n").play()
        let masked = ReplayReport(actions, isRevealing: false)
        #expect(masked.lines.count == 1 && masked.lines[0].hasPrefix("deliver em4100, 40 bits, •••"))
        #expect(masked.json[0]["bits"] == nil)
        #expect(!masked.lines[0].contains("0621A5"))
        #expect(ReplayReport(actions, isRevealing: true).lines == ["deliver em4100 40 0C000621A5"])
    }
}
