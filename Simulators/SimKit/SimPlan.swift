// SPDX-License-Identifier: Apache-2.0

import Primitives
import PrintModel
import ReleaseRules
import SimRandom
import Store

/// What a seed draws before anything happens: the site's policy, and what stands at its copiers.
struct SimPlan {
    /// One copier.
    struct Box {
        var readers: [String]
        var hasKeypad: Bool
        var hasScreen: Bool
        /// A badge alone opens the list.
        var opensList: Bool
        /// Of the version before, which knows no capabilities, until it is upgraded.
        var isOld: Bool
        var changesKey: Bool
    }

    /// What an administrator can change; it takes effect with the server's next start.
    struct Policy {
        var secondFactor: SecondFactor
        var billingCode: BillingCode
        var offline: OfflinePolicy
    }

    static let codes = ["11", "22"]

    var policy: Policy
    var selfRegistration: SelfRegistration
    var requiresApproval: Bool
    /// `nil`: long enough for every run.
    var holdLife: Duration?
    var isServerOld: Bool
    var boxes: [Box]
    var tariff = Tariff.standard

    init(_ random: inout SplitMix, _ faults: SimFaults) {
        policy = Policy(&random, faults)
        selfRegistration = random.chance(0.7) ? .both : SelfRegistration.allCases[random.below(4)]
        requiresApproval = faults.administrators > 0 && random.chance(0.3)
        holdLife = random.chance(faults.expiry) ? .seconds(Int64(20 + random.below(20))) : nil
        isServerOld = random.chance(faults.oldPeers / 2)
        boxes = []
        for number in 0..<(1 + random.below(3)) { boxes.append(Box(&random, faults, isFirst: number == 0)) }
    }

    func settings(_ forms: StoreSettings) -> StoreSettings {
        var settings = forms
        settings.offline = policy.offline
        settings.secondFactor = policy.secondFactor
        settings.billingCode = policy.billingCode
        settings.tariff = tariff
        settings.custodyMargin = .seconds(5)
        settings.selfRegistration = selfRegistration
        settings.requiresApproval = requiresApproval
        if let holdLife { settings.holdLife = holdLife }
        return settings
    }

    static func tariff(mono: Int, unknown: Int) -> Tariff {
        let (old, price) = (Tariff.standard, { (number: Int) in Money(minor: Int64(number)) })
        return Tariff(
            currency: old.currency, scale: old.scale, mono: price(mono), color: old.color, unknown: price(unknown))
    }

    var events: [SimEvent] {
        boxes.flatMap(\.events) + policy.events + (requiresApproval ? [.approval] : [])
            + (holdLife == nil ? [] : [.expiry]) + (isServerOld ? [.oldServer] : [])
    }
}

extension SimPlan.Policy {
    /// Leases are short, so that they run out; what somebody may owe is the same under each.
    init(_ random: inout SplitMix, _ faults: SimFaults) {
        secondFactor = random.chance(0.3) ? .ifSet : SecondFactor.allCases[random.below(4)]
        billingCode = random.chance(0.4) ? .none : BillingCode.allCases[random.below(3)]
        offline = OfflinePolicy(
            mode: OfflineMode.allCases[random.below(3)], pages: 6,
            lease: .seconds(Int64(8 + random.below(20)) * Int64(faults.pace)), interval: .seconds(2))
        guard faults.lends else { return }
        (secondFactor, billingCode, offline.mode) = (.never, .none, .chargeLater)
    }

    var events: [SimEvent] {
        let factor: SimEvent =
            switch secondFactor {
            case .never: .factorNever
            case .ifSet: .factorIfSet
            case .whenTyped: .factorWhenTyped
            case .always: .factorAlways
            }
        let billing: SimEvent =
            switch billingCode {
            case .none: .billingNone
            case .optional: .billingOptional
            case .required: .billingRequired
            }
        let mode: SimEvent =
            switch offline.mode {
            case .deny: .offlineDeny
            case .cached: .offlineCached
            case .chargeLater: .offlineCharged
            }
        return [factor, billing, mode]
    }
}

extension SimPlan.Box {
    /// The first one can do everything by the end, so that nobody's documents are stuck for want of a keypad.
    init(_ random: inout SplitMix, _ faults: SimFaults, isFirst: Bool) {
        readers = random.chance(0.5) ? ["left"] : ["left", "right"]
        let kind = random.below(isFirst ? 2 : 3)
        (hasKeypad, hasScreen) = (kind == 0, kind == 1)
        opensList = random.chance(0.6)
        isOld = random.chance(faults.oldPeers)
        changesKey = faults.administrators > 0 && random.chance(0.3)
    }

    var events: [SimEvent] {
        [hasScreen ? .screenBox : hasKeypad ? .keypadBox : .bareBox] + (isOld ? [.oldBox] : [])
    }
}
