// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import Testing

@Suite struct DecodeReportsTests {
    /// Runs with the lines as standard input.
    private func run(_ lines: [String], _ words: String...) -> (exit: Exit, output: String) {
        let desk = Desk()
        desk.input = lines
        let exit = desk.run(arguments: ["decode"] + words)
        return (exit, desk.output)
    }

    /// Boot keyboard reports (HID 1.11, appendix B): usage 1E is the digit 1, 27 is 0, 28 Enter.
    @Test func aKeyboardsReportsAreText() {
        let lines = [0x27, 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x28].flatMap { usage in
            ["0000" + String(usage, radix: 16) + "0000000000", "0000000000000000"]
        }
        let (exit, output) = run(["# a reader"] + lines + [""], "--reports", "-", "--device", "16C0:27DB")
        #expect(exit == .fine && output.contains("TEXT       012345\n"))
    }

    /// MagTek 99875475, appendix D, examples 3 and 4, in the layout of 99875191: track 3 begins with a semicolon.
    @Test func aMagTekReportIsTracks() {
        let tracks = [
            "%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?", ";5452300551227189=080432100000007250?",
            ";5163499080020445=000000000000?",
        ]
        var report: [UInt8] = [0, 0, 0] + tracks.map { UInt8($0.utf8.count) } + [0]
        for track in tracks { report += Array(track.utf8) + Array(repeating: 0, count: 110 - track.utf8.count) }
        let (exit, output) = run(
            [DecodeCommandTests.hexText(report)], "--reports", "-", "--device", "0801:0002", "--explain")
        #expect(exit == .fine && output.contains("************7189=") && !output.contains("545230055122718"))
        #expect(output.contains("track 3: 31 characters"))
    }

    @Test func pairsComeFromInputToo() {
        let pairs = ["# read  number", "63E9AE 6547886", "0621A5\t401829", "86F444=8844356"]
        let (exit, output) = run(pairs, "--infer", "-")
        #expect(exit == .fine && output.hasPrefix("converter = hex2dec\n"))
        let json = run(pairs, "--infer", "-", "--json")
        #expect(json.output == "{\"chain\":\"hex2dec\",\"pairs\":3}\n")
    }

    @Test func theOddPairIsNamed() {
        let desk = Desk()
        let pairs = ["63E9AE=6547886", "0621A5=401828", "86F444=8844356", "0000FF=255"]
        #expect(desk.run(arguments: ["decode", "--infer"] + pairs) == .badData)
        #expect(desk.complaints.first?.contains("hex2dec explains all pairs but these: 2") == true)
    }
}
