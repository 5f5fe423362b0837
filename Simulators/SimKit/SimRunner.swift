// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Runs one machine in the world as the real loop does: one event at a time, its actions in order, one timer.
final class SimRunner<M: Machine> {
    private(set) var machine: M
    var prepare: ((inout M) -> Void)?
    var perform: (M.Action) -> Void = { _ in }
    /// After each event and each tick, when its actions are done.
    var afterStep: () -> Void = {}
    /// A planted bug: the timer is never set.
    var forgetsTime = false

    private let world: World
    private var events: [M.Event?] = []
    private var isRunning = false
    private(set) var isStopped = false
    private var timer: MonotonicTime?

    init(_ machine: M, in world: World) {
        self.machine = machine
        self.world = world
    }

    func feed(_ event: M.Event) { take(event) }

    func stop() {
        isStopped = true
        events = []
        perform = { _ in }
        afterStep = {}
    }

    /// `nil` is a tick.
    private func take(_ event: M.Event?) {
        guard !isStopped else { return }
        events.append(event)
        guard !isRunning else { return }
        isRunning = true
        while !events.isEmpty, !isStopped {
            let next = events.removeFirst()
            prepare?(&machine)
            let actions = next.map { machine.handle($0, at: world.now) } ?? machine.tick(at: world.now)
            for action in actions where !isStopped { perform(action) }
            afterStep()
        }
        isRunning = false
        keepTimer()
    }

    func keepTimer() {
        guard !isStopped, !forgetsTime, let deadline = machine.deadline else { return }
        if let timer, timer <= deadline { return }
        timer = deadline
        world.at(deadline) { [weak self] in
            guard let self, timer == deadline else { return }
            timer = nil
            guard let due = machine.deadline, due <= world.now else { return keepTimer() }
            take(nil)
        }
    }
}
