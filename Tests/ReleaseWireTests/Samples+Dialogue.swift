// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

/// The messages since `dialogue`.
extension Samples {
    static let terms = SessionTerms(idleLife: .seconds(60), inDoubt: 1, account: .required, mayChangePIN: true)
    static let longSession = SessionGrant(session: SessionID(77), user: "Ada", jobs: 0, printer: printer, terms: terms)
    static let login = Login(
        reader: "usb-1.2", key: key, age: .milliseconds(12),
        user: (typed: "4711", proof: .pin, secret: SecretBytes(Array("0815".utf8))))
    static let claim = Login(
        reader: "usb-1.2", key: key, age: .zero,
        user: (typed: "ada", proof: .password, secret: SecretBytes(Array("päss".utf8))), prompt: 9)
    static let line: JobLine = {
        var line = JobLine(job: JobID(500), title: "Prüfung.pdf", state: .held, size: 70_000, receivedAt: at)
        (line.pages, line.colorPages, line.copies, line.amount) = (3, 1, 2, Money(minor: 70))
        return line
    }()
    static let dimLine = JobLine(job: JobID(501), title: "", state: .inDoubt, size: 1, receivedAt: at)
    static let page = JobPage(jobs: [line, dimLine], next: JobID(501), currency: "EUR", scale: 2)
    static let accounts = AccountPage(
        accounts: [AccountLine(id: AccountID(5), code: "P-17", name: "Bridge")], hasMore: true)
    static let wishes = ReleaseWishes(
        jobs: [JobID(500), JobID(501)], override: PrintOverride(isMono: true, sides: .longEdge), account: AccountID(5))
    static let picked = JobSelection(session: SessionID(77), jobs: [JobID(500)])
    static let overridden: ReleaseGrant = {
        var overridden = grant
        overridden.override = wishes.override
        return overridden
    }()

    private static func asked(_ kind: Challenge.Kind, triesLeft: Int) -> Frame {
        let challenge = Challenge(prompt: 9, kind: kind, triesLeft: triesLeft)
        return Frame(.reply(.challenge(challenge), hasMore: false), correlation: 7)
    }

    static let questions = [asked(.activation, triesLeft: 5), asked(.presentAgain, triesLeft: 1)]

    /// What comes before `release`.
    static let lists = [
        Frame(.request(.login(login)), correlation: 7),
        Frame(.request(.login(claim)), correlation: 7),
        Frame(.request(.accountQuery(AccountQuery(session: SessionID(77), prefix: "P-"))), correlation: 9),
        Frame(.reply(.accounts(accounts), hasMore: false), correlation: 9),
        Frame(.request(.jobList(JobListQuery(session: SessionID(77), after: nil))), correlation: 9),
        Frame(.request(.jobList(JobListQuery(session: SessionID(77), after: JobID(501)))), correlation: 9),
        Frame(.reply(.jobs(page), hasMore: false), correlation: 9),
    ]

    static let ordered = [
        Frame(.request(.release(ReleaseOrder(session: SessionID(77), wishes: ReleaseWishes()))), correlation: 10),
        Frame(.request(.release(ReleaseOrder(session: SessionID(77), wishes: wishes))), correlation: 10),
        Frame(.reply(.releases([overridden], elsewhere: 2), hasMore: false), correlation: 10),
    ]

    /// What comes after `release`.
    static let selections = [
        Frame(.request(.hold(picked)), correlation: 9),
        Frame(.reply(.held(1), hasMore: false), correlation: 9),
        Frame(.request(.delete(picked)), correlation: 9),
        Frame(.reply(.deleted(1), hasMore: false), correlation: 9),
        Frame(.reply(.registered(user: "Ada"), hasMore: false), correlation: 7),
        Frame(.request(.changePIN(session: SessionID(77))), correlation: 9),
    ]
}
