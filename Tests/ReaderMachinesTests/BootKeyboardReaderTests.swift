// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimRandom
import Testing

/// HID 1.11 appendix B.1, usages of the HID usage tables.
@Suite struct BootKeyboardReaderTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let up = Array(repeating: 0 as UInt8, count: 8)

    /// 0013110988 and Enter, as a 16C0:27DB reader types (rusty-octopus/rfid_media_player).
    static let published: [UInt8] = [0x27, 0x27, 0x1E, 0x20, 0x1E, 0x1E, 0x27, 0x26, 0x25, 0x25, 0x28]

    @Test(arguments: [nil, 2] as [UInt8?])
    func aBurstIsOneRead(number: UInt8?) {
        #expect(actions(Self.published.flatMap { [key($0), Self.up] }, number: number) == [deliver("0013110988")])
    }

    @Test func equalDigitsNeedAReleaseBetweenThem() {
        #expect(actions([key(0x1E), key(0x1E), Self.up, key(0x1E)] + enter) == [.drop(.tooShort)])
        let pairs = [key(0x1E), Self.up, key(0x1E), Self.up, key(0x1E), Self.up]
        #expect(actions(pairs + pairs + enter) == [deliver("111111")])
    }

    /// The next key goes down before the last one is up.
    @Test func keysMayOverlap() {
        let rolled: [[UInt8]] = [
            key(0x1E), [0, 0, 0x1E, 0x1F, 0, 0, 0, 0], key(0x1F), [0, 0, 0x1F, 0x20, 0, 0, 0, 0],
            [0, 0, 0x21, 0x22, 0x23, 0, 0, 0], Self.up,
        ]
        #expect(actions(rolled + enter) == [deliver("123456")])
    }

    @Test func aRolloverErrorSaysNothing() {
        let rollover: [UInt8] = [0, 0, 1, 1, 1, 1, 1, 1]
        let keys = Self.published.flatMap { [key($0), rollover, Self.up] }
        #expect(actions(keys) == [deliver("0013110988")])
    }

    @Test func shiftIsAModifier() {
        var options = ReaderOptions()
        options.grammar = .magstripe
        // ;1234? with the ? on Shift and /.
        let keys: [[UInt8]] = [0x33, 0x1E, 0x1F, 0x20, 0x21].flatMap { [key($0), Self.up] }
        let question: [[UInt8]] = [
            [2, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0x38, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0], Self.up,
        ]
        let read = RawRead(technology: .magstripe, text: Array(";1234?".utf8))!
        #expect(actions(keys + question + enter, options: options) == [.deliver(read)])
        let right: [[UInt8]] = [[0x20, 0, 0x38, 0, 0, 0, 0, 0], Self.up]
        #expect(actions(keys + right + enter, options: options) == [.deliver(read)])
    }

    @Test func altCodesAreCharacters() {
        var options = ReaderOptions()
        options.grammar = .text
        // 0 4 9 on the numeric block is `1`.
        let one: [[UInt8]] = [
            [4, 0, 0, 0, 0, 0, 0, 0], [4, 0, 0x62, 0, 0, 0, 0, 0], [4, 0, 0x5C, 0, 0, 0, 0, 0],
            [4, 0, 0x61, 0, 0, 0, 0, 0], Self.up,
        ]
        let keys = Array(repeating: one, count: 6).flatMap { $0 }
        let read = RawRead(technology: .wedge, text: Array("111111".utf8))!
        #expect(actions(keys + enter, options: options) == [.deliver(read)])
    }

    @Test func everyUsageIsAKeyOrSpoilsTheRead() {
        for usage in UInt8(2)...255 {
            let all = actions([key(usage), Self.up] + Self.published.flatMap { [key($0), Self.up] })
            #expect(all.count == 1, "usage \(usage)")
        }
        // Enter, Tab, NumLock, CapsLock and the keypad's Enter add nothing; digits are one more digit.
        for usage: UInt8 in [0x28, 0x2B, 0x53, 0x39, 0x58] {
            let all = actions([key(usage), Self.up] + Self.published.flatMap { [key($0), Self.up] })
            #expect(all == [deliver("0013110988")])
        }
    }

    @Test func reportsOfAnotherSizeAreUnknown() {
        for count in 0...20 where count != 8 {
            let report = Array(repeating: 0 as UInt8, count: count)
            #expect(actions([report]) == [.drop(.unknownFrame)], "\(count) bytes")
        }
    }

    @Test func mutatedReportsNeverTrap() {
        var seed = SplitMix(seed: 5)
        var reader = BootKeyboardReader()
        var now = Self.start
        for _ in 0..<20_000 {
            let count = [8, 8, 8, 9, 9, 7][Int(seed.next() % 6)]
            let report = (0..<count).map { _ in seed.next() % 3 == 0 ? UInt8(seed.next() % 112) : 0 }
            now = now + .milliseconds(Int(seed.next() % 20))
            _ = reader.handle(.report(report), at: now)
        }
        _ = reader.handle(.report(Self.up), at: now)
        now = now + .seconds(1)
        let good = Self.published.flatMap { [key($0), Self.up] }
            .flatMap { reader.handle(.report($0), at: now) }
        #expect(good == [deliver("0013110988")])
    }

    private var enter: [[UInt8]] { [key(0x28), Self.up] }
    private func key(_ usage: UInt8) -> [UInt8] { [0, 0, usage, 0, 0, 0, 0, 0] }
    private func deliver(_ text: String) -> ReaderDriver.Action {
        .deliver(RawRead(technology: .wedge, text: Array(text.utf8))!)
    }

    private func actions(
        _ reports: [[UInt8]], number: UInt8? = nil, options: ReaderOptions = ReaderOptions()
    ) -> [ReaderDriver.Action] {
        var reader = BootKeyboardReader(options: options)
        return reports.flatMap { report in
            reader.handle(.report((number.map { [$0] } ?? []) + report), at: Self.start)
        }
    }
}
