// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import SimRandom

/// Entries for tests; a seed names a history.
enum Histories {
    static let at = WallTime(milliseconds: 1_700_000_000_000)
    static let stream: [UInt8] = Array(0xA0...0xAF)

    static func key(_ number: Int) -> [UInt8] { Array(repeating: 0, count: 8) + UInt64(number).bigEndianBytes }

    static func presented(_ number: Int) -> JournalEntry {
        .presented(key: key(number), reader: "usb-1.2", at: at)
    }

    static func outcome(_ number: Int, sequence: UInt64) -> JournalEntry {
        .event(
            sequence: sequence,
            .readOutcome(ReadRecord(key: key(number), reader: "usb-1.2", result: .released, at: at)))
    }

    static func progress(_ release: Int64, sequence: UInt64) -> JournalEntry {
        .event(
            sequence: sequence,
            .progress(
                Progress(
                    release: ReleaseID(release), outcome: .printed(pages: 2), evidence: .pjlJobEnd, at: at)))
    }

    /// One of each, with something left of each.
    static let short: [JournalEntry] = [
        .identity(stream: stream), presented(1), outcome(1, sequence: 1), .began(ReleaseID(7)), .began(ReleaseID(8)),
        progress(7, sequence: 2), presented(2), .acknowledged(through: 1), presented(3), outcome(3, sequence: 3),
    ]

    static func random(seed: UInt64, count: Int) -> [JournalEntry] {
        var generator = SplitMix(seed: seed)
        var entries: [JournalEntry] = [.identity(stream: stream)]
        var next: UInt64 = 1
        var acknowledged: UInt64 = 0
        for number in 0..<count {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: entries.append(presented(number))
            case 1: entries.append(.began(ReleaseID(Int64(number))))
            case 2 where acknowledged + 1 < next:
                acknowledged = UInt64.random(in: (acknowledged + 1)..<next, using: &generator)
                entries.append(.acknowledged(through: acknowledged))
            case 3:
                entries.append(outcome(Int.random(in: 0...number, using: &generator), sequence: next))
                next += 1
            default:
                entries.append(progress(Int64.random(in: 0...Int64(number), using: &generator), sequence: next))
                next += 1
            }
        }
        return entries
    }

    static func state(_ entries: some Sequence<JournalEntry>) -> JournalState {
        var state = JournalState()
        for entry in entries { state.apply(entry) }
        return state
    }

    static func bytes(_ entries: some Sequence<JournalEntry>) -> [UInt8] {
        Journal.header + entries.flatMap(\.record)
    }
}
