// SPDX-License-Identifier: Apache-2.0

import PrintFormats

/// One command line of an LPD client without its LF (RFC 1179 sections 5 and 6).
enum LPDCommand: Hashable, Sendable {
    case printWaiting
    case receiveJob(queue: String)
    case queueState(queue: String, isLong: Bool, list: [String])
    case removeJobs
    case abort
    case controlFile(count: UInt64, name: String)
    case dataFile(count: UInt64, name: String)

    enum Fault: Error, Hashable, Sendable { case unknown, malformed }

    /// Words of a queue state request that are looked at.
    static let listLimit = 32
    static let nameLimit = 255

    /// Where no job is being received.
    static func parse(_ line: [UInt8]) throws(Fault) -> LPDCommand {
        guard let code = line.first else { throw .unknown }
        let words = words(of: line)
        switch code {
        case 1: return .printWaiting
        case 2:
            guard words.count == 1 else { throw .malformed }
            return .receiveJob(queue: words[0])
        case 3, 4:
            guard let queue = words.first else { throw .malformed }
            return .queueState(queue: queue, isLong: code == 4, list: Array(words.dropFirst().prefix(listLimit)))
        case 5: return .removeJobs
        default: throw .unknown
        }
    }

    /// After "receive a printer job". Code 2 is then a control file, or the next "receive a printer job", which has
    /// one operand instead of two.
    static func parseWithinJob(_ line: [UInt8]) throws(Fault) -> LPDCommand {
        guard let code = line.first else { throw .unknown }
        let words = words(of: line)
        switch (code, words.count) {
        case (1, _): return .abort
        case (2, 1): return .receiveJob(queue: words[0])
        case (2, 2...): return .controlFile(count: try count(words[0]), name: words[1...].joined(separator: " "))
        case (3, 2...): return .dataFile(count: try count(words[0]), name: words[1...].joined(separator: " "))
        case (2, _), (3, _): throw .malformed
        default: throw .unknown
        }
    }

    private static func words(of line: [UInt8]) -> [String] {
        let operands = line.last == UInt8(ascii: "\r") ? line.dropFirst().dropLast() : line.dropFirst()
        return operands.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            .map { String(foreignText: $0, limit: nameLimit) }
    }

    /// A number too large for 64 bits means the same as any other absurd one.
    private static func count(_ word: String) throws(Fault) -> UInt64 {
        guard word.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .malformed
        }
        return UInt64(word) ?? .max
    }
}
