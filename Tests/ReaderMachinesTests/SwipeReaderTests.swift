// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimRandom
import Testing

@Suite struct SwipeReaderTests {
    typealias Layout = SwipeReader.Layout

    /// MagTek 99875475, appendix D: example 4 typed, example 3 as a report, where track 3 begins with `;`.
    static let typed = WedgeReaderGrammarTests.tracks
    static let tracks: [String] = typed.dropLast() + [";" + typed[2].dropFirst()]

    /// The offsets of example 3: masked lengths at 505, tracks at 508, 620 and 732.
    static func magneSafe(_ tracks: [String], size: Int = 887) -> [UInt8] {
        report(tracks, size: size, lengths: 505, texts: [508, 620, 732])
    }

    /// MagTek 99875191: lengths at 3, tracks at 7, 117 and 227.
    static func sureSwipe(_ tracks: [String]) -> [UInt8] {
        report(tracks, size: 337, lengths: 3, texts: [7, 117, 227])
    }

    /// ID TECH 80066510-001, each track followed by CR.
    static func idTech(_ tracks: [String]) -> [UInt8] {
        let output = Array(tracks.map { $0.isEmpty ? "" : $0 + "\r" }.joined().utf8)
        let head: [UInt8] = [0, 0, 0] + tracks.map { UInt8($0.utf8.count) } + [0, UInt8(output.count & 0xFF), 0]
        return head + output + Array(repeating: 0, count: 500 - output.count)
    }

    @Test func theTracksAreTheTypedOnes() {
        let expected: [ReaderDriver.Action] = [Self.deliver(Self.typed.joined())]
        #expect(Self.actions(.sureSwipe, Self.sureSwipe(Self.tracks)) == expected)
        #expect(Self.actions(.magneSafe, Self.magneSafe(Self.tracks)) == expected)
        #expect(Self.actions(.magneSafe, Self.magneSafe(Self.tracks, size: 856)) == expected)
        #expect(Self.actions(.idTech, Self.idTech(Self.typed)) == expected)
        #expect(Self.sureSwipe(Self.tracks).starts(with: [0, 0, 0, 0x3C, 0x25, 0x1F, 0, 0x25, 0x42, 0x35, 0x34]))
        #expect(Self.sureSwipe(Self.tracks)[227] == 0x3B)
    }

    @Test func oneTrackMayBeChosen() {
        for track in 1...3 {
            var options = ReaderOptions()
            options.track = track
            let expected = [Self.deliver(Self.typed[track - 1])]
            #expect(Self.actions(.sureSwipe, Self.sureSwipe(Self.tracks), options) == expected)
            #expect(Self.actions(.idTech, Self.idTech(Self.typed), options) == expected)
        }
    }

    @Test(arguments: [Layout.sureSwipe, .magneSafe, .idTech])
    func aTrackThatDidNotDecodeIsNoRead(layout: Layout) {
        var report = Self.report(layout)
        report[0] = 1
        #expect(Self.actions(layout, report) == [.drop(.unreadableTrack)])
        var options = ReaderOptions()
        options.track = 2
        #expect(Self.actions(layout, report, options) == [Self.deliver(Self.typed[1])])
    }

    @Test(arguments: [Layout.sureSwipe, .magneSafe, .idTech])
    func anEmptySwipeIsBlankAndAWrongOneUnreadable(layout: Layout) {
        var report = Array(repeating: 0 as UInt8, count: Self.report(layout).count)
        #expect(Self.actions(layout, report) == [.drop(.blankBadge)])
        report[1] = 1
        #expect(Self.actions(layout, report) == [.drop(.unreadableTrack)])
    }

    @Test(arguments: [Layout.sureSwipe, .magneSafe, .idTech])
    func everyCutOfAReportIsUnknown(layout: Layout) {
        let report = Self.report(layout)
        for count in 0..<report.count where layout != .magneSafe || count < 856 {
            #expect(Self.actions(layout, Array(report.prefix(count))) == [.drop(.unknownFrame)])
        }
        #expect(Self.actions(layout, report + [0]) == [.drop(.unknownFrame)])
    }

    @Test func lengthsAreBelievedToTheirLimitsOnly() {
        var report = Self.sureSwipe(["%" + String(repeating: "1", count: 108) + "?", "", ""])
        #expect(Self.actions(.sureSwipe, report) == [Self.deliver("%" + String(repeating: "1", count: 108) + "?")])
        report[3] = 111
        #expect(Self.actions(.sureSwipe, report) == [.drop(.unknownFrame)])
        var masked = Self.magneSafe(["", ";" + String(repeating: "1", count: 110) + "?", ""])
        #expect(Self.actions(.magneSafe, masked) == [Self.deliver(";" + String(repeating: "1", count: 110) + "?")])
        masked[506] = 113
        #expect(Self.actions(.magneSafe, masked) == [.drop(.unknownFrame)])
        var output = Self.idTech(Self.typed)
        (output[7], output[8]) = (0xF5, 0x01)
        #expect(Self.actions(.idTech, output) == [.drop(.unknownFrame)])
    }

    @Test func aStripeTooLongForAReadLosesTrack3First() {
        let tracks = [
            "%" + String(repeating: "A", count: 77) + "?", ";123456?", ";" + String(repeating: "7", count: 60) + "?",
        ]
        #expect(Self.actions(.sureSwipe, Self.sureSwipe(tracks)) == [Self.deliver(tracks[0] + tracks[1])])
    }

    @Test func mutatedReportsNeverTrap() {
        var seed = SplitMix(seed: 11)
        for layout in [Layout.sureSwipe, .magneSafe, .idTech] {
            for _ in 0..<2000 {
                var report = Self.report(layout)
                for _ in 0...seed.next() % 8 {
                    report[Int(seed.next() % UInt64(report.count))] = UInt8(truncatingIfNeeded: seed.next())
                }
                let actions = Self.actions(layout, report)
                #expect(actions.count == 1)
            }
        }
    }

    private static func report(_ layout: Layout) -> [UInt8] {
        switch layout {
        case .sureSwipe: sureSwipe(tracks)
        case .magneSafe: magneSafe(tracks)
        case .idTech: idTech(typed)
        }
    }

    private static func report(_ tracks: [String], size: Int, lengths: Int, texts: [Int]) -> [UInt8] {
        var report = Array(repeating: 0 as UInt8, count: size)
        for (index, track) in tracks.enumerated() {
            report[lengths + index] = UInt8(track.utf8.count)
            report.replaceSubrange(texts[index]..<texts[index] + track.utf8.count, with: track.utf8)
        }
        return report
    }

    private static func actions(
        _ layout: Layout, _ report: [UInt8], _ options: ReaderOptions = ReaderOptions()
    ) -> [ReaderDriver.Action] {
        var reader = SwipeReader(layout: layout, options: options)
        return reader.handle(.report(report), at: MonotonicTime(nanoseconds: 0))
    }

    private static func deliver(_ text: String) -> ReaderDriver.Action {
        .deliver(RawRead(technology: .magstripe, text: Array(text.utf8))!)
    }
}
