// SPDX-License-Identifier: Apache-2.0

import HostIO
import ReaderMachines
import SimDevices

/// Lets what a recording's device sent happen again, in its time.
final class RecordingPlayer {
    private let recording: SimRecording
    private let loop: Loop

    init(_ recording: SimRecording, on loop: Loop) {
        self.recording = recording
        self.loop = loop
    }

    var kind: ReaderKind { recording.kind }

    func play(_ perform: @escaping (SimRecording.Step) -> Void) { play(recording.lines[...], perform) }

    private func play(_ lines: ArraySlice<SimRecording.Line>, _ perform: @escaping (SimRecording.Step) -> Void) {
        guard let line = lines.first else { return }
        _ = loop.schedule(after: line.after) {
            perform(line.step)
            self.play(lines.dropFirst(), perform)
        }
    }
}
