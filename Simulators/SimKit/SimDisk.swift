// SPDX-License-Identifier: Apache-2.0

import AgentJournal

/// The file of an agent's journal. What is not synced is gone after a crash, or a beginning of it is there.
final class SimDisk {
    private enum Write {
        case append([UInt8])
        case replace([UInt8])
    }

    /// A write met a full disk: the process ends, as what is behind it is unknown.
    var onFull: () -> Void = {}

    private let world: World
    private let oracle: SimOracle
    private let faults: () -> SimFaults
    private let bug: SimBug?
    private var durable: [UInt8] = []
    /// As it was some syncs ago.
    private var old: [UInt8] = []
    private var waiting: [(write: Write, done: () -> Void)] = []
    /// Of the waiting writes, those in the sync under way.
    private var syncing = 0
    private var life = 0

    init(_ world: World, _ oracle: SimOracle, faults: @escaping () -> SimFaults, bug: SimBug?) {
        self.world = world
        self.oracle = oracle
        self.faults = faults
        self.bug = bug
    }

    var queued: Int { waiting.count }
    var bytes: [UInt8] { durable }

    func append(_ entries: [JournalEntry], then done: @escaping () -> Void) {
        var kept = entries
        if bug == .outcomeNotJournaled { kept.removeAll { if case .event = $0 { true } else { false } } }
        if bug == .useNotJournaled {
            kept.removeAll { if case .offline(.used) = $0 { true } else { false } }
        }
        submit(.append(kept.flatMap(\.record)), then: done)
    }

    func replace(by bytes: [UInt8]) { submit(.replace(bytes)) {} }

    private func submit(_ write: Write, then done: @escaping () -> Void) {
        if bug == .journalNotSynced {
            waiting.append((write, {}))
            let current = life
            world.after(0...0) { if self.life == current { done() } }
        } else {
            waiting.append((write, done))
        }
        sync()
    }

    private func sync() {
        guard syncing == 0, !waiting.isEmpty else { return }
        syncing = waiting.count
        let current = life
        let wait = bug == .journalNotSynced ? 100...3000 : world.chance(faults().slowDisk) ? 100...3000 : 1...8
        world.after(wait) {
            guard self.life == current else { return }
            if self.world.chance(self.faults().fullJournal) {
                self.oracle.saw(.fullJournal)
                guard self.bug == .fullJournalIgnored else { return self.onFull() }
                for (_, done) in self.waiting.prefix(self.syncing) { done() }
                self.waiting.removeFirst(self.syncing)
                self.syncing = 0
                return self.sync()
            }
            let done = Array(self.waiting.prefix(self.syncing))
            self.waiting.removeFirst(self.syncing)
            self.syncing = 0
            if self.world.chance(0.1) { self.old = self.durable }
            for (write, _) in done { self.apply(write) }
            for (_, done) in done { done() }
            self.sync()
        }
    }

    /// A torn write leaves a beginning of what was appended; a replacement happens or not.
    func crash() {
        life += 1
        let whole = world.number(0...waiting.count)
        for (write, _) in waiting.prefix(whole) { apply(write) }
        if whole < waiting.count, case .append(let bytes) = waiting[whole].write, !bytes.isEmpty {
            durable += bytes.prefix(world.number(0...(bytes.count - 1)))
            oracle.saw(.tornJournal)
        }
        waiting = []
        syncing = 0
        if bug == .journalRolledBack, !old.isEmpty { durable = old }
    }

    /// As the agent does it at its start; the fault when it cannot.
    func recover(stream: [UInt8]) -> Result<JournalState, JournalFault> {
        do throws(JournalFault) {
            let recovery = try Journal.recover(from: durable)
            guard recovery.validLength > 0 else { return .success(begin(stream)) }
            durable = Array(durable.prefix(recovery.validLength))
            return .success(recovery.state.stream.isEmpty ? begin(stream) : recovery.state)
        } catch {
            return .failure(error)
        }
    }

    private func begin(_ stream: [UInt8]) -> JournalState {
        var state = JournalState()
        state.apply(.identity(stream: stream))
        durable = state.compacted()
        return state
    }

    private func apply(_ write: Write) {
        switch write {
        case .append(let bytes): durable += bytes
        case .replace(let bytes): durable = bytes
        }
    }
}
