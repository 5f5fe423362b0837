// SPDX-License-Identifier: Apache-2.0

import Credentials
import ReaderMachines

/// What people do at the copiers: they hold badges to readers, type, choose, and walk away.
extension SimSite {
    /// Of those who have a PIN, those who left the badge at home.
    private static let typesNumber = 0.2

    func comes(_ user: SimUser) {
        let agent = agents[world.number(0...(agents.count - 1))]
        let reader = Self.readers[world.number(0...1)]
        if world.chance(faults.unknownBadge) {
            guard let stranger = RawRead(technology: .wedge, text: Array("99999".utf8)) else { return }
            standing[agent.name + reader] = nil
            return agent.read(stranger, at: reader)
        }
        if user.pin != nil, world.chance(Self.typesNumber) { return type(user, at: agent) }
        present(user, agent, reader)
        guard world.chance(faults.twoReaders) else { return }
        let other = agents[world.number(0...(agents.count - 1))]
        world.after(0...50) { [unowned self] in present(user, other, Self.readers[world.number(0...1)]) }
    }

    func present(_ user: SimUser, _ agent: SimAgent, _ reader: String) {
        standing[agent.name + reader] = user
        trace.note("\(user.name) at \(agent.name) \(reader)")
        agent.read(user.badge, at: reader)
    }

    func asked(_ agent: SimAgent, _ reader: String) {
        guard let pin = standing[agent.name + reader]?.pin, !world.chance(faults.walksAway) else { return }
        let typed = world.chance(faults.wrongPIN) ? Array("0000".utf8) : pin
        let life = agent.life
        world.after(200...1500) { agent.press(typed, life: life) }
    }

    private func type(_ user: SimUser, at agent: SimAgent) {
        standing[agent.name + SimAgent.keypad] = user
        trace.note("\(user.name) types at \(agent.name)")
        agent.press(Array(user.number.utf8), life: agent.life)
    }

    /// The list is open. In a calm site everybody takes everything; else some pick one, some keep one, some log out.
    func mayChoose(_ agent: SimAgent) {
        let life = agent.life
        var keys: [Keypad.Action] = [.enter]
        if !isCalm {
            if world.chance(faults.walksAway) { return }
            let choices: [[Keypad.Action]] = [
                [.enter], [.enter], [.function(1), .function(2), .enter], [.function(1), .function(4), .clear],
                [.clear],
            ]
            keys = choices[world.number(0...(choices.count - 1))]
        }
        press(keys[...], at: agent, life)
    }

    private func press(_ keys: ArraySlice<Keypad.Action>, at agent: SimAgent, _ life: Int) {
        guard let key = keys.first else { return }
        world.after(100...900) { [unowned self] in
            guard agent.life == life else { return }
            agent.press(key)
            press(keys.dropFirst(), at: agent, life)
        }
    }
}
