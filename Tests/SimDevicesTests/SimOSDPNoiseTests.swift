// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import SimDevices
import Testing

/// Long runs on bad lines.
@Suite struct SimOSDPNoiseTests {
    /// 10,000 polls, and of a hundred packets one is disturbed.
    @Test(arguments: [1, 2] as [UInt64]) func noReadIsLostOrDoubledOnANoisyLine(seed: UInt64) {
        var line = OSDPLine.secure(seed: seed)
        line.noise.disturbed = 10
        line.open()
        line.run(for: .seconds(3))
        var presented = 0
        while line.questions < 10_000, presented < 2000 {
            presented += 1
            line.reader(0, .present(OSDPLine.badge(UInt64(presented))))
            line.run(for: .milliseconds(700))
        }
        line.noise.disturbed = 0
        line.run(for: .seconds(5))
        let isComplete = line.reads == (1...presented).map { OSDPLine.badge(UInt64($0)) }
        #expect(isComplete, "\(line.reads.count) of \(presented)")
        #expect(line.leaks.isEmpty && line.violations.isEmpty && line.troubles.isEmpty, "\(line.troubles)")
        #expect(line.questions >= 10_000 && line.drops(.badCRC) > 0 && line.drops(.noise) > 0)
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>) func threeReadersSurviveAVeryBadLine(seed: UInt64) {
        let addresses: [UInt8] = [0, 5, 0x7E]
        var line = OSDPLine(
            addresses.map { OSDPReaderSetting(address: $0, security: .key(OSDPLine.key)) },
            readers: addresses.map { address in
                var traits = SimOSDPReader.Traits()
                traits.address = address
                traits.key = OSDPLine.key.bytes
                traits.seed = seed &+ UInt64(address)
                return traits
            }, seed: seed)
        line.noise.disturbed = 150
        line.open()
        line.run(for: .seconds(10))
        for number in 0..<30 {
            line.reader(number % 3, .present(OSDPLine.badge(UInt64(number))))
            line.run(for: .milliseconds(400))
        }
        line.noise.disturbed = 0
        line.run(for: .seconds(20))
        let numbers = (0..<30).map { OSDPLine.badge(UInt64($0)) }
        let isComplete = Set(line.reads) == Set(numbers) && line.reads.count == 30
        #expect(isComplete, "seed \(seed): \(line.reads.count), \(line.troubles)")
        #expect(line.leaks.isEmpty && line.violations.isEmpty)
    }
}
