// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// Where a custody stands at the server.
///
/// ```
/// offered ──the agent has the document──▶ lent ──away until the lease is over──▶ lapsed
///    │                                     │                                        │
///    └──────────── not listed any more ────┴──── returned, charged or settled ──────┴──▶ ended
/// ```
package enum CustodyState: String, CaseIterable, Sendable {
    /// The agent may fetch the document. It may not release it yet, so anybody else still may.
    case offered
    /// Only the holder may release the job.
    case lent
    /// The lease ran out and the holder has not been heard: its job may have printed, and is in doubt until the holder
    /// comes back with evidence or a person decides. It is not simply held again: the holder may have released it
    /// within its lease, with nobody to tell it to.
    case lapsed
}

/// Which agent holds what, so that a job has one holder at most at any time.
package enum CustodyRule {
    /// Offers in one answer.
    package static let offerLimit = 32
    /// An agent is lent jobs of people whom it served so lately, if no other has served them since.
    package static let servedLife = Duration.seconds(72 * 3600)
    /// What the server waits beyond a lease, for clocks that drift (100 ppm are 3 s in 8 h) and are put right.
    package static let margin = Duration.seconds(600)
    /// How long a holder that is here may say that it has used what it was lent, without telling how that ended. A
    /// document of many pages takes its time; after that its owner should hear that it may have printed.
    package static let usedLife = Duration.seconds(3600)
    /// What counts at most of the time between two of its lists: it may have been away.
    package static let longestPresence = Duration.seconds(300)
    /// How long a release waits for jobs that are called back from a holder that is connected.
    package static let recallPatience = Duration.milliseconds(1500)

    /// The agent counts from before it asked and stops earlier than the server by another part.
    package static func agentLife(_ lease: Duration) -> Duration { lease - lease / 16 }

    /// Pages of one person that are lent at most, at all agents together; `nil` where that is no matter. They are set
    /// aside when a job is lent and free again when its holder has given it back or has told what came of it, so that
    /// nobody gets beyond it at two agents that are away. A quota, where people have one, bounds it further.
    package static func allowance(_ policy: OfflinePolicy) -> Int? { policy.mode == .cached ? policy.pages : nil }

    /// Whether a site lends at all. What comes out while the server is away need not carry a billing code.
    package static func lends(_ policy: OfflinePolicy, _ billingCode: BillingCode) -> Bool {
        policy.mode != .deny && billingCode != .required
    }

    /// How long a holder has been here since its last list, as far as that is known.
    package static func presence(since listedAt: WallTime, at now: WallTime) -> Duration {
        min(max(.zero, .milliseconds(now.milliseconds - listedAt.milliseconds)), longestPresence)
    }

    /// One custody is one release, and its holder tells once how that ended. What was only offered could not come out.
    /// - Parameter isOpenToHolder: of one that has ended: without its holder's word, or with what that settles.
    package static func mayBeCharged(
        _ state: CustodyState, hasEnded: Bool, isOpenToHolder: Bool, isCharged: Bool
    ) -> Bool {
        guard !isCharged else { return false }
        return hasEnded ? isOpenToHolder : state != .offered
    }

    package enum Step: Hashable, Sendable {
        /// Lent from now on, or for longer.
        case lend
        /// As it is, but the answer names it: the agent goes on fetching or telling.
        case keep
        /// The answer leaves it out, so that the agent gives it up; it is over when the agent lists it no more.
        case withhold
        /// The holder does not have it, and has not released it.
        case end
        /// As if its lease had run out: the holder has used it, and keeps to itself how that ended.
        case doubt
    }

    /// - Parameters:
    ///   - listing: `nil` when the agent does not list it.
    ///   - mayLend: nothing speaks against it: not recalled, its job held, its owner in good standing.
    ///   - usedFor: how long it has been listed as used by a holder that was here.
    package static func step(
        _ state: CustodyState, _ listing: CustodyListing?, mayLend: Bool, usedFor: Duration = .zero
    ) -> Step {
        switch (state, listing) {
        case (_, nil): .end
        case (.offered, .fetching): mayLend ? .keep : .end
        case (.offered, .ready): mayLend ? .lend : .end
        case (.lent, .fetching), (.lapsed, .fetching): .withhold
        case (.lent, .ready), (.lapsed, .ready): mayLend ? .lend : .withhold
        // Nobody could use what was only offered.
        case (.offered, .used): .end
        case (.lent, .used): usedFor < usedLife ? .keep : .doubt
        case (.lapsed, .used): .keep
        }
    }

    /// Whether somebody else's release must leave the job out.
    package static func isElsewhere(_ state: CustodyState, holder: AgentID, asking: AgentID) -> Bool {
        state != .offered && holder != asking
    }

    /// Whether the holder's silence puts a lent job into doubt now.
    package static func hasLapsed(_ until: WallTime, margin: Duration, at now: WallTime) -> Bool {
        until.advanced(by: margin) < now
    }

    package enum Charge: Hashable, Sendable {
        /// The job is held, or its holder had it released online and did not begin that: the outcome settles it.
        case settle
        /// The job is in doubt because its holder was not heard: the outcome is the evidence that was missing.
        case settleLapsed
        /// Somebody else has decided meanwhile. What is open goes into doubt; a person looks at it.
        case late
    }

    /// What the holder's word on its release means.
    /// - Parameters:
    ///   - isLive: this custody has not ended, or ended with nobody taking its place.
    ///   - openByHolder: the release that is open or in doubt is the holder's own. It did not begin it online, or it
    ///     would not have used its copy.
    package static func charge(
        _ job: JobState, _ custody: CustodyState, isLive: Bool, openByHolder: Bool
    ) -> Charge {
        guard isLive else { return .late }
        return switch job {
        case .held: .settle
        case .reserved, .sending: openByHolder ? .settle : .late
        case .inDoubt: custody == .lapsed && openByHolder ? .settleLapsed : .late
        case .printed, .canceled, .purged: .late
        }
    }

    /// A held job that could be lent.
    package struct Candidate: Hashable, Sendable {
        package var job: JobID
        package var user: UserID
        package var size: UInt64
        /// With all copies; `nil` when nobody could count them.
        package var pages: Int?

        package init(job: JobID, user: UserID, size: UInt64, pages: Int?) {
            self.job = job
            self.user = user
            self.size = size
            self.pages = pages
        }
    }

    /// Which of them to offer, in order. What nobody could count is never lent: no allowance would bound it.
    /// - Parameter lent: pages of each person that are set aside already, wherever.
    package static func offers(
        _ candidates: [Candidate], places: Int, room: UInt64, lent: [UserID: Int], policy: OfflinePolicy
    ) -> [Candidate] {
        guard policy.mode != .deny else { return [] }
        var (places, room, lent) = (min(places, offerLimit), room, lent)
        return candidates.filter { candidate in
            guard places > 0, candidate.size <= room, let pages = candidate.pages, pages <= policy.pages else {
                return false
            }
            if let allowance = allowance(policy) {
                guard (lent[candidate.user] ?? 0) + pages <= allowance else { return false }
                lent[candidate.user, default: 0] += pages
            }
            places -= 1
            room -= candidate.size
            return true
        }
    }
}
