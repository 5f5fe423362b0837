// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import PrintFormats
import PrintModel
import Primitives
import ReaderMachines
import ReleaseWire
import SimDevices

/// What the fuzzer starts from: recordings, and small inputs that reach far into a decoder.
package struct FuzzSeeds: Sendable {
    private let recordings: [String]

    /// - Parameter recordings: as text.
    package init(recordings: [String]) { self.recordings = recordings }

    package func seeds(for target: FuzzTarget) -> [[UInt8]] {
        switch target {
        case .readers: recordings.compactMap { try? SimRecording($0) }.map { ReaderScript($0).encoded }
        case .recordings: recordings.map { Array($0.utf8) }
        case .osdpFrames: Self.packets
        case .osdpPanel: Self.panel
        case .credentials: Self.reads
        case .converters: Self.chains.map { Array($0.utf8) + [0] + Array("0006547886".utf8) }
        case .lpd: Self.jobs.map { [0, 0, 0] + Array($0.utf8) }
        case .lpdControlFile: [Array(Self.controlFile.utf8)]
        case .prpFrames, .prpSessions: Self.connections
        case .pjlReplies: Self.replies.map { [1] + Array($0.utf8) }
        case .pjlFilter: Self.documents.map { [1] + Array($0.utf8) }
        case .pwgRaster: [[1] + Self.raster]
        case .dsc: [[1] + Array(Self.postScript.utf8)]
        case .analysisReport:
            [AnalysisReport(kind: .pdf, walk: PageWalk(pages: 3, colorPages: 1), copies: 2, title: "letter").encoded]
        case .journal: [[0, 9] + Self.journal, [1, 9] + Self.payloads]
        }
    }

    // MARK: Readers

    private static let packets: [[UInt8]] = {
        let replies: [(UInt8, [UInt8])] = [
            (0x40, []), (0x41, [4]), (0x45, [0xCA, 0x44, 0x6C, 1, 0, 0xC7, 0x92, 2, 0, 1, 7, 15]),
            (0x46, [3, 1, 1, 9, 1, 0]), (0x48, [1, 0]), (0x50, [0, 1, 26, 0, 0x81, 0x13, 0x3C, 0x40]),
            (0x53, [0, 4, 0x31, 0x32, 0x33, 0x0D]),
        ]
        return replies.flatMap { code, data in
            [OSDPFrame.Check.crc, .checksum].map { check in
                let head = OSDPFrame.Head(address: 1, isReply: true, sequence: 1, check: check)
                return [OSDPFrame.mark] + OSDPFrame(head, code: code, data: data).encoded
            }
        } + [OSDPFrame(OSDPFrame.Head(address: 1, sequence: 2), code: 0x60).encoded]
    }()

    /// Everybody answers as asked, a badge is held to both, then somebody forges.
    private static let panel: [[UInt8]] = {
        let turns = (0..<24).flatMap { _ in [3, 0, 60] as [UInt8] }
        let badges: [UInt8] = [8, 0, 8, 1]
        let forged: [UInt8] = [2, 0, 0, 0x50, 8, 0, 1, 26, 0, 0x81, 0x13, 0x3C, 0x40]
        return [
            turns + badges + turns, turns + forged + turns, [7, 1] + turns, turns + badges + [3, 5, 9, 1] + turns,
        ]
    }()

    private static let reads: [[UInt8]] = {
        let texts: [(UInt8, String)] = [
            (1, "10000001000100111000111101"), (2, "204F1B2"), (2, "0C000621A5"), (3, "2004BB9E9A"),
            (3, "0000000000000020067F1A3E"), (4, "0000261ADB00C8"),
            (6, "%B5581123456781323^DOE/JOHN^16071011?;5581=1607?"),
            (8, "0C000621A58E"), (8, "0006547886"), (8, "4711"),
        ]
        return texts.map { [1, $0] + Array($1.utf8) } + [
            [2, 5, 0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0x80], [2, 0, 0x12, 0x34],
        ]
            + [[3, 7] + [1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0]]
    }()

    private static let chains = [
        "bits(1..24)|hex2dec|pad(10)", "regex(0*([0-9]+))|dec2hex|pad(8)", "substring(1,4)|reverse-bytes", "unpack",
        "bits(1..8,9..24)|reverse-bits|reverse-nibbles|strip-parity|hex2dec",
    ]

    // MARK: Printing

    private static let controlFile = "Hdesk\nPana\nJletter\nCdesk\nLana\nldfA001desk\nUdfA001desk\nNletter.ps\n"

    private static let jobs = [
        "\u{2}hold\n\u{2}\(controlFile.utf8.count) cfA001desk\n\(controlFile)\0\u{3}5 dfA001desk\nhello\0",
        "\u{2}hold\n\u{3}5 dfA001desk\nhello\0\u{2}\(controlFile.utf8.count) cfA001desk\n\(controlFile)\0",
        "\u{3}hold\n", "\u{4}hold ana 17\n", "\u{5}hold ana 17\n", "\u{1}hold\n", "\u{2}hold\n\u{1}\n",
        "\u{2}hold\n\u{3}125899906843000 dfA001desk\nhello",
    ]

    private static let replies = [
        "@PJL USTATUS JOB\r\nEND\r\nNAME=\"L-7\"\r\nPAGES=3\r\n\u{C}", "@PJL USTATUS PAGE\r\n2\r\n\u{C}",
        "@PJL USTATUS DEVICE\r\nCODE=40019\r\nDISPLAY=\"OUTPUT FULL\"\r\nONLINE=FALSE\r\n\u{C}",
        "@PJL INFO PAGECOUNT\r\nPAGECOUNT=1234\r\n\u{C}", "@PJL ECHO L-7\r\n\u{C}",
    ]

    private static let documents = [
        "\u{1B}%-12345X@PJL JOB NAME=\"x\"\r\n@PJL SET HOLD=ON\r\n"
            + "@PJL ENTER LANGUAGE=POSTSCRIPT\r\n%!PS\n\u{1B}%-12345X",
        "\u{1B}%-12345X@PJL FSDOWNLOAD FORMAT:BINARY SIZE=4 NAME=\"0:\\x\"\r\nabcd@PJL EOJ\r\n\u{1B}%-12345X",
        "%!PS\nshowpage\n",
    ]

    private static let postScript = """
        %!PS-Adobe-3.0
        %%Title: letter
        %%For: ana
        %%Pages: (atend)
        %%EndComments
        %%Page: 1 1
        %%BeginDocument: x
        %%Page: 1 1
        %%EndDocument
        %%PageResources: (x)
        %%BeginData: 1 Binary Bytes
        x
        %%EndData
        %%Trailer
        %%Pages: 1
        %%EOF

        """

    /// One page of 8 × 2 grey pixels.
    private static let raster: [UInt8] = {
        var page = [UInt8](repeating: 0, count: 1796)
        page.replaceSubrange(0..<9, with: Array("PwgRaster".utf8))
        for (offset, value) in [(276, 300), (280, 300), (372, 8), (376, 2), (384, 8), (388, 8), (392, 8), (400, 18)] {
            page[offset + 2] = UInt8(value >> 8)
            page[offset + 3] = UInt8(value & 0xFF)
        }
        page[423] = 1
        return Array("RaS2".utf8) + page + [1, 7, 0xFF]
    }()

    // MARK: Agent

    private static let stream = [UInt8](repeating: 7, count: Wire.keyLength)
    private static let at = WallTime(milliseconds: 1_700_000_000_000)

    private static let connections: [[UInt8]] = {
        let hello = Frame(.request(.hello(Hello(software: "x", stream: stream, nextSequence: 1, unsettled: []))))
        let welcome = Frame(
            .reply(.welcome(Welcome(agent: "x", epoch: 1, committed: 0, serverTime: at)), hasMore: false))
        let more = [
            Frame(.ping), Frame(.request(.release(session: SessionID(7))), correlation: 3),
            Frame(
                .request(.documentOpen(DocumentOpen(release: ReleaseID(5), offset: 0, window: 65_536))),
                correlation: 4),
            Frame(.event(sequence: 1, .progress(progress))),
            Frame(.grant(bytes: 512), correlation: 4), Frame(.acknowledgement(through: 1)),
            Frame(.request(.jobList(JobListQuery(session: SessionID(7), after: nil))), correlation: 5),
            Frame(.bytes(offset: 0, [1, 2, 3]), correlation: 4), Frame(.goAway(.goAway(retryAfter: .seconds(5)))),
        ].flatMap { $0.encode() }
        return [[9] + hello.encode() + more, [9] + welcome.encode() + more, [9] + more]
    }()

    private static let progress = Progress(
        release: ReleaseID(5), outcome: .printed(pages: 3), evidence: .pjlJobEnd, at: at)

    private static let entries: [JournalEntry] = [
        .identity(stream: stream), .acknowledged(through: 3), .presented(key: stream, reader: "front", at: at),
        .began(ReleaseID(5)), .event(sequence: 4, .progress(progress)), .acknowledged(through: 4),
        .offline(.forgot([UserID(3)], through: 2)), .offline(.used(Fence(7), key: stream)), .offline(.over(Fence(7))),
        .offline(.used(Fence(8), key: stream, account: AccountID(5))), .offline(.deferred(charge)),
    ]

    private static let charge = OfflineCharge(
        key: stream, fence: Fence(8), job: JobID(9), user: UserID(3), outcome: .unconfirmed, evidence: .none, at: at)

    private static let journal = Journal.header + entries.flatMap(\.record)

    private static let payloads = entries.flatMap { entry -> [UInt8] in
        let payload = entry.record.dropFirst(8)
        return [UInt8(payload.count)] + payload
    }
}
