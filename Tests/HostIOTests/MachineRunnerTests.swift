// SPDX-License-Identifier: Apache-2.0

import HostIO
import Primitives
import Testing
import TestKit

@Suite struct MachineRunnerTests {
    /// Counts events, wants waking 10 ms after each, and says what it saw.
    struct Echo: Machine {
        enum Action: Equatable, Sendable {
            case saw(Int)
            case woke
        }

        var deadline: MonotonicTime?

        mutating func handle(_ event: Int, at now: MonotonicTime) -> [Action] {
            deadline = now + .milliseconds(10)
            return [.saw(event), .saw(-event)]
        }

        mutating func tick(at now: MonotonicTime) -> [Action] {
            deadline = nil
            return [.woke]
        }
    }

    @Test func anActionThatFeedsTheMachineWaitsItsTurn() throws {
        let loop = try Loop()
        var seen: [Echo.Action] = []
        let runner = MachineRunner(Echo(), on: loop)
        runner.perform = { [unowned runner] action in
            seen.append(action)
            if action == .saw(1) { runner.feed(2) }
        }
        runner.feed(1)
        #expect(seen == [.saw(1), .saw(-1), .saw(2), .saw(-2)])
    }

    @Test func theDeadlineIsKeptOnceAndMovesWithEvents() throws {
        let loop = try Loop()
        var seen: [Echo.Action] = []
        let runner = MachineRunner(Echo(), on: loop) { seen.append($0) }
        runner.feed(1)
        runner.feed(2)
        let deadline = try #require(runner.machine.deadline)
        #expect(try loop.turn { seen.contains(.woke) })
        #expect(loop.now >= deadline)
        #expect(seen.filter { $0 == .woke }.count == 1)
        #expect(runner.machine.deadline == nil)
    }

    @Test func afterStopNothingHappens() throws {
        let loop = try Loop()
        var seen: [Echo.Action] = []
        let runner = MachineRunner(Echo(), on: loop)
        runner.perform = { [unowned runner] action in
            seen.append(action)
            runner.stop()
        }
        runner.feed(1)
        runner.feed(2)
        #expect(seen == [.saw(1)])
        var isOver = false
        _ = loop.schedule(after: .milliseconds(20)) { isOver = true }
        #expect(try loop.turn { isOver })
        #expect(seen == [.saw(1)])
    }

    private struct Talker: Machine {
        enum Event: Sendable, Equatable {
            case heard(from: Int, [UInt8])
            case typed(UInt8)
            case left
        }
        typealias Action = Event
        var deadline: MonotonicTime? { nil }
        mutating func handle(_ event: Event, at now: MonotonicTime) -> [Event] { [event] }
        mutating func tick(at now: MonotonicTime) -> [Event] { [] }
    }

    @Test func aStepsSummaryNamesItAndKeepsItsContentToItself() {
        typealias Step = MachineRunner<Talker>.Step
        #expect(Step.event(.heard(from: 77, [1, 2, 3])).summary == ("event", "heard 3"))
        #expect(Step.action(.typed(0x37)).summary == ("action", "typed"))
        #expect(Step.action(.left).summary == ("action", "left") && Step.tick.summary == ("tick", ""))
    }

    @Test func stepsAreSeenInOrder() throws {
        let loop = try Loop()
        var steps: [String] = []
        let runner = MachineRunner(Echo(), on: loop)
        runner.onStep = { steps.append("\($0)") }
        runner.feed(3)
        #expect(steps.count == 3 && steps[0].hasPrefix("event(3"))
    }
}
