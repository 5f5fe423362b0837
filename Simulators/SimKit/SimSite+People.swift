// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Credentials
import Primitives
import ReaderMachines

/// Somebody at a copier.
struct SimVisit {
    let user: SimUser
    let badge: RawRead
    /// What they still do at the list before they leave.
    var acts: Int
    /// Of which view of the screen they think.
    var thought = 0
}

/// What people do at the copiers: they hold badges to readers, type, choose, and walk away.
extension SimSite {
    /// Of those who could hold a badge, those who type a number.
    private static let typesNumber = 0.15
    /// Some have forgotten their PIN and try.
    private static let clumsy = 0.9
    /// Most go to the copier nearest to them.
    private static let goesNear = 0.6
    private static let wrongBadge = RawRead(technology: .wedge, text: Array("31999990".utf8))

    func comes(_ user: SimUser) {
        let agent = world.chance(Self.goesNear) ? agents[user.nearest % agents.count] : world.one(of: agents)
        let reader = world.one(of: agent.box.readers)
        if world.chance(faults.unknownBadge) {
            guard let stranger = RawRead(technology: .wedge, text: Array("99999".utf8)) else { return }
            standing[agent.name + reader] = nil
            return agent.read(stranger, at: reader)
        }
        if agent.box.hasKeypad, world.chance(Self.typesNumber) { return type(user, at: agent) }
        if agent.box.hasScreen, world.chance(Self.typesNumber) { return logIn(user, at: agent) }
        if world.chance(Self.typesNumber / 3) { return typeBadge(of: user, at: agent, reader) }
        let isNew = user.newBadge != nil && (agent.box.hasKeypad || agent.box.hasScreen) && world.chance(0.4)
        present(isNew ? user.newBadge ?? user.badge : user.badge, of: user, agent, reader)
        guard world.chance(faults.twoReaders) else { return }
        let other = world.one(of: agents)
        world.after(0...50) { [unowned self] in present(user.badge, of: user, other, world.one(of: other.box.readers)) }
    }

    func present(_ badge: RawRead, of user: SimUser, _ agent: SimAgent, _ reader: String) {
        standing[agent.name + reader] = SimVisit(user: user, badge: badge, acts: world.number(1...6))
        oracle.saw(.badge)
        oracle.comes(user.name, to: agent.name)
        trace.note("\(user.name) at \(agent.name) \(reader)")
        if world.chance(faults.badRead) { for _ in 0..<world.number(1...9) { agent.fails(at: reader) } }
        agent.read(badge, at: reader)
        guard world.chance(faults.heldLong) else { return }
        let life = agent.life
        for _ in 0..<world.number(1...3) {
            world.after(50...1500) { if agent.life == life { agent.read(badge, at: reader) } }
        }
    }

    /// A reader with keys gives what is typed on it as a read.
    private func typeBadge(of user: SimUser, at agent: SimAgent, _ reader: String) {
        guard case .text(let text) = user.badge.content,
            let read = RawRead(technology: .keypad, text: text.revealed)
        else { return }
        oracle.saw(.typedBadge)
        present(read, of: user, agent, reader)
    }

    private func type(_ user: SimUser, at agent: SimAgent) {
        standing[agent.name + SimAgent.keypad] = SimVisit(user: user, badge: user.badge, acts: world.number(1...6))
        oracle.saw(.typedNumber)
        oracle.comes(user.name, to: agent.name)
        trace.note("\(user.name) types at \(agent.name)")
        agent.press(Array(user.number.utf8), life: agent.life)
    }

    // MARK: What they hear

    func shown(_ feedback: Feedback, at reader: String, of agent: SimAgent) {
        guard let visit = standing[agent.name + reader] else { return }
        let user = visit.user
        switch feedback {
        case .wrongPIN:
            if let before = user.pinBefore { (user.pin, user.pinBefore) = (before, user.pin) }
            if user.isClumsy, !isCalm, visit.acts > 0 { triesAgain(visit, agent, reader) }
        case .registered, .registeredBeforePIN: if visit.badge == user.newBadge { user.newBadge = nil }
        case .pinChanged: user.pinBefore = nil
        case .holdAgain: holdsAgain(visit, agent, reader)
        default: break
        }
        guard agent.box.hasKeypad, !world.chance(faults.walksAway) else { return }
        if let keys = answer(to: feedback, visit) { press(keys[...], at: agent, agent.life) }
    }

    private func answer(to feedback: Feedback, _ visit: SimVisit) -> [Keypad.Action]? {
        let user = visit.user
        switch feedback {
        case .enterPIN(typed: 0), .enterPINOfNewBadge(isNew: false):
            return user.pin.map { typed(mistyped($0, by: user)) }
        case .enterNumber(typed: 0): return typed(Array(user.number.utf8))
        case .enterCode(typed: 0):
            guard let code = user.code, world.chance(0.7) else { return [.function(1)] }
            return typed(mistyped(code, by: user))
        case .enterAccount(typed: 0):
            return typed(Array((world.chance(faults.wrongPIN) ? "99" : world.one(of: SimPlan.codes)).utf8))
        case .choosePIN(typed: 0), .enterPINOfNewBadge(isNew: true): return typed(choosesPIN(user))
        case .repeatPIN(typed: 0): return typed(repeatsPIN(user))
        case .choose: return choice
        default: return nil
        }
    }

    private func typed(_ digits: [UInt8]) -> [Keypad.Action] { digits.map { .digit($0) } + [.enter] }

    func mistyped(_ digits: [UInt8], by user: SimUser) -> [UInt8] {
        let isWrong = world.chance(user.isClumsy && !isCalm ? Self.clumsy : faults.wrongPIN)
        return isWrong ? Array("00000000".utf8) : digits
    }

    func choosesPIN(_ user: SimUser) -> [UInt8] {
        let isPoor = !isCalm && world.chance(0.1)
        user.chosen = Array((isPoor ? "1111" : "9\(world.number(100_000...999_999))\(user.name.utf8.count)").utf8)
        if !isPoor { oracle.secrets.append(String(decoding: user.chosen, as: UTF8.self)) }
        return user.chosen
    }

    /// From now on either of the two may be theirs.
    func repeatsPIN(_ user: SimUser) -> [UInt8] {
        if !isCalm, world.chance(0.1) { return Array("0000001".utf8) }
        (user.pin, user.pinBefore) = (user.chosen, user.pin)
        return user.chosen
    }

    private func triesAgain(_ visit: SimVisit, _ agent: SimAgent, _ reader: String) {
        world.after(2100...3000) { [unowned self] in
            guard !isCalm, agent.box.readers.contains(reader) else { return }
            present(visit.badge, of: visit.user, agent, reader)
            standing[agent.name + reader]?.acts = visit.acts + 4
        }
    }

    private func holdsAgain(_ visit: SimVisit, _ agent: SimAgent, _ reader: String) {
        guard !world.chance(faults.walksAway) else { return }
        let badge = world.chance(0.2) ? Self.wrongBadge ?? visit.badge : visit.badge
        let life = agent.life
        world.after(700...4000) { if agent.life == life { agent.read(badge, at: reader) } }
    }

    /// The list is open. In a calm site everybody takes everything; else some pick one, some keep one, some log out.
    private var choice: [Keypad.Action] {
        let choices: [[Keypad.Action]] = [
            [.enter], [.enter], [.function(1), .function(2), .enter], [.function(1), .function(4), .clear],
            [.function(1), .function(3), .function(3), .enter], [.clear],
        ]
        return isCalm ? [.enter] : world.one(of: choices)
    }

    private func press(_ keys: ArraySlice<Keypad.Action>, at agent: SimAgent, _ life: Int) {
        guard let key = keys.first else { return }
        world.after(60...700) { [unowned self] in
            guard agent.life == life else { return }
            agent.press(key)
            press(keys.dropFirst(), at: agent, life)
        }
    }
}
