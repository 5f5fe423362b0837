// SPDX-License-Identifier: Apache-2.0

import Credentials
package import Primitives

/// Drives a magnetic stripe reader that sends one HID report a swipe. The tracks become the text that the same reader
/// types in keyboard mode, so that a badge is the same badge in either mode.
package struct SwipeReader: ReaderMachine {
    package typealias Event = ReaderDriver.Event
    package typealias Action = ReaderDriver.Action

    /// How a model lays out its report.
    package enum Layout: Sendable {
        /// MagTek SureSwipe, 337 bytes (99875191).
        case sureSwipe
        /// MagTek MagneSafe V5, 856 bytes and with newer firmware 887; its masked tracks (99875475).
        case magneSafe
        /// ID TECH, 509 bytes (80066510-001).
        case idTech
    }

    private let layout: Layout
    private let track: Int?
    private let shortest: Int
    private let fixedLength: Int?

    package init(layout: Layout, options: ReaderOptions = ReaderOptions()) {
        self.layout = layout
        track = options.track
        shortest = options.shortest
        fixedLength = options.fixedLength
    }

    package var deadline: MonotonicTime? { nil }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        guard case .report(let report) = event else { return [] }
        do throws(Swipe.Fault) {
            guard let swipe = try swipe(report) else { return [.drop(.unknownFrame)] }
            return [judge(try swipe.text(track: track))]
        } catch {
            return [.drop(error.drop)]
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }

    private func judge(_ text: [UInt8]) -> Action {
        if let fixedLength, text.count != fixedLength { return .drop(.wrongLength) }
        guard fixedLength != nil || text.count >= shortest else { return .drop(.tooShort) }
        return RawRead(technology: .magstripe, text: text).map { .deliver($0) } ?? .drop(.notPrintable)
    }

    /// `nil` when the report has another form.
    private func swipe(_ report: [UInt8]) throws(Swipe.Fault) -> Swipe? {
        switch layout {
        case .sureSwipe:
            guard report.count == 337 else { return nil }
            return fields(report, lengths: 3, texts: [7, 117, 227], room: 110)
        case .magneSafe:
            guard (856...887).contains(report.count) else { return nil }
            return fields(report, lengths: 505, texts: [508, 620, 732], room: 112)
        case .idTech: return try idTech(report)
        }
    }

    private func fields(_ report: [UInt8], lengths: Int, texts: [Int], room: Int) -> Swipe? {
        var tracks: [Swipe.Track] = []
        for index in 0..<3 {
            let length = Int(report[lengths + index])
            guard length <= room else { return nil }
            let text = Array(report[texts[index]..<texts[index] + length])
            tracks.append(Swipe.Track(text: text, number: index + 1, hasFailed: report[index] & 1 != 0))
        }
        return Swipe(tracks: tracks)
    }

    /// Status 0–2, lengths 3–5, encoding 6, length of all the rest 7–8 (low byte first), text from 9 on with what the
    /// reader is set to put around it.
    private func idTech(_ report: [UInt8]) throws(Swipe.Fault) -> Swipe? {
        let length = report.count == 509 ? Int(report[7]) | Int(report[8]) << 8 : .max
        guard length <= 500 else { return nil }
        let text = report[9..<9 + length].filter { $0 != 0x0D && $0 != 0x0A }
        let failed = report[..<3].map { $0 & 1 != 0 }
        guard let first = text.firstIndex(where: "%;+".utf8.contains), let last = text.lastIndex(of: UInt8(ascii: "?")),
            first < last
        else {
            return Swipe(tracks: failed.map { $0 ? .unreadable : .absent })
        }
        let tracks = try Swipe(text: Array(text[first...last])).tracks
        return Swipe(tracks: zip(tracks, failed).map { $1 ? .unreadable : $0 })
    }
}

extension Swipe.Track {
    /// As a report gives it. The start sentinel of track 3 is `;` there and `+` when it is typed.
    fileprivate init(text: [UInt8], number: Int, hasFailed: Bool) {
        if hasFailed {
            self = .unreadable
        } else if text.isEmpty {
            self = .absent
        } else if text.count < 3 || text.last != UInt8(ascii: "?") {
            self = .unreadable
        } else if number == 3, text[0] == UInt8(ascii: ";") {
            self = .text([UInt8(ascii: "+")] + text.dropFirst())
        } else {
            self = .text(text)
        }
    }
}
