// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Why a journal cannot be read. Nothing was cut off: a person decides. Offsets count from the file's first byte.
package enum JournalFault: Error, Hashable, Sendable {
    /// The file is no journal.
    case badMagic
    /// A journal that a newer version of this program has written.
    case newerVersion(UInt8)
    /// A broken record with whole ones behind it: not the trace of a write that was cut short.
    case corrupt(offset: Int)
    /// A whole record that does not follow the ones before it, such as a gap in the events.
    case outOfOrder(offset: Int)
    /// A whole record that says what this version does not know.
    case badEntry(offset: Int)
}

/// The agent's journal as bytes: ``header``, then records one after the other.
package enum Journal {
    private static let magic = Array("LANYJRN".utf8)
    /// What a file starts with; the last byte is the version.
    package static let header = magic + [1]
    /// Of a file that may have charges that wait outside the stream of events. A program that does not know those is
    /// to say that it does not know the file, rather than to take such an entry for damage.
    package static let deferringHeader = magic + [2]
    /// Length and checksum before each payload.
    static let recordHeader = 8

    package struct Recovery: Equatable, Sendable {
        package let state: JournalState
        /// Cut the file to this length before the next append. 0: write ``Journal/header`` first.
        package let validLength: Int
        /// What the cut takes away: a record whose writing was cut short, so that nothing rests on it.
        package let droppedBytes: Int
        /// The file's first bytes are not those of ``JournalState/compacted(isDeferring:)``: write that.
        package let isOfOtherVersion: Bool
    }

    package static func recover(from bytes: [UInt8]) throws(JournalFault) -> Recovery {
        var state = JournalState()
        guard bytes.count >= header.count else {
            guard header.starts(with: bytes) else { throw .badMagic }
            return Recovery(state: state, validLength: 0, droppedBytes: bytes.count, isOfOtherVersion: false)
        }
        let isDeferring = try isDeferring(bytes)
        var offset = header.count
        while let payload = wholeRecord(bytes, at: offset) {
            let entry: JournalEntry
            do throws(WireFault) {
                entry = try JournalEntry(payload: payload)
            } catch {
                throw .badEntry(offset: offset)
            }
            guard state.take(entry, recordLength: payload.endIndex - offset) else { throw .outOfOrder(offset: offset) }
            offset = payload.endIndex
        }
        if hasWholeRecord(bytes, after: offset) { throw .corrupt(offset: offset) }
        return Recovery(
            state: state, validLength: offset, droppedBytes: bytes.count - offset,
            isOfOtherVersion: isDeferring == state.offline.deferred.isEmpty)
    }

    private static func isDeferring(_ bytes: [UInt8]) throws(JournalFault) -> Bool {
        guard !bytes.starts(with: header) else { return false }
        guard !bytes.starts(with: deferringHeader) else { return true }
        let (version, newest) = (bytes[header.count - 1], deferringHeader[header.count - 1])
        throw bytes.starts(with: magic) && version > newest ? .newerVersion(version) : .badMagic
    }

    /// The payload of the record that starts at `offset`, when all of it is there and its checksum is right.
    private static func wholeRecord(_ bytes: [UInt8], at offset: Int) -> ArraySlice<UInt8>? {
        guard bytes.count - offset > recordHeader else { return nil }
        let length = word(bytes, at: offset)
        let start = offset + recordHeader
        guard (1...JournalEntry.payloadLimit).contains(length), length <= bytes.count - start else { return nil }
        let payload = bytes[start..<(start + length)]
        guard word(bytes, at: offset + 4) == Int(CRC32C.checksum(bytes[offset..<(offset + 4)] + payload)) else {
            return nil
        }
        return payload
    }

    private static func hasWholeRecord(_ bytes: [UInt8], after offset: Int) -> Bool {
        guard offset < bytes.count else { return false }
        return ((offset + 1)..<bytes.count).contains { wholeRecord(bytes, at: $0) != nil }
    }

    private static func word(_ bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
}
