// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import SimRandom
import Testing

struct JournalTests {
    private let bytes = Histories.bytes(Histories.short)

    @Test func aWholeJournalComesBack() throws {
        let recovery = try Journal.recover(from: bytes)
        #expect(recovery.state == Histories.state(Histories.short))
        #expect(recovery.validLength == bytes.count)
        #expect(recovery.droppedBytes == 0)
    }

    @Test func aNewFileIsAnEmptyJournal() throws {
        #expect(try Journal.recover(from: []).validLength == 0)
        let recovery = try Journal.recover(from: Journal.header)
        #expect(recovery.validLength == 8)
        #expect(recovery.state == JournalState())
    }

    /// The state after a cut is that of the records that are whole, and no byte is unaccounted for.
    @Test func everyTruncationRecoversToAPrefix() throws {
        var ends = [Journal.header.count]
        for entry in Histories.short { ends.append(ends[ends.count - 1] + entry.record.count) }
        for length in 0..<bytes.count {
            let recovery = try Journal.recover(from: Array(bytes[..<length]))
            let whole = ends.filter { $0 <= length }.count - 1
            #expect(recovery.validLength == (whole < 0 ? 0 : ends[whole]))
            #expect(recovery.droppedBytes == length - recovery.validLength)
            #expect(recovery.state == Histories.state(Histories.short.prefix(max(whole, 0))))
        }
    }

    @Test func everySingleBitFlipIsFound() {
        let lastRecord = bytes.count - Histories.short[Histories.short.count - 1].record.count
        for bit in 0..<(bytes.count * 8) {
            var broken = bytes
            broken[bit / 8] ^= 1 << (bit % 8)
            do {
                let recovery = try Journal.recover(from: broken)
                #expect(bit / 8 >= lastRecord && recovery.validLength == lastRecord, "bit \(bit) was cut")
            } catch {
                #expect(bit / 8 < lastRecord, "bit \(bit): \(error)")
                if bit / 8 < 7 { #expect(error == .badMagic) }
                if bit / 8 == 7 { #expect(error == .badMagic || error == .newerVersion(broken[7])) }
            }
        }
    }

    @Test func aBrokenRecordBeforeGoodOnesIsNamedByItsOffset() {
        let offset = 8 + Histories.short[0].record.count
        for index in offset..<(offset + Histories.short[1].record.count) {
            var broken = bytes
            broken[index] ^= 0x40
            #expect(throws: JournalFault.corrupt(offset: offset)) { try Journal.recover(from: broken) }
        }
    }

    @Test func aTailOfZerosOrNoiseIsCut() throws {
        var generator = SplitMix(seed: 7)
        for count in [1, 7, 8, 9, 512, 4096] {
            let zeros = try Journal.recover(from: bytes + Array(repeating: 0, count: count))
            #expect(zeros.validLength == bytes.count && zeros.droppedBytes == count)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(try Journal.recover(from: bytes + noise).validLength == bytes.count)
        }
    }

    @Test func anotherVersionIsNotRead() {
        var other = bytes
        for version in [3, 4, 0xFF] as [UInt8] {
            other[7] = version
            #expect(throws: JournalFault.newerVersion(version)) { try Journal.recover(from: other) }
        }
        other[7] = 0
        #expect(throws: JournalFault.badMagic) { try Journal.recover(from: other) }
        #expect(throws: JournalFault.badMagic) { try Journal.recover(from: Array("LANX".utf8)) }
    }

    @Test func recordsThatDoNotFollowAreFaults() {
        let identity = Histories.short[0]
        let table: [[JournalEntry]] = [
            [identity, Histories.outcome(1, sequence: 1), Histories.outcome(2, sequence: 3)],
            [identity, Histories.outcome(1, sequence: 1), Histories.outcome(2, sequence: 1)],
            [identity, Histories.outcome(1, sequence: 1), .acknowledged(through: 2)],
            [identity, identity],
            [.began(ReleaseID(1))],
        ]
        for entries in table {
            let offset = Histories.bytes(entries.dropLast()).count
            #expect(throws: JournalFault.outOfOrder(offset: offset)) {
                try Journal.recover(from: Histories.bytes(entries))
            }
        }
    }

    @Test func aWholeRecordOfUnknownMeaningIsAFault() {
        let payload: [UInt8] = [0xA1, 0x00, 0x18, 0x63]
        let length = UInt32(payload.count).bigEndianBytes
        let record = length + CRC32C.checksum(length + payload).bigEndianBytes + payload
        #expect(throws: JournalFault.badEntry(offset: bytes.count)) { try Journal.recover(from: bytes + record) }
    }

    @Test(arguments: 1...100 as ClosedRange<UInt64>) func randomHistoriesComeBack(seed: UInt64) throws {
        let entries = Histories.random(seed: seed, count: 300)
        let recovery = try Journal.recover(from: Histories.bytes(entries))
        #expect(recovery.state == Histories.state(entries), "SEED=\(seed)")
    }
}
