// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Runs one machine on a loop: feeds it events, performs its actions in order, keeps one timer at its deadline.
///
/// This is the whole of the bridge between machines and the world. It decides nothing.
package final class MachineRunner<M: Machine> {
    /// What happened to the machine, for the debug log.
    package enum Step {
        case event(M.Event)
        case tick
        case action(M.Action)

        /// What kind of step, and which: the case's name and how many bytes came with it. Never more: the bytes may be
        /// a badge number or a PIN on its way.
        package var summary: (kind: String, name: String) {
            switch self {
            case .event(let event): ("event", caseName(event))
            case .tick: ("tick", "")
            case .action(let action): ("action", caseName(action))
            }
        }
    }

    private enum Input {
        case event(M.Event)
        case tick
    }

    package private(set) var machine: M
    /// Performs one action. It may feed this runner: the event waits until the actions at hand are done.
    package var perform: (M.Action) -> Void
    package var onStep: ((Step) -> Void)?
    /// Runs before each event and tick: the place to tell the machine the wall clock.
    package var prepare: ((inout M) -> Void)?

    private let loop: Loop
    private var inputs: [Input] = []
    private var isRunning = false
    private var isStopped = false
    private var timer: (token: TimerToken, deadline: MonotonicTime)?

    package init(_ machine: M, on loop: Loop, perform: @escaping (M.Action) -> Void = { _ in }) {
        self.machine = machine
        self.loop = loop
        self.perform = perform
        keepDeadline()
    }

    deinit {
        if let timer { loop.cancel(timer.token) }
    }

    package func feed(_ event: M.Event) {
        guard !isStopped else { return }
        inputs.append(.event(event))
        drain()
    }

    /// No event, action or tick after this; what `perform` holds is let go.
    package func stop() {
        isStopped = true
        inputs = []
        keepDeadline()
        perform = { _ in }
        onStep = nil
        prepare = nil
    }

    private func drain() {
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        while !inputs.isEmpty && !isStopped {
            for action in take(inputs.removeFirst()) where !isStopped {
                onStep?(.action(action))
                perform(action)
            }
        }
        keepDeadline()
    }

    private func take(_ input: Input) -> [M.Action] {
        prepare?(&machine)
        switch input {
        case .event(let event):
            onStep?(.event(event))
            return machine.handle(event, at: loop.now)
        case .tick:
            onStep?(.tick)
            return machine.tick(at: loop.now)
        }
    }

    private func keepDeadline() {
        let deadline = isStopped ? nil : machine.deadline
        guard deadline != timer?.deadline else { return }
        if let timer { loop.cancel(timer.token) }
        timer = deadline.map { time in
            (loop.schedule(at: time) { [weak self] in self?.fire() }, time)
        }
    }

    private func fire() {
        timer = nil
        inputs.append(.tick)
        drain()
    }
}

/// The name of an enum's case, and the length of byte arrays in it.
private func caseName<Value>(_ value: Value) -> String {
    guard let payload = Mirror(reflecting: value).children.first, let name = payload.label else { return "\(value)" }
    if let bytes = payload.value as? [UInt8] { return "\(name) \(bytes.count)" }
    let lengths = Mirror(reflecting: payload.value).children.compactMap { ($0.value as? [UInt8])?.count }
    return ([name] + lengths.map { "\($0)" }).joined(separator: " ")
}
