// SPDX-License-Identifier: Apache-2.0

import Credentials
import PrintModel
package import Primitives
import ReleaseWire

/// What a box needs to go on without its server. A box that has none of it is an online one.
package struct OfflineBox: Sendable {
    let cryptography: Cryptography
    /// Made on this box and never out of it: what the box remembers of badges is worth nothing elsewhere.
    let key: SecretBytes
    /// 16 bytes that name this boot: monotonic times mean something within one boot only.
    let boot: [UInt8]
    /// Bytes of documents that the box may hold.
    let space: UInt64

    package init(cryptography: Cryptography, key: SecretBytes, boot: [UInt8], space: UInt64) {
        precondition(boot.count == 16, "a boot has 16 bytes")
        self.cryptography = cryptography
        self.key = key
        self.boot = boot
        self.space = space
    }

    /// What is remembered of a badge: the read under the box's key, without what the server passes over.
    func verifier(of read: RawRead) -> [UInt8] {
        cryptography.hmacSHA256(key, Array("lanyard offline read 2".utf8) + read.identity)
    }

    /// Names the release of one job by one read, for ever.
    func releaseKey(read: [UInt8], fence: Fence) -> [UInt8] {
        Array(cryptography.sha256(read + UInt64(bitPattern: fence.value).bigEndianBytes).prefix(16))
    }
}

/// What goes on between the agent and its server about lent jobs. What must survive is in the journal.
struct OfflineState: Sendable {
    /// Reads whose sessions may still come; as many as can be open at once.
    static let readLimit = 64

    struct Question: Sendable {
        let correlation: UInt32
        let askedAt: MonotonicTime
        let listed: [Fence]
        /// Of these, what was on disk: only that is lent with the answer. What was still on its way is only offered,
        /// however soon it came after the question.
        let ready: [Fence]
    }

    /// A document on its way to the disk.
    struct Fetch: Sendable {
        let facts: CustodyFacts
        let correlation: UInt32
    }

    /// A billing code that somebody had chosen when the link broke.
    struct Choice: Sendable {
        let verifier: [UInt8]
        let account: AccountID
        let until: MonotonicTime
    }

    /// How long the same badge may go on with the billing code.
    static let choiceLife = Duration.seconds(300)

    let box: OfflineBox?
    var verifiers: [(read: [UInt8], verifier: [UInt8])] = []
    /// Badges that the server is asked about, by request.
    var learning: [UInt32: [UInt8]] = [:]
    var question: Question?
    var askAt: MonotonicTime?
    /// Offered, and not fetched yet.
    var offers: [CustodyFacts] = []
    var fetch: Fetch?
    /// On its way onto the disk with the link's help no more: its end is awaited.
    var finishing: CustodyFacts?
    /// As the last answer said; the journal's may be a little older.
    var leaseUntil: MonotonicTime?
    var choices: [Choice] = []
    /// Keys of charges of which it is on disk that they are out of the stream.
    var withheld: Set<[UInt8]> = []
    /// It was said that charges wait.
    var hasToldOfWaiting = false
}
