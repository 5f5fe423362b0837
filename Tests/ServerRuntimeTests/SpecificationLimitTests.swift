// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Crypto
import Foundation
import PrintModel
import Primitives
import ReleaseRules
import Testing

@testable import ReleaseWire
@testable import ServerCore
@testable import ServerRuntime

/// The specification's numbers are those of the code.
struct SpecificationLimitTests {
    private let text: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appending(path: "Sources/ReleaseWire/ReleaseWire.docc/PRP-1.md")
        text = try String(contentsOf: article, encoding: .utf8)
    }

    private static func grouped(_ number: Int) -> String {
        number < 1_000 ? "\(number)" : "\(number / 1_000)," + String("00\(number % 1_000)".suffix(3))
    }

    private static func seconds(_ duration: Duration) -> String {
        let ms = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
        return ms % 1_000 == 0 ? "\(ms / 1_000) s" : "\(ms / 1_000).\(ms % 1_000 / 100) s"
    }

    private static let wire: [(String, String)] = [
        ("opening complete, server's side, from the end of the handshake on", seconds(ServerSession.greetingLimit)),
        ("answer to the opening, agent's side", seconds(AgentSession.openingLimit)),
        ("ping after no byte from the peer for", "\(seconds(IdleClock.pingAfter)), and every 15 s from then on"),
        ("connection given up after no byte from the peer for", seconds(IdleClock.deadAfter)),
        ("pings from one peer within 15 s", "\(IdleClock.pingLimit)"),
        ("frame before the opening is accepted, header included", "\(grouped(FrameBuffer.openingLimit)) bytes"),
        (
            "frame: length field, other kinds / data",
            "\(grouped(FrameHeader.payloadLimit + 8)) / \(grouped(FrameHeader.dataPayloadLimit + 8))"
        ),
        ("requests open at once, documents included", "\(ServerRequests.limit)"),
        ("events without acknowledgement", "\(EventWindow.limit)"),
        ("bytes in one data frame", grouped(DocumentPiece.limit)),
        ("levels / items of a payload", "\(CBORReader.depthLimit) / \(grouped(CBORReader.itemLimit))"),
        ("unsettled releases in `HELLO`", "\(Hello.unsettledLimit)"),
        (
            "capabilities in `HELLO` and `WELCOME` / bytes of a name",
            "\(Capability.countLimit) / \(Capability.nameLimit)"
        ),
        ("bytes of a secret that a person typed", "\(ChallengeReply.secretLimit)"),
        ("jobs in one `RELEASE`, `HOLD` or `DELETE`, and granted by one", "\(ReleaseGrant.countLimit)"),
        ("jobs in one `JOBS` / billing codes in one `ACCOUNTS`", "\(JobPage.countLimit) / \(AccountPage.countLimit)"),
        (
            "readers in one `READER_STATUS` / reasons of each",
            "\(ReaderStatus.countLimit) / \(ReaderStatus.dropLimit)"
        ),
        ("bytes of rows in one `REPORT`", grouped(ReportPage.rowsLimit)),
        ("bytes of a new key / of its signature", "\(KeyRotation.publicKeyLimit) / \(KeyRotation.signatureLimit)"),
        ("custodies of one agent", "\(CustodyAsk.limit)"),
        (
            "offers / people to forget in one answer", "\(CustodyAnswer.offerLimit) / \(CustodyAnswer.forgetLimit)"
        ),
    ]

    private static let rules: [(String, String)] = [
        (
            "TLS handshake, from the TCP connection on, server's side", seconds(AgentListener.handshakeLimit)
        ),
        ("streams of one agent that the server remembers, the newest", "\(StreamRule.streamLimit)"),
        (
            "connections without `WELCOME`, from one address / in all",
            "\(AgentListener.strangersPerAddress) / \(AgentListener.strangersInAll)"
        ),
        (
            "connections with it, from one address / in all",
            "\(AgentListener.linksPerAddress) / \(grouped(AgentListener.linksInAll))"
        ),
        (
            "`HELLO` of one key at once / one more each",
            "\(OpeningRates.rate.burst) / \(seconds(OpeningRates.rate.interval))"
        ),
        ("secrets of one connection that are looked at, at a time", "\(SecretChecks.shareLimit)"),
        ("between two changes of the PIN by its owner", seconds(PINRule.changePause)),
        ("goaway: what is open is finished, server's side", seconds(ReleaseService.drainLimit)),
        ("age of a read", seconds(ReadRule.freshness)),
        ("answer to a prompt", seconds(ReadRule.challengeLife)),
        (
            "idle session, server's side",
            "key 5 of `SESSION` and \(seconds(SessionRule.logOutSlack)), without *dialogue* "
                + seconds(SessionRule.idleLife)
        ),
        (
            "what an agent keeps of people it has learned",
            "\(OfflineRule.cacheLife.components.seconds / 3600) h, \(grouped(OfflineRecords.rememberedLimit))"
        ),
        ("wrong secrets in a row, of one user, until a wait", "\(LockRule.freeTries)"),
        (
            "the waits of a user: the first one, doubled each time up to",
            "\(LockRule.firstBar.components.seconds / 60) min / \(LockRule.longestBar.components.seconds / 3600) h"
        ),
        ("wrong secrets in a row, of one user, until an administrator must unlock", "\(LockRule.failureLimit)"),
        (
            "wrong secrets without a wait, at one reader / at one agent",
            "\(PlaceLockRule.reader.freeTries) / \(PlaceLockRule.agent.freeTries)"
        ),
        ("the longest wait at a reader or agent", "\(PlaceLockRule.longestBar.components.seconds / 3600) h"),
        ("second read of a badge after *present again*", seconds(EnrolmentRule.againLife)),
        ("what a release waits for jobs that are lent to another agent", seconds(CustodyRule.recallPatience)),
        (
            "what a lent job waits beyond its lease for a silent holder",
            "\(CustodyRule.margin.components.seconds / 60) min"
        ),
        (
            "silence about a release until it is in doubt, or held again",
            "\(OutcomeRule.silence.components.seconds / 3600) h"
        ),
    ]

    private static func budget(_ what: String, _ rate: TokenBucket.Rate) -> (String, String) {
        let ms = rate.interval / .milliseconds(1)
        return (what, "\(grouped(rate.burst)) | \(ms < 1000 ? "\(Int(ms)) ms" : seconds(rate.interval))")
    }

    private static let budgets: [(String, String)] = [
        (
            "a custody listed as used by an agent that is there, until it is in doubt",
            "\(CustodyRule.usedLife.components.seconds / 3600) h"
        ),
        budget("reads of badges that nobody has, at one reader", AgentBudgetRule.unknownAtReader),
        budget("reads of badges that nobody has, at one agent", AgentBudgetRule.unknownAtAgent),
        budget("people met who are not among the last \(AgentBudgetRule.usersKept)", AgentBudgetRule.newUsers),
        budget("`CREDENTIAL`, `LOGIN` and first pages of `REPORT_QUERY` together", AgentBudgetRule.requests),
        budget("`READER_STATUS`", AgentBudgetRule.readerStatements),
        budget("`ROTATE_KEY`", AgentBudgetRule.rotations),
        budget("events that nothing called for", AgentBudgetRule.uncalledEvents),
    ]

    @Test(arguments: [wire, rules, budgets])
    func eachLimitOfTheTablesIsTheCodes(limits: [(String, String)]) {
        for (what, value) in limits { #expect(text.contains("| \(what) | \(value) |"), "\(what): \(value)") }
    }

    @Test func noRowOfTheTablesIsForgotten() throws {
        let tables = text.components(separatedBy: "## Timers and limits\n")[1].components(separatedBy: "\n## ")[0]
        let rows = tables.components(separatedBy: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| what |") }
        // By nature, and what the store has in its own words.
        let others = [
            "bytes of one document beyond its credit", "life of an enrolment string / wrong proofs",
            "bytes for one peer that the network does not take",
        ]
        let known = (Self.wire + Self.rules + Self.budgets).map(\.0) + others
        for row in rows { #expect(known.contains { row.hasPrefix("| \($0)") }, "\(row)") }
        #expect(rows.count == known.count)
    }

    @Test func theExampleOfAnEnrolmentStringIsWhatTheAgentComputes() throws {
        let rows = text.components(separatedBy: "| string | `")[1].components(separatedBy: "`")
        let code = try EnrolmentCode(typed: rows[0])
        let server = KeyHash(checked: Array(0..<32))
        let proof = code.proof(agent: KeyHash(checked: Array(32..<64)), server: server)
        #expect(text.contains("| proof | `\(Hexadecimal.text(proof))` |"))
        #expect(code.pin.accepts(server))
    }
}
