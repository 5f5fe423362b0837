// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseWire
import ServerCore

/// What goes wrong by itself.
extension SimSite {
    private static let minute: Int64 = 60_000
    private static let decade: Int64 = 10 * 365 * 24 * 60 * minute

    func startTrouble() {
        let goesOn = { !self.isCalm }
        every(faults.linkReset, while: goesOn) { site in
            site.server.resetLinks(isHalfOpen: site.world.chance(site.faults.halfOpen))
        }
        every(faults.serverCrash, while: goesOn) { site in
            if site.server.isUp { site.oracle.saw(.serverCrash) }
            site.endServer { $0.crash() }
        }
        every(faults.serverStop, while: goesOn) { site in
            if site.server.isUp { site.oracle.saw(.drain) }
            site.endServer { $0.stop() }
        }
        every(faults.clockJump, while: goesOn) { $0.setClock() }
        every(faults.administrators, while: goesOn) { $0.administratorActs() }
        every(faults.linkReset, while: goesOn) { $0.thiefComes() }
        for agent in agents {
            every(faults.agentCrash, while: goesOn) { site in
                if agent.isUp { site.oracle.saw(.agentCrash) }
                site.end(agent) { $0.crash() }
            }
            every(faults.agentStop, while: goesOn) { site in
                if agent.isUp { site.oracle.saw(.agentStop) }
                site.end(agent) { $0.stop() }
            }
            every(faults.partition, while: goesOn) { agent.cutOff(for: 500...$0.faults.partitionLength) }
            every(faults.printerTrouble, while: goesOn) { site in
                agent.printer.trouble()
                site.world.after(500...12_000) { agent.printer.repair() }
            }
        }
    }

    private func endServer(_ how: (SimServer) -> Void) {
        how(server)
        world.after(500...8000) { [unowned self] in
            if !server.isUp {
                server.isOld = !isCalm && world.chance(faults.oldPeers / 2)
                if server.isOld { oracle.saw(.oldServer) }
            }
            server.start()
        }
    }

    private func end(_ agent: SimAgent, _ how: (SimAgent) -> Void) {
        how(agent)
        restart(agent)
    }

    func restart(_ agent: SimAgent) {
        world.after(100...6000) { [unowned self] in
            if agent.isUp { return restartOnceStopped(agent) }
            if world.chance(0.5) { agent.upgrade() }
            agent.start()
        }
    }

    /// It may still be finishing its document.
    private func restartOnceStopped(_ agent: SimAgent) {
        world.after(1000...1000) { [unowned self] in
            if !agent.isUp { agent.start() } else if !isCalm { restartOnceStopped(agent) }
        }
    }

    /// Seconds or hours, now and then years. The jobs of a server that is years ahead are all past their time.
    private func setClock() {
        let sign: Int64 = world.chance(0.5) ? 1 : -1
        let isFar = world.chance(0.1)
        let length = Int64(world.number(1...Int(120 * Self.minute)))
        if world.chance(0.5) {
            server.clock.jump(by: sign * (isFar && sign < 0 ? Self.decade : length))
            oracle.saw(.serverClock)
            trace.note("the server's clock jumps")
        } else {
            world.one(of: agents).clock.jump(by: sign * (isFar ? Self.decade : length))
            oracle.saw(.agentClock)
        }
    }

    /// Somebody has a copy of a key that opens nothing any more.
    private func thiefComes() {
        let dead =
            oracle.retiredKeys.keys.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
            + agents.filter { oracle.revoked[$0.name] != nil }.map(\.key)
        guard !dead.isEmpty, server.isUp else { return }
        oracle.saw(.thief)
        let link = SimLink(world) { [unowned self] in faults }
        let hello = Hello(
            software: "thief", stream: world.bytes(16), nextSequence: 1, unsettled: [], capabilities: [.dialogue])
        var session = AgentSession(opening: .hello(hello), openedAt: world.now)
        server.connect(link, key: world.one(of: dead))
        for case .send(let bytes) in session.start(at: world.now) { link.sendUp(bytes) }
        world.after(2000...4000) { link.closeFromAgent() }
    }

    func calmDown() {
        trace.note("calm")
        isCalm = true
        faults = .none
        if server.isOld { server.crash() }
        server.isOld = false
        server.start()
        // What a server that was away did not hear of, it learns from the next hello.
        desk.leave()
        world.after(1000...1000) { [unowned self] in desk.act(users) }
        world.after(30_000...30_000) { [unowned self] in desk.leave() }
        for agent in agents {
            agent.reconnect()
            agent.printer.repair()
            _ = administer(.approveAgent(agent.name))
            if oracle.rightless.contains(agent.name) {
                _ = administer(.setRight(.release, of: agent.name, isGranted: true))
            }
            addPrinter(of: agent.name)
            // A stopping one would not come back.
            agent.crashIfStopping()
            if agent.isOld {
                agent.crash()
                agent.upgrade()
            }
            agent.start()
        }
    }
}
