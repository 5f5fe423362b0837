// SPDX-License-Identifier: Apache-2.0

/// The one shape of every driver and protocol in this package.
///
/// A machine is a value. It takes one event and answers with the actions its shell must perform, in
/// order. It opens nothing, reads no clock, draws no random number and starts no task, so a test or
/// a simulator can drive it through any history it likes.
package protocol Machine: Sendable {
    associatedtype Event: Sendable
    associatedtype Action: Sendable, Equatable

    /// When the shell must call ``tick(at:)`` at the latest; `nil` when nothing is awaited.
    var deadline: MonotonicTime? { get }

    mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action]

    /// Called once ``deadline`` has passed.
    mutating func tick(at now: MonotonicTime) -> [Action]
}
