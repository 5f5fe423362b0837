// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import Testing

@Suite struct DurableEventTests {
    static let key = [UInt8](repeating: 7, count: DurableEvent.keyLength)
    static let at = WallTime(milliseconds: 1_700_000_000_000)

    static let events: [DurableEvent] =
        ReadResult.allCases.map { .readOutcome(ReadRecord(key: key, reader: "front", result: $0, at: at)) }
        + [.printed(pages: 0), .printed(pages: 4096), .unconfirmed, .neverStarted(.printerRefused)].map {
            .progress(Progress(release: ReleaseID(42), outcome: $0, evidence: .pjlJobEnd, at: at))
        }
        + [.printed(pages: 3), .unconfirmed, .neverStarted(.printerRefused)].map {
            .account(
                OfflineCharge(
                    key: key, fence: Fence(5), job: JobID(6), user: UserID(7), outcome: $0, evidence: .none, at: at))
        }

    @Test(arguments: events) func whatIsWrittenReadsBackTheSame(event: DurableEvent) throws {
        let payload = event.payload(sequence: 9)
        let (sequence, read) = try DurableEvent.decode(type: event.type, payload: payload[...])
        #expect(sequence == 9 && read == event)
    }

    @Test(arguments: events) func everyCutIsRefused(event: DurableEvent) {
        let payload = event.payload(sequence: 9)
        for length in 0..<payload.count {
            #expect(throws: WireFault.self) { try DurableEvent.decode(type: event.type, payload: payload[..<length]) }
        }
    }

    /// One event has one form: whatever else is understood, it is written the same way again.
    @Test(arguments: events) func aChangedByteIsRefusedOrMeansSomethingElse(event: DurableEvent) {
        let payload = event.payload(sequence: 9)
        for index in payload.indices {
            for bit in 0..<8 {
                var changed = payload
                changed[index] ^= 1 << bit
                guard let (sequence, read) = try? DurableEvent.decode(type: event.type, payload: changed[...]) else {
                    continue
                }
                #expect(read?.payload(sequence: sequence) == changed)
            }
        }
    }

    @Test func anUnknownTypeHasASequenceAndNoEvent() throws {
        let payload = Self.events[0].payload(sequence: 3)
        let (sequence, event) = try DurableEvent.decode(type: 99, payload: payload[...])
        #expect(sequence == 3 && event == nil)
        #expect(throws: WireFault.self) { try DurableEvent.decode(type: 32, payload: payload[...]) }
    }

    @Test func sequenceNumbersBeginAtOne() {
        let payload = Self.events[0].payload(sequence: 0)
        #expect(throws: WireFault.self) { try DurableEvent.decode(type: 21, payload: payload[...]) }
    }
}
