// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

extension Login {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        let reader = try fields.text(1, "reader", limit: Wire.nameLimit)
        let key = try fields.bytes(2, "log-in key", count: Wire.keyLength)
        let age = try fields.milliseconds(3, "age")
        let typed = try fields.text(4, "user", limit: Self.userLimit)
        let proof: Proof = try fields.value(5, "proof")
        let secret = SecretBytes(try fields.bytes(6, "secret", limit: ChallengeReply.secretLimit))
        let prompt = try fields.optionalUnsigned(7, "prompt", in: Wire.words)
        self.init(reader: reader, key: key, age: age, user: (typed, proof, secret), prompt: prompt.map { UInt32($0) })
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 7)
        fields.label(1, reader, limit: Wire.nameLimit)
        fields.bytes(2, key, count: Wire.keyLength)
        fields.unsigned(3, Wire.milliseconds(age))
        fields.text(4, user, limit: Self.userLimit)
        fields.value(5, proof)
        fields.bytes(6, secret.revealed, limit: ChallengeReply.secretLimit)
        fields.optionalUnsigned(7, prompt.map { UInt64($0) })
        return fields.bytes
    }
}

extension SessionTerms {
    static let fieldCount = 4

    /// `nil` when the first of the fields is absent.
    static func read(_ fields: inout CBORFieldReader) throws(WireFault) -> SessionTerms? {
        guard try fields.has(5) else { return nil }
        return SessionTerms(
            idleLife: try fields.milliseconds(5, "idle life"),
            inDoubt: try fields.count(6, "jobs in doubt"),
            account: try fields.value(7, "billing code"),
            mayChangePIN: try fields.bool(8, "may change PIN"))
    }

    func write(to fields: inout CBORFieldWriter) {
        fields.unsigned(5, Wire.milliseconds(idleLife))
        fields.unsigned(6, Wire.count(inDoubt))
        fields.value(7, account)
        fields.bool(8, mayChangePIN)
    }
}

extension AccountQuery {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            session: try fields.id(1, "session"), prefix: try fields.text(2, "prefix", limit: Self.codeLimit))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 2)
        fields.id(1, session)
        fields.text(2, prefix, limit: Self.codeLimit)
        return fields.bytes
    }
}

extension AccountPage {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        let accounts = try fields.list(1, "accounts", limit: Self.countLimit) { (item) throws(WireFault) in
            AccountLine(
                id: try item.id(1, "account"), code: try item.text(2, "code", limit: AccountQuery.codeLimit),
                name: try item.text(3, "account name", limit: Wire.nameLimit))
        }
        self.init(accounts: accounts, hasMore: try fields.bool(2, "has more"))
    }

    var payload: [UInt8] {
        precondition(accounts.count <= Self.countLimit, "one page has at most \(Self.countLimit) billing codes")
        var fields = CBORFieldWriter(count: 2)
        fields.list(1, count: accounts.count)
        for account in accounts {
            fields.item(count: 3)
            fields.id(1, account.id)
            fields.text(2, account.code, limit: AccountQuery.codeLimit)
            fields.label(3, account.name, limit: Wire.nameLimit)
        }
        fields.bool(2, hasMore)
        return fields.bytes
    }
}

extension JobListQuery {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(session: try fields.id(1, "session"), after: try fields.optionalID(2, "after"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 2)
        fields.id(1, session)
        fields.optionalID(2, after)
        return fields.bytes
    }
}

extension JobPage {
    static let currencyLimit = 3
    /// As many as a ``Tariff`` may have.
    static let scales: ClosedRange<UInt64> = 0...4

    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            jobs: try fields.list(1, "jobs", limit: Self.countLimit) { (item) throws(WireFault) in try JobLine(&item) },
            next: try fields.optionalID(2, "after"),
            currency: try fields.text(3, "currency", limit: Self.currencyLimit),
            scale: Int(try fields.unsigned(4, "scale", in: Self.scales)))
    }

    var payload: [UInt8] {
        precondition(jobs.count <= Self.countLimit, "one page has at most \(Self.countLimit) jobs")
        var fields = CBORFieldWriter(count: 4)
        fields.list(1, count: jobs.count)
        for job in jobs { job.write(to: &fields) }
        fields.optionalID(2, next)
        fields.text(3, currency, limit: Self.currencyLimit)
        fields.unsigned(4, UInt64(scale))
        return fields.bytes
    }
}

extension JobLine {
    fileprivate init(_ fields: inout CBORFieldReader) throws(WireFault) {
        let job: JobID = try fields.id(1, "job")
        let title = try fields.text(2, "title", limit: Wire.labelLimit)
        let state: State = try fields.value(3, "job state")
        let copies = try fields.count(4, "copies")
        let pages = try fields.optionalUnsigned(5, "pages", in: Wire.counts).map { Int($0) }
        let colorPages = try fields.optionalUnsigned(6, "color pages", in: Wire.counts).map { Int($0) }
        let size = try fields.unsigned(7, "size")
        self.init(
            job: job, title: title, state: state, size: size, receivedAt: try fields.wallTime(8, "received at"))
        (self.copies, self.pages, self.colorPages) = (copies, pages, colorPages)
        amount = try fields.isNull(9, "amount") ? nil : Money(minor: try fields.integer(9, "amount"))
    }

    fileprivate func write(to fields: inout CBORFieldWriter) {
        fields.item(count: 9)
        fields.id(1, job)
        fields.label(2, title, limit: Wire.labelLimit)
        fields.value(3, state)
        fields.unsigned(4, Wire.count(copies))
        fields.optionalUnsigned(5, pages.map(Wire.count))
        fields.optionalUnsigned(6, colorPages.map(Wire.count))
        fields.unsigned(7, size)
        fields.integer(8, receivedAt.milliseconds)
        if let amount { fields.integer(9, amount.minor) } else { fields.null(9) }
    }
}

extension JobSelection {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            session: try fields.id(1, "session"), jobs: try fields.idList(2, "jobs", limit: Self.countLimit))
    }

    var payload: [UInt8] {
        precondition(jobs.count <= Self.countLimit, "one request names at most \(Self.countLimit) jobs")
        var fields = CBORFieldWriter(count: 2)
        fields.id(1, session)
        fields.unsignedList(2, jobs.map { UInt64($0.value) })
        return fields.bytes
    }

    /// Of the replies that only say how many.
    static func countPayload(_ count: Int) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.unsigned(1, Wire.count(count))
        return fields.bytes
    }
}

extension ReleaseOrder {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(session: try fields.id(1, "session"))
        guard try fields.has(2) else { return }
        let jobs: [JobID]? =
            try fields.isNull(2, "jobs") ? nil : try fields.idList(2, "jobs", limit: ReleaseWishes.countLimit)
        wishes = ReleaseWishes(
            jobs: jobs, override: try PrintOverride(&fields, from: 3),
            account: try fields.optionalID(5, "account"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: wishes == nil ? 1 : 5)
        fields.id(1, session)
        guard let wishes else { return fields.bytes }
        if let jobs = wishes.jobs {
            precondition(jobs.count <= ReleaseWishes.countLimit, "one release names at most as many jobs as it grants")
            fields.unsignedList(2, jobs.map { UInt64($0.value) })
        } else {
            fields.null(2)
        }
        wishes.override.write(to: &fields, from: 3)
        fields.optionalID(5, wishes.account)
        return fields.bytes
    }

    /// Of a request that names nothing but the session.
    static func sessionPayload(_ session: SessionID) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.id(1, session)
        return fields.bytes
    }
}

extension PrintOverride {
    static let fieldCount = 2

    init(_ fields: inout CBORFieldReader, from key: UInt64) throws(WireFault) {
        self.init(isMono: try fields.bool(key, "mono"), sides: try fields.value(key + 1, "sides"))
    }

    func write(to fields: inout CBORFieldWriter, from key: UInt64) {
        fields.bool(key, isMono)
        fields.value(key + 1, sides)
    }
}

extension CBORFieldReader {
    fileprivate mutating func optionalID<Subject>(
        _ key: UInt64, _ field: String
    ) throws(WireFault) -> RecordID<Subject>? {
        try optionalUnsigned(key, field, in: Wire.records).map { RecordID(Int64($0)) }
    }

    fileprivate mutating func idList<Subject>(
        _ key: UInt64, _ field: String, limit: Int
    ) throws(WireFault) -> [RecordID<Subject>] {
        try unsignedList(key, field, limit: limit, in: Wire.records).map { RecordID(Int64($0)) }
    }
}

extension CBORFieldWriter {
    fileprivate mutating func optionalID<Subject>(_ key: UInt64, _ id: RecordID<Subject>?) {
        optionalUnsigned(key, id.map { UInt64($0.value) })
    }
}
