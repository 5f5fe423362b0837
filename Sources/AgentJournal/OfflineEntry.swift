// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// What the agent must know after a restart to go on without its server, and to say truly what it did. No number from
/// a badge is among it, only keyed hashes whose key is in a file of its own.
package enum OfflineEntry: Equatable, Sendable {
    case policy(OfflinePolicy)
    /// `nil`: the agent drives none.
    case printer(OfflinePrinter?)
    /// The server has vouched for the badge with this hash.
    case learned(RememberedUser)
    /// Up to this number of the server's list.
    case forgot([UserID], through: UInt64)
    /// Nobody is remembered any more.
    case forgotAll
    /// The document is on this box's disk, whole and synced.
    case taken(CustodyFacts)
    /// The server has lent these, too, and all that are lent stay so until this moment of this boot.
    case leased(Lease, lent: [Fence])
    /// The first byte of this job is about to go to the printer, under this release key; with the billing code that
    /// was chosen.
    case used(Fence, key: [UInt8], account: AccountID? = nil)
    /// The custody is over; its document is not needed any more.
    case over(Fence)
    /// The server does not know charges: this one is out of the stream of events, and comes again under another number
    /// to one that does.
    case deferred(OfflineCharge)

    /// Numbers in one entry.
    package static let listLimit = 64
    package static let digestLength = 32
    package static let bootLength = 16
}

/// Somebody whose badge the server knows.
package struct RememberedUser: Hashable, Sendable {
    /// HMAC-SHA-256 of the read under the box's own key.
    package var verifier: [UInt8]
    package var user: UserID
    package var label: String
    package var needsSecondFactor: Bool
    package var at: WallTime

    package init(verifier: [UInt8], user: UserID, label: String, needsSecondFactor: Bool, at: WallTime) {
        self.verifier = verifier
        self.user = user
        self.label = label
        self.needsSecondFactor = needsSecondFactor
        self.at = at
    }
}

/// How long what is lent stays lent. The clock is the monotonic one, which only means something within one boot: after
/// a reboot nothing that was lent comes out before the server was heard again. A box without a battery-backed clock
/// wakes up at any time it likes, and a wrong guess is a job on paper twice.
package struct Lease: Hashable, Sendable {
    /// 16 bytes that name this boot of the box.
    package var boot: [UInt8]
    package var until: MonotonicTime

    package init(boot: [UInt8], until: MonotonicTime) {
        self.boot = boot
        self.until = until
    }

    package func holds(in boot: [UInt8], at now: MonotonicTime) -> Bool { boot == self.boot && now < until }
}

extension OfflineEntry {
    enum Kind: UInt8 {
        case policy = 6
        case printer = 7
        case learned = 8
        case forgot = 9
        case forgotAll = 10
        case taken = 11
        case leased = 12
        case used = 13
        case over = 14
        case deferred = 15
    }

    private enum Factor: UInt8 {
        case badgeAlone = 0
        case second = 1
    }

    var payload: [UInt8] {
        switch self {
        case .policy(let policy): Self.write(.policy, OfflinePolicy.fieldCount) { policy.write(to: &$0, from: 1) }
        case .printer(let printer):
            Self.write(.printer, printer == nil ? 0 : OfflinePrinter.fieldCount) { printer?.write(to: &$0) }
        case .learned(let one):
            Self.write(.learned, 5) {
                $0.bytes(1, one.verifier, count: Self.digestLength)
                $0.id(2, one.user)
                $0.label(3, one.label, limit: CustodyFacts.titleLimit)
                $0.value(4, one.needsSecondFactor ? Factor.second : .badgeAlone)
                $0.integer(5, one.at.milliseconds)
            }
        case .forgot(let users, let through):
            Self.write(.forgot, 2) {
                $0.unsignedList(1, users.map { UInt64($0.value) })
                $0.unsigned(2, through)
            }
        case .forgotAll: Self.write(.forgotAll, 0) { _ in }
        case .taken(let facts): Self.write(.taken, CustodyFacts.fieldCount) { facts.write(to: &$0) }
        case .leased(let lease, let lent):
            Self.write(.leased, 3) {
                $0.bytes(1, lease.boot, count: Self.bootLength)
                $0.unsigned(2, lease.until.nanoseconds)
                $0.unsignedList(3, lent.map { UInt64($0.value) })
            }
        case .used(let fence, let key, let account):
            Self.write(.used, account == nil ? 2 : 3) {
                $0.id(1, fence)
                $0.bytes(2, key, count: DurableEvent.keyLength)
                if let account { $0.id(3, account) }
            }
        case .over(let fence): Self.write(.over, 1) { $0.id(1, fence) }
        case .deferred(let charge): Self.write(.deferred, charge.fieldCount) { charge.write(to: &$0) }
        }
    }

    private static func write(_ kind: Kind, _ count: Int, _ body: (inout CBORFieldWriter) -> Void) -> [UInt8] {
        var fields = CBORFieldWriter(count: count + 1)
        fields.value(0, kind)
        body(&fields)
        return fields.bytes
    }

    init(_ kind: Kind, _ fields: inout CBORFieldReader) throws(WireFault) {
        switch kind {
        case .policy: self = .policy(try OfflinePolicy(&fields, from: 1))
        case .printer: self = .printer(try fields.has(1) ? try OfflinePrinter(&fields) : nil)
        case .learned: self = .learned(try Self.remembered(&fields))
        case .forgot:
            self = .forgot(
                try Self.ids(&fields, 1, "users"), through: try fields.unsigned(2, "through", in: Self.numbers))
        case .forgotAll: self = .forgotAll
        case .taken: self = .taken(try CustodyFacts(&fields))
        case .leased:
            let lease = Lease(
                boot: try fields.bytes(1, "boot", count: Self.bootLength),
                until: MonotonicTime(nanoseconds: try fields.unsigned(2, "until")))
            self = .leased(lease, lent: try Self.ids(&fields, 3, "lent"))
        case .used:
            self = .used(
                try fields.id(1, "fence"), key: try fields.bytes(2, "release key", count: DurableEvent.keyLength),
                account: try fields.has(3) ? try fields.id(3, "billing code") : nil)
        case .over: self = .over(try fields.id(1, "fence"))
        case .deferred: self = .deferred(try OfflineCharge(&fields))
        }
    }

    private static let numbers = 0...UInt64(Int64.max)

    private static func ids<Subject>(
        _ fields: inout CBORFieldReader, _ key: UInt64, _ field: String
    ) throws(WireFault) -> [RecordID<Subject>] {
        try fields.unsignedList(key, field, limit: listLimit, in: numbers).map { RecordID(Int64($0)) }
    }

    private static func remembered(_ fields: inout CBORFieldReader) throws(WireFault) -> RememberedUser {
        let verifier = try fields.bytes(1, "verifier", count: digestLength)
        let user: UserID = try fields.id(2, "user")
        let label = try fields.text(3, "label", limit: CustodyFacts.titleLimit)
        let factor: Factor = try fields.value(4, "second factor")
        return RememberedUser(
            verifier: verifier, user: user, label: label, needsSecondFactor: factor == .second,
            at: try fields.wallTime(5, "at"))
    }
}
