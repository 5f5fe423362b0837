// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire

/// What people do at a touch screen: they look at it, think, and ask for something of what it offers.
extension SimSite {
    func logIn(_ user: SimUser, at agent: SimAgent) {
        standing[agent.name + SimAgent.screen] = SimVisit(user: user, badge: user.badge, acts: world.number(1...6))
        oracle.saw(.namedLogin)
        oracle.comes(user.name, to: agent.name)
        trace.note("\(user.name) at the screen of \(agent.name)")
        let secret = SecretBytes(mistyped(user.password, by: user))
        agent.command(.logIn(user: user.name, .password, secret), at: nil)
    }

    func looks(at view: DeskView, of agent: SimAgent) {
        let place = agent.name + view.reader
        guard let visit = standing[place] else { return }
        standing[place]?.thought += 1
        let life = agent.life
        world.after(200...1500) { [unowned self] in
            guard agent.life == life, standing[place]?.thought == visit.thought + 1, !world.chance(faults.walksAway)
            else { return }
            guard let command = answer(to: view, place) else { return }
            agent.command(command, at: view.reader)
        }
    }

    private func answer(to view: DeskView, _ place: String) -> DeskCommand? {
        guard let user = standing[place]?.user else { return nil }
        switch view.stage {
        case .idle, .checking, .holdAgain, .number, .account: return nil
        case .pin: return user.pin.map { .answer(SecretBytes(mistyped($0, by: user))) }
        case .newPIN: return .answer(SecretBytes(choosesPIN(user)))
        case .repeatPIN: return .answer(SecretBytes(repeatsPIN(user)))
        case .activation:
            if let code = user.code, world.chance(0.5) { return .answer(SecretBytes(mistyped(code, by: user))) }
            return .logIn(user: user.name, .password, SecretBytes(mistyped(user.password, by: user)))
        case .desk: return act(on: view, place)
        }
    }

    private func act(on view: DeskView, _ place: String) -> DeskCommand? {
        let left = standing[place]?.acts ?? 0
        standing[place]?.acts -= 1
        let held = view.documents.filter { $0.state == "held" }
        if isCalm {
            guard !held.isEmpty else { return .logOut }
            return withAccount(view, .releaseAll)
        }
        guard left > 0 else { return world.chance(0.3) ? nil : .logOut }
        if !held.isEmpty, view.needsAccount, world.chance(0.5) { return withAccount(view, .releaseAll) }
        if let one = held.first {
            let picked = view.documents.contains { $0.isPicked }
            let choices: [DeskCommand] = [
                .releaseAll, .pick([one.id]), .pick(held.map(\.id)), .delete([one.id]), .hold([one.id]), .unpick([]),
                .mono(!view.isMono), .sides(.longEdge), withAccount(view, picked ? .release : .releaseAll),
                picked ? .release : .pick([one.id]), .list, .changePIN,
            ]
            return world.one(of: choices)
        }
        return world.one(of: [.logOut, .list, .changePIN, .findAccounts("")])
    }

    private func withAccount(_ view: DeskView, _ command: DeskCommand) -> DeskCommand {
        guard view.choices.contains(.account), view.account == nil else { return command }
        guard let first = view.accounts.first else { return .findAccounts("") }
        return .chooseAccount(first.id)
    }
}
