// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReleaseRules

/// Somebody who guesses PINs at readers day and night, in virtual time, against the rules that the store decides by:
/// how many guesses are looked at, and when one of them is expected to be right.
struct GuessRun {
    /// Number, Enter, PIN, Enter, and the answer.
    static let pace = Duration.seconds(10)
    static let readersPerAgent = 4
    static let agents = 100
    static let people = 1000
    /// Of four digits, each as likely as the others.
    private static let pins = 10_000.0
    private static let day = Duration.seconds(86_400)

    static let all = [
        GuessRun("1 reader, 1 person", agents: 1, readers: 1, people: 1, days: 120),
        GuessRun("1 agent, 1 person", agents: 1, readers: readersPerAgent, people: 1, days: 120),
        GuessRun("all agents, 1 person", agents: agents, readers: readersPerAgent, people: 1, days: 3),
        GuessRun("1 reader, anybody", agents: 1, readers: 1, people: people, days: 120),
        GuessRun("1 agent, anybody", agents: 1, readers: readersPerAgent, people: people, days: 60),
        GuessRun("all agents, anybody", agents: agents, readers: readersPerAgent, people: people, days: 3),
    ]

    let name: String
    let agents: Int
    /// Of each agent; somebody guesses at each of them.
    let readers: Int
    let people: Int
    let days: Int

    private init(_ name: String, agents: Int, readers: Int, people: Int, days: Int) {
        (self.name, self.agents, self.readers, self.people, self.days) = (name, agents, readers, people, days)
    }

    /// What one run has counted.
    private struct Count {
        var typed = 0
        /// Compared with a PIN, by day.
        var tried: [Int]

        var total: Int { tried.reduce(0, +) }
    }

    func figures() -> [Figure] {
        let count = guess()
        let first = count.tried[0]
        let later = Double(count.total - first) / Double(days - 1)
        let how = "\(count.typed) typed in \(days) days, one each 10 s at every reader; LoginRule, virtual time"
        return [
            .text(name, "\(first) tried on day 1", how: how),
            .text("  after that", "\(Figure.decimal(later, digits: 1)) a day", how: fall(count, later)),
        ]
    }

    private func fall(_ count: Count, _ later: Double) -> String {
        let most = people * LockRule.failureLimit
        guard people > 1 else {
            let chance = Figure.decimal(Double(min(count.total, most)) / Self.pins * 100, digits: 1)
            return
                "\(count.total) tries in \(days) days: chance \(chance) %; \(most) is the most, then it needs unlocking"
        }
        let rest = max(0, Self.pins - Double(count.tried[0]))
        let days = Double(count.tried[0]) >= Self.pins ? Self.pins / Double(count.tried[0]) : 1 + rest / later
        return "a 4-digit PIN of somebody is expected to fall in \(Figure.decimal(days, digits: 1)) days"
    }

    /// Every guess is wrong: this counts how often one is looked at.
    private func guess() -> Count {
        var users = Array(repeating: PINAttempts.none, count: people)
        var places = Array(repeating: PlaceAttempts.none, count: agents * readers)
        var boxes = Array(repeating: PlaceAttempts.none, count: agents)
        var count = Count(tried: Array(repeating: 0, count: days))
        var now = WallTime(milliseconds: 0)
        var next = 0
        for day in 0..<days {
            for _ in 0..<Int(Self.day / Self.pace) {
                for place in places.indices {
                    let box = place / readers
                    let until = [places[place].barredUntil, boxes[box].barredUntil].compactMap { $0 }.max()
                    let bar = PlaceLockRule.bar(until: until, at: now)
                    let decision = LoginRule.decide(
                        users[next], isLocked: false, matched: false, placeBar: bar, at: now)
                    count.typed += 1
                    if decision == .wrong {
                        count.tried[day] += 1
                        users[next] = LockRule.afterFailure(users[next], at: now)
                        places[place] = PlaceLockRule.reader.afterFailure(places[place], at: now)
                        boxes[box] = PlaceLockRule.agent.afterFailure(boxes[box], at: now)
                    }
                    next = (next + 1) % people
                }
                now = now.advanced(by: Self.pace)
            }
        }
        return count
    }
}
