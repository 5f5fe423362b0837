// SPDX-License-Identifier: Apache-2.0

import SimDevices

/// Recordings come with field reports: whatever is in the text, it is read or refused, and plays.
enum RecordingChecks {
    static func text(_ bytes: [UInt8]) throws(Finding) {
        guard let recording = try? SimRecording(String(decoding: bytes, as: UTF8.self)) else { return }
        try demand(recording.lines.count <= SimRecording.limits.lines, "a recording has few lines")
        let outcome = recording.replay()
        let again = try? SimRecording(recording.text)
        try demand(again != nil, "a recording that is written out reads back")
        try demand(again?.lines == recording.lines, "a recording that is written out has the same lines")
        try demand(again?.replay() == outcome, "a recording that is written out plays the same")
    }
}
