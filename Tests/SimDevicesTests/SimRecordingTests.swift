// SPDX-License-Identifier: Apache-2.0

import Foundation
import ReaderMachines
import SimDevices
import SimRandom
import Testing

/// Every recording of a reader, played to its driver.
@Suite struct SimRecordingTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Simulators/Recordings").standardized.resolvingSymlinksInPath()

    /// `kind/model.rec`, sorted.
    static let files: [String] = {
        let all = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(".rec") }.sorted()
    }()

    @Test func everyKindHasOne() {
        let kinds = Set(Self.files.map { String($0.prefix { $0 != "/" }) })
        #expect(kinds == Set(ReaderKind.allCases.filter(\.hasDriver).map(\.rawValue)))
    }

    @Test(arguments: files)
    func aRecordingGivesWhatItExpects(file: String) throws {
        let recording = try Self.recording(file)
        #expect(file.hasPrefix(recording.kind.rawValue + "/"))
        #expect(recording.source != nil, "say where it comes from: # source: …")
        #expect(!recording.expected.isEmpty)
        let outcome = recording.replay()
        #expect(outcome.results == recording.expected)
        let sent = recording.expectedSent
        #expect(sent.isEmpty || Array(outcome.sent.prefix(sent.count)) == sent)
    }

    /// Broken recordings are refused or played, and never trap.
    @Test(arguments: files)
    func anyMutationIsTakenOrRefused(file: String) throws {
        let bytes = Array(try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8).utf8)
        var seed = SplitMix(seed: UInt64(bytes.count))
        for _ in 0..<60 {
            var mutated = bytes
            for _ in 0...seed.next() % 6 {
                let at = Int(seed.next() % UInt64(mutated.count))
                switch seed.next() % 3 {
                case 0: mutated[at] = Array("0123456789ABCDEF<>+= ".utf8)[Int(seed.next() % 21)]
                case 1: mutated.remove(at: at)
                default: mutated.insert(mutated[Int(seed.next() % UInt64(mutated.count))], at: at)
                }
            }
            _ = try? SimRecording(String(decoding: mutated, as: UTF8.self)).replay()
        }
    }

    @Test(
        arguments: [
            ("", 1, "no kind"), ("kind osdp\n", 1, "unknown kind"), ("kind id12\nfoo", 2, "unknown line"),
            ("kind id12\n+x < 00", 2, "not a number"),
            ("kind id12\n+0 <", 2, "a time, a direction and something to say"),
            ("kind id12\n+0 < 0", 2, "not bytes in hexadecimal"), ("kind id12\n+0 < 00*5000", 2, "too many bytes"),
            ("kind id12\n+0 ? 00", 2, "unknown direction"), ("kind id12\n+0 ! joy", 2, "unknown signal"),
            ("kind wedge\n+0 < 1:2", 2, "not type:code:value"), ("kind text\noption grammar x", 2, "unknown grammar"),
            ("kind text\noption x", 2, "unknown option"),
        ])
    func aWrongLineIsNamed(text: String, line: Int, reason: String) throws {
        let fault = #expect(throws: SimRecording.Fault.self) { try SimRecording(text) }
        #expect(fault?.line == line && fault?.reason == reason)
    }

    private static func recording(_ file: String) throws -> SimRecording {
        try SimRecording(try String(contentsOf: folder.appending(path: file), encoding: .utf8))
    }
}
