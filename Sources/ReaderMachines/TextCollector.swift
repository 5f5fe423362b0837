// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

/// Gathers the characters of one read, typed or sent, and says at its end whether it is one.
///
///     idle ──character──▶ reading ──end──▶ idle, delivered or dropped
///     reading ──pause or a wrong character──▶ skipping ──end or pause──▶ idle
struct TextCollector: Sendable {
    typealias Action = ReaderDriver.Action

    struct Limits: Sendable {
        /// Characters of all three tracks with some room (ISO 7811: 79, 40 and 107).
        static let swipe = 240
        /// The slowest reader, on average between two characters; people type at 100 ms and more.
        static let meanInterval = Duration.milliseconds(50)

        var grammar: ReaderOptions.Grammar
        var technology: Technology
        /// The longest silence inside a read.
        var pause: Duration
        /// What takes longer was typed by a person; `nil`: no matter.
        var meanInterval: Duration?
        var shortest: Int
        var longest: Int
        var fixedLength: Int?
        var endsBySilence: Bool
        var tracksAreLines: Bool
        var track: Int?

        init(_ options: ReaderOptions, grammar: ReaderOptions.Grammar, technology: Technology, pause: Duration) {
            self.grammar = options.grammar ?? grammar
            let isSwipe = self.grammar == .magstripe
            self.technology = options.technology ?? (isSwipe ? .magstripe : technology)
            self.pause = options.pause ?? pause
            shortest = max(1, options.shortest)
            longest = isSwipe ? Self.swipe : min(max(options.longest, options.fixedLength ?? 0), RawRead.textLimit)
            fixedLength = options.fixedLength
            endsBySilence = options.endsBySilence || (isSwipe && options.tracksAreLines)
            tracksAreLines = isSwipe && options.tracksAreLines
            track = options.track
        }
    }

    private enum State: Sendable {
        case idle
        case reading(text: [UInt8], began: MonotonicTime, last: MonotonicTime)
        /// Swallows what is left of a bad read, so that its tail is not taken for a badge.
        case skipping(last: MonotonicTime)
    }

    private let limits: Limits
    private var state = State.idle

    init(limits: Limits) { self.limits = limits }

    var deadline: MonotonicTime? {
        switch state {
        case .idle: nil
        case .reading(_, _, let last), .skipping(let last): last + limits.pause
        }
    }

    mutating func reset() { state = .idle }

    mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        defer { state = .idle }
        guard case .reading(let text, let began, let last) = state else { return [] }
        if limits.endsBySilence { return [complete(text, lasted: last.elapsed(since: began), gaps: text.count - 1)] }
        let isSlow = isByHand(lasted: last.elapsed(since: began), gaps: text.count - 1)
        return [.drop(isSlow ? .typedByHand : .pausedMidRead)]
    }

    mutating func take(_ character: UInt8, at now: MonotonicTime) -> [Action] {
        switch state {
        case .idle: return extend([], with: character, began: now, at: now)
        case .reading(let text, let began, _): return extend(text, with: character, began: began, at: now)
        case .skipping:
            state = .skipping(last: now)
            return []
        }
    }

    /// The reader says that the read is over.
    mutating func end(at now: MonotonicTime) -> [Action] {
        guard case .reading(let text, let began, _) = state else {
            if !limits.tracksAreLines { state = .idle }
            return []
        }
        if limits.tracksAreLines {
            state = .reading(text: text, began: began, last: now)
            return []
        }
        state = .idle
        return [complete(text, lasted: now.elapsed(since: began), gaps: text.count)]
    }

    /// A new read begins, whatever was there before.
    mutating func restart(at now: MonotonicTime) -> [Action] {
        defer { state = .idle }
        if case .reading = state { return [.drop(.cutShort)] }
        return []
    }

    /// The read is lost, to its end.
    mutating func spoil(_ reason: ReaderDrop, at now: MonotonicTime) -> [Action] {
        defer { state = .skipping(last: now) }
        if case .skipping = state { return [] }
        return [.drop(reason)]
    }

    private mutating func extend(
        _ text: [UInt8], with character: UInt8, began: MonotonicTime, at now: MonotonicTime
    ) -> [Action] {
        if let reason = objection(to: character) { return spoil(reason, at: now) }
        guard text.count < limits.longest else { return spoil(.tooLong, at: now) }
        let isSmall = limits.grammar == .magstripe && (0x61...0x7A).contains(character)
        state = .reading(text: text + [isSmall ? character - 0x20 : character], began: began, last: now)
        return []
    }

    private func objection(to character: UInt8) -> ReaderDrop? {
        switch limits.grammar {
        case .digits: (0x30...0x39).contains(character) ? nil : .notADigit
        case .hex: ID12Frame.hexDigit(character) == nil ? .notHex : nil
        case .text, .magstripe: (0x20..<0x7F).contains(character) ? nil : .notPrintable
        }
    }

    private func complete(_ text: [UInt8], lasted: Duration, gaps: Int) -> Action {
        if isByHand(lasted: lasted, gaps: gaps) { return .drop(.typedByHand) }
        guard limits.grammar == .magstripe else { return deliver(text) }
        do throws(Swipe.Fault) {
            return deliver(try Swipe(text: text).text(track: limits.track))
        } catch {
            return .drop(error.drop)
        }
    }

    private func isByHand(lasted: Duration, gaps: Int) -> Bool {
        guard let meanInterval = limits.meanInterval, gaps > 0 else { return false }
        return lasted > meanInterval * gaps
    }

    private func deliver(_ text: [UInt8]) -> Action {
        if let fixedLength = limits.fixedLength, text.count != fixedLength { return .drop(.wrongLength) }
        guard limits.fixedLength != nil || text.count >= limits.shortest else { return .drop(.tooShort) }
        return RawRead(technology: limits.technology, text: text).map { .deliver($0) } ?? .drop(.tooLong)
    }
}
