// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
import Primitives
import ReleaseWire

/// One frame of each form, as the specification shows them.
enum Samples {
    static let key: [UInt8] = Array(0xA0...0xAF)
    static let digest: [UInt8] = Array(0...31)
    static let at = WallTime(milliseconds: 1_700_000_000_000)
    static let start = MonotonicTime(nanoseconds: 1_000_000_000)

    static let hello = Hello(
        software: "lanyard-agent 1", stream: key, nextSequence: 8, unsettled: [ReleaseID(5), ReleaseID(1000)])
    static let ableHello = Hello(
        software: "lanyard-agent 2", stream: key, nextSequence: 1, unsettled: [], capabilities: [.readers, .dialogue])
    static let ableWelcome = Welcome(
        agent: "copier-2", epoch: 4, committed: 0, serverTime: at, capabilities: [.dialogue])
    static let welcome = Welcome(agent: "copier-2", epoch: 3, committed: 7, serverTime: at)
    static let enrolment = Enrolment(name: "copier-2", proof: digest)
    static let reportsEnrolment = Enrolment(name: "reports", proof: digest, purpose: .reports)
    static let bits = BitString(value: 0x2_1234_56, count: 26)!
    static let badge = Presented(
        reader: "usb-1.2", read: RawRead(technology: .proximity, bits: bits), key: key, age: .milliseconds(12))
    static let typed = Presented(
        reader: "usb-1.2", read: RawRead(technology: .wedge, text: Array("0012345678".utf8))!, key: key,
        age: .milliseconds(300))
    static let challenge = Challenge(prompt: 9, kind: .pin, triesLeft: 3)
    static let pin = ChallengeReply(prompt: 9, secret: SecretBytes(Array("4711".utf8)))
    static let printer = PrinterLink(id: PrinterID(2), name: "first floor", uri: "socket://10.0.0.9:9100")
    static let session = SessionGrant(session: SessionID(77), user: "Ada", jobs: 2, printer: printer)
    static let sessionEnd = SessionEnd(session: SessionID(77), reason: .done)
    static let outcome = ReadRecord(key: key, reader: "usb-1.2", result: .released, at: at)
    static let grant = ReleaseGrant(
        release: ReleaseID(1001), job: JobID(500), title: "Prüfung.pdf", user: "Ada", format: "pdf", size: 70_000,
        pages: 3)
    static let unknownPages = ReleaseGrant(
        release: ReleaseID(1002), job: JobID(501), title: "", user: "Ada", format: "", size: 0, pages: nil)
    static let open = DocumentOpen(release: ReleaseID(1001), offset: 0, window: 262_144)

    static let rotation = KeyRotation(key: KeyHash(checked: digest), publicKey: [0x30, 0x59], signature: [0x30, 0x44])
    static let query = ReportQuery(name: "history", month: "2026-11", cursor: 0)
    static let shownQuery = ReportQuery(name: "history", month: "2026-11", cursor: 0, shownAs: "users")
    static let emptyReport = ReportPage(
        rows: "", next: nil, money: ReportPage.Money(currency: "EUR", scale: 2))
    static let report = ReportPage(rows: "user,pages\r\nada,3\r\n", next: 600)

    static func progress(_ outcome: Outcome, _ evidence: Evidence = .none) -> ReleaseMessage {
        .progress(Progress(release: ReleaseID(1001), outcome: outcome, evidence: evidence, at: at))
    }

    /// In the order of the specification's examples.
    static let frames: [Frame] =
        openings + people + lists + releases + ordered + selections + documents + endings + readers + [
            Frame(.request(.reportQuery(query)), correlation: 13),
            Frame(.request(.reportQuery(shownQuery)), correlation: 13),
            Frame(.reply(.report(report), hasMore: false), correlation: 13),
            Frame(.reply(.report(ReportPage(rows: "", next: nil)), hasMore: false), correlation: 13),
            Frame(.reply(.report(emptyReport), hasMore: false), correlation: 13),
            Frame(.acknowledgement(through: 8)),
            Frame(.reply(.refused(Refusal(.unknownCredential)), hasMore: false), correlation: 7),
            Frame(.reply(.refused(Refusal(.busy, retryAfter: .seconds(2))), hasMore: false), correlation: 7),
            Frame(.goAway(.goAway(retryAfter: .seconds(5)))),
            Frame(.ping),
            Frame(.pong),
        ] + offline

    static let lent = CustodyFacts(
        fence: Fence(31), job: JobID(500), user: UserID(4), label: "Ada", title: "Prüfung.pdf", format: "pdf",
        size: 70_000, sha256: digest, pages: 3)
    static let charge = OfflineCharge(
        key: key, fence: Fence(31), job: JobID(500), user: UserID(4), outcome: .printed(pages: 3),
        evidence: .pjlJobEnd, at: at)

    private static let chargeWithCode = {
        var other = charge
        other.account = AccountID(5)
        return other
    }()

    static let offline = [
        Frame(
            .command(
                .offline(
                    .policy(
                        OfflinePolicy(mode: .chargeLater, pages: 50, lease: .seconds(28_800), interval: .seconds(15))))
            )),
        Frame(
            .request(
                .offline(
                    .ask(
                        CustodyAsk(
                            items: [.init(Fence(29), .used), .init(Fence(30), .ready)], room: 536_870_912,
                            forgotten: 6)))), correlation: 12),
        Frame(
            .reply(
                .offline(
                    .answer(
                        CustodyAnswer(
                            lent: [Fence(29), Fence(30)], lease: .seconds(28_800), offers: [lent],
                            printer: OfflinePrinter(
                                id: PrinterID(2), name: "first floor", uri: "socket://10.0.0.9:9100"),
                            forget: [UserID(9)], forgotten: 7))), hasMore: false), correlation: 12),
        Frame(.command(.offline(.askNow))),
        Frame(.request(.offline(.learn(session: SessionID(77)))), correlation: 13),
        Frame(
            .reply(
                .offline(.learned(Learned(user: UserID(4), label: "Ada", needsSecondFactor: false))), hasMore: false),
            correlation: 13),
        Frame(.request(.offline(.open(CustodyOpen(fence: Fence(31), offset: 0, window: 262_144)))), correlation: 14),
        Frame(.event(sequence: 11, .account(charge))),
        Frame(.event(sequence: 12, .account(chargeWithCode))),
    ]

    private static let endings = [
        Frame(.event(sequence: 8, progress(.printed(pages: 3), .pjlJobEnd))),
        Frame(.event(sequence: 9, progress(.unconfirmed))),
        Frame(.event(sequence: 10, progress(.neverStarted(.printerUnreachable)))),
    ]

    private static let openings = [
        Frame(.request(.hello(hello))),
        Frame(.request(.hello(ableHello))),
        Frame(.reply(.welcome(welcome), hasMore: false)),
        Frame(.reply(.welcome(ableWelcome), hasMore: false)),
        Frame(.request(.enrol(enrolment))),
        Frame(.request(.enrol(reportsEnrolment))),
        Frame(.reply(.enrolled(name: "copier-2"), hasMore: false)),
        Frame(.request(.rotateKey(rotation)), correlation: 12),
        Frame(.reply(.keyAnnounced, hasMore: false), correlation: 12),
    ]

    private static let people = [
        Frame(.request(.credential(badge)), correlation: 7),
        Frame(.request(.credential(typed)), correlation: 7),
        Frame(.reply(.challenge(challenge), hasMore: false), correlation: 7),
        questions[0],
        questions[1],
        Frame(.request(.challengeReply(pin)), correlation: 8),
        Frame(.reply(.session(session), hasMore: false), correlation: 8),
        Frame(.reply(.session(longSession), hasMore: false), correlation: 8),
        Frame(.request(.sessionEnd(sessionEnd)), correlation: 9),
        Frame(.reply(.sessionEnd(sessionEnd), hasMore: false), correlation: 9),
        Frame(.command(.sessionEnd(SessionEnd(session: SessionID(77), reason: .idle)))),
        Frame(.event(sequence: 8, .readOutcome(outcome))),
    ]

    private static let releases = [
        Frame(.request(.release(session: SessionID(77))), correlation: 10),
        Frame(.reply(.releases([grant]), hasMore: true), correlation: 10),
        Frame(.reply(.releases([unknownPages]), hasMore: false), correlation: 10),
    ]

    private static let documents = [
        Frame(.request(.documentOpen(open)), correlation: 11),
        Frame(.reply(.documentOpened(size: 70_000), hasMore: false), correlation: 11),
        Frame(.bytes(offset: 65_536, Array("%PDF".utf8)), correlation: 11),
        Frame(.grant(bytes: 65_536), correlation: 11),
        Frame(.abandon, correlation: 11),
        Frame(.end(sha256: digest), correlation: 11),
        Frame(.failed(Refusal(.documentUnavailable)), correlation: 11),
    ]
}

extension Frame {
    /// All frames in `bytes`.
    static func all(in bytes: [UInt8]) throws -> [Frame] {
        var buffer = FrameBuffer()
        try buffer.append(bytes[...])
        var frames: [Frame] = []
        while let (header, payload) = try buffer.next() { frames.append(try Frame(header, payload)) }
        guard buffer.isEmpty else { throw WireFault.truncated(wanted: 1, left: 0) }
        return frames
    }
}
