// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintModel
import Primitives
import Testing

struct JournalEntryTests {
    /// The bytes of a record, so that a journal written by one build is read by the next.
    @Test func aRecordIsLengthChecksumAndPayload() {
        let payload: [UInt8] = [0xA2, 0x00, 0x02, 0x01, 0x07]
        let record = JournalEntry.began(ReleaseID(7)).record
        #expect(Array(record[..<4]) == [0, 0, 0, 5])
        #expect(Array(record[4..<8]) == CRC32C.checksum([0, 0, 0, 5] + payload).bigEndianBytes)
        #expect(Array(record[8...]) == payload)
    }

    @Test func theLongestEntryFitsItsRecord() {
        let name = String(repeating: "水", count: 99)
        let at = WallTime(milliseconds: .min)
        let record = ReadRecord(key: Histories.key(1), reader: name, result: .released, at: at)
        let event = JournalEntry.event(sequence: UInt64(Int64.max), .readOutcome(record))
        #expect(event.record.count <= 8 + JournalEntry.payloadLimit)
        let presented = JournalEntry.presented(key: Histories.key(1), reader: name, at: at)
        #expect(presented.record.count <= 8 + JournalEntry.payloadLimit)
    }
}
