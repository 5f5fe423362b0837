// SPDX-License-Identifier: Apache-2.0

/// What a simulated site can have and what can happen in it. Counted, so that a run which tests nothing is noticed.
package enum SimEvent: String, CaseIterable, Sendable {
    // The site.
    case factorNever = "site: second factor never"
    case factorIfSet = "site: second factor if set"
    case factorWhenTyped = "site: second factor when typed"
    case factorAlways = "site: second factor always"
    case billingNone = "site: no billing codes"
    case billingOptional = "site: billing codes optional"
    case billingRequired = "site: billing codes required"
    case offlineDeny = "site: offline denied"
    case offlineCached = "site: offline cached"
    case offlineCharged = "site: offline print and charge later"
    case approval = "site: agents wait for approval"
    case expiry = "site: jobs are purged soon"
    case bareBox = "box: a reader and nothing else"
    case keypadBox = "box: keypad"
    case screenBox = "box: screen"
    case oldBox = "box: of the version before"
    case oldServer = "server: of the version before"
    case keyChanged = "box: changed its key"

    // People.
    case badge = "people: badge"
    case typedBadge = "people: badge number typed"
    case typedNumber = "people: number typed"
    case namedLogin = "people: name and password at a screen"
    case rightSecret = "people: right secret"
    case wrongSecret = "people: wrong secret"
    case lockedOut = "people: locked out for wrong secrets"
    case pinSet = "people: PIN set at first use"
    case pinChanged = "people: PIN changed"
    case picked = "people: single documents released"
    case overridden = "people: mono or duplex chosen"
    case accountChosen = "people: billing code chosen"
    case held = "people: documents kept for longer"
    case deleted = "people: documents deleted"
    case deletedLent = "people: lent documents deleted"
    case registeredByLogin = "people: badge registered by log-in"
    case registeredByCode = "people: badge registered by code"
    case unequalReads = "people: second read of another badge"
    case replaced = "people: another badge ended a session"
    case idled = "people: logged out after walking away"
    case loggedOut = "people: logged out"
    case repeatedRead = "people: the same read asked again"
    case elsewhere = "people: documents lent elsewhere"

    // Administrators.
    case userDeleted = "admin: user deleted"
    case userDeletedWithLent = "admin: user with lent documents deleted"
    case userLocked = "admin: user locked"
    case rightRemoved = "admin: right of an agent removed"
    case agentRevoked = "admin: agent revoked"
    case policyChanged = "admin: policy changed"
    case settledPrinted = "admin: doubt settled, printed"
    case settledHeld = "admin: doubt settled, not printed"
    case settledWrong = "admin: doubt settled, and wrongly"
    case settledAway = "admin: doubt settled while its holder was away"
    case tariffChanged = "admin: tariff changed"
    case canceled = "admin: document canceled"
    case recalled = "admin: lent document wanted back"
    case printerRemoved = "admin: printer removed and set up again"
    case desksPIN = "admin: PIN set or removed"

    // Trouble.
    case reset = "trouble: link reset"
    case halfOpen = "trouble: link half open"
    case clogged = "trouble: bytes of an old link come late"
    case cutOff = "trouble: agent cut off"
    case serverCrash = "trouble: server crashes"
    case drain = "trouble: server drained"
    case agentCrash = "trouble: agent crashes"
    case agentStop = "trouble: agent stops"
    case tornJournal = "trouble: journal torn"
    case fullJournal = "trouble: journal on a full disk"
    case fullStore = "trouble: store on a full disk"
    case slowDisk = "trouble: slow disk"
    case serverClock = "trouble: server's clock jumps"
    case agentClock = "trouble: agent's clock jumps"
    case jam = "trouble: printer jams"
    case powerOff = "trouble: printer without power in mid-job"
    case wrongCount = "trouble: printer lies about pages"
    case printerTrouble = "trouble: printer otherwise"
    case thief = "trouble: a retired or revoked key comes"

    // What came of it.
    case printed = "came of it: printed and charged"
    case inDoubt = "came of it: in doubt at the end"
    case late = "came of it: charge that came too late"
    case corrected = "came of it: wrong charge put right"
    case lent = "came of it: lent"
    case lapsed = "came of it: lease ran out unheard"
    case offline = "came of it: released without the server"
    case purged = "came of it: purged"
}

/// How often each of them was.
package struct SimCoverage: Sendable {
    package private(set) var counts: [String: Int] = [:]

    package init() { for event in SimEvent.allCases { counts[event.rawValue] = 0 } }

    mutating func saw(_ event: SimEvent, times: Int = 1) { counts[event.rawValue, default: 0] += times }

    mutating func saw(outcome name: String, times: Int) { counts["outcome: \(name)", default: 0] += times }

    package mutating func merge(_ other: SimCoverage) { counts.merge(other.counts, uniquingKeysWith: +) }

    /// What never happened.
    package var missing: [String] { counts.filter { $0.value == 0 }.keys.sorted() }

    package var table: String {
        let width = counts.keys.map(\.count).max() ?? 0
        return counts.keys.sorted().map { name in
            name + String(repeating: " ", count: width - name.count) + "  \(counts[name] ?? 0)"
        }.joined(separator: "\n")
    }
}
