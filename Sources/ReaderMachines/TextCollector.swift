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
        case reading(Text)
        /// Swallows what is left of a bad read, so that its tail is not taken for a badge.
        case skipping(last: MonotonicTime)
    }

    private struct Text: Sendable {
        var characters: [UInt8] = []
        /// Keys pressed for them: in Alt mode a character takes several.
        var strokes = 0
        let began: MonotonicTime
        var last: MonotonicTime
    }

    private let limits: Limits
    private var state = State.idle

    init(limits: Limits) { self.limits = limits }

    var deadline: MonotonicTime? {
        switch state {
        case .idle: nil
        case .reading(let text): text.last + limits.pause
        case .skipping(let last): last + limits.pause
        }
    }

    mutating func tick(at now: MonotonicTime) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        defer { state = .idle }
        guard case .reading(let text) = state else { return [] }
        if limits.endsBySilence { return [complete(text, at: text.last)] }
        return [.drop(isByHand(text, at: text.last) ? .typedByHand : .pausedMidRead)]
    }

    mutating func take(_ character: UInt8, at now: MonotonicTime) -> [Action] {
        guard var text = stroke(at: now) else { return [] }
        if let reason = objection(to: character) { return spoil(reason, at: now) }
        guard text.characters.count < limits.longest else { return spoil(.tooLong, at: now) }
        let isSmall = limits.grammar == .magstripe && (0x61...0x7A).contains(character)
        text.characters.append(isSmall ? character - 0x20 : character)
        state = .reading(text)
        return []
    }

    /// A key was pressed that is part of a character still to come.
    mutating func touch(at now: MonotonicTime) { _ = stroke(at: now) }

    /// `nil` when the key belongs to a read already lost.
    private mutating func stroke(at now: MonotonicTime) -> Text? {
        var text: Text
        switch state {
        case .idle: text = Text(began: now, last: now)
        case .reading(let open): text = open
        case .skipping:
            state = .skipping(last: now)
            return nil
        }
        text.strokes += 1
        text.last = now
        state = .reading(text)
        return text
    }

    /// The reader says that the read is over.
    mutating func end(at now: MonotonicTime) -> [Action] {
        guard case .reading(var text) = state else {
            if !limits.tracksAreLines { state = .idle }
            return []
        }
        text.last = now
        text.strokes += 1
        state = limits.tracksAreLines ? .reading(text) : .idle
        return limits.tracksAreLines ? [] : [complete(text, at: now)]
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

    private func objection(to character: UInt8) -> ReaderDrop? {
        switch limits.grammar {
        case .digits: (0x30...0x39).contains(character) ? nil : .notADigit
        case .hex: Hexadecimal.value(of: character) == nil ? .notHex : nil
        case .text, .magstripe: (0x20..<0x7F).contains(character) ? nil : .notPrintable
        }
    }

    private func complete(_ text: Text, at end: MonotonicTime) -> Action {
        if isByHand(text, at: end) { return .drop(.typedByHand) }
        guard limits.grammar == .magstripe else { return deliver(text.characters) }
        do throws(Swipe.Fault) {
            return deliver(try Swipe(text: text.characters).text(track: limits.track))
        } catch {
            return .drop(error.drop)
        }
    }

    private func isByHand(_ text: Text, at end: MonotonicTime) -> Bool {
        guard let meanInterval = limits.meanInterval, text.strokes > 1 else { return false }
        return end.elapsed(since: text.began) > meanInterval * (text.strokes - 1)
    }

    private func deliver(_ text: [UInt8]) -> Action {
        if let fixedLength = limits.fixedLength, text.count != fixedLength { return .drop(.wrongLength) }
        guard limits.fixedLength != nil || text.count >= limits.shortest else { return .drop(.tooShort) }
        guard !text.isEmpty else { return .drop(.tooShort) }
        return RawRead(technology: limits.technology, text: text).map { .deliver($0) } ?? .drop(.tooLong)
    }
}
