// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Times of the same thing, measured again and again.
struct Samples {
    private let sorted: [Duration]

    init(_ samples: [Duration]) {
        precondition(!samples.isEmpty, "something was measured")
        sorted = samples.sorted()
    }

    var median: Duration { rank(0.50) }
    var p99: Duration { rank(0.99) }
    var count: Int { sorted.count }

    /// How often a sample of these is longer than one of the others: a half where time does not tell them apart.
    func isLonger(than other: Samples) -> Double {
        let wins = sorted.reduce(0.0) { sum, mine in
            sum + other.sorted.reduce(0.0) { $0 + (mine > $1 ? 1 : mine == $1 ? 0.5 : 0) }
        }
        return wins / Double(sorted.count * other.sorted.count)
    }

    /// The smallest sample that so large a share of all does not exceed.
    private func rank(_ share: Double) -> Duration {
        sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }
}

/// One line of the report.
struct Figure {
    let text: String

    private init(_ name: String, _ value: String, _ how: String) {
        text = Self.padded(name, 26) + Self.padded(value, 26) + how
    }

    static func latency(_ name: String, _ samples: Samples, how: String) -> Figure {
        let value = "p50 \(milliseconds(samples.median))  p99 \(milliseconds(samples.p99)) ms"
        return Figure(name, value, how)
    }

    static func ratio(_ name: String, _ ratio: Double, how: String) -> Figure {
        Figure(name, "\(decimal(ratio, digits: 2)) x", how)
    }

    static func rate(_ name: String, _ perSecond: Double, how: String) -> Figure {
        Figure(name, "\(Int(perSecond.rounded())) a second", how)
    }

    static func seconds(_ name: String, _ time: Duration, how: String) -> Figure {
        Figure(name, "\(decimal(time / .seconds(1), digits: 1)) s", how)
    }

    static func memory(_ name: String, _ bytes: Int, how: String) -> Figure {
        Figure(name, "\(decimal(Double(bytes) / Double(1 << 20), digits: 1)) MiB", how)
    }

    static func share(_ name: String, _ share: Double, how: String) -> Figure {
        Figure(name, decimal(share, digits: 2), how)
    }

    static func text(_ name: String, _ value: String, how: String) -> Figure { Figure(name, value, how) }

    static func count(_ name: String, _ count: Int, how: String) -> Figure { Figure(name, "\(count)", how) }

    static func cost(_ name: String, _ cost: Duration, how: String) -> Figure {
        Figure(name, "\(Int((cost / .nanoseconds(1)).rounded())) ns", how)
    }

    private static func milliseconds(_ time: Duration) -> String { decimal(time / .milliseconds(1), digits: 2) }

    static func decimal(_ number: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((number * Double(scale)).rounded())
        let rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
