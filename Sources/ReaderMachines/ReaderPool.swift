// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// Keeps each configured reader and keypad open, whatever is unplugged, plugged in or not there yet.
///
///     waiting ──device or retry──▶ opening ──opened──▶ attached ──lost or removed──▶ waiting
///
/// Keyboards outside the configured list are never opened: they belong to somebody else.
package struct ReaderPool: Machine {
    package enum Event: Sendable {
        /// Once, before the devices that are there are enumerated.
        case start
        case deviceAdded(DeviceFacts)
        case deviceRemoved(sysPath: String)
        case opened(String)
        case openFailed(String, OpenFailure)
        /// An open reader failed or hung up.
        case lost(String, reason: String)
    }

    package enum Action: Sendable, Equatable {
        case open(String, path: String, kind: ReaderSetting.Kind)
        /// Also after ``Event/lost(_:reason:)``; the shell lets go of the descriptor.
        case close(String)
        case report(String, ReaderState)
        case foreign(DeviceFacts, Foreign)
    }

    package enum OpenFailure: Hashable, Sendable {
        /// Nothing there (any more).
        case missing
        /// The node has no digits and no Enter, as the mouse half of a reader.
        case notAKeyboard
        /// Somebody else holds it.
        case busy
        case notPermitted
        case other(String)
    }

    package enum ReaderState: Hashable, Sendable {
        case attached
        /// Not there yet, or no longer.
        case waiting
        /// There, but not to be had.
        case lost(reason: String)
    }

    package enum Foreign: String, Sendable {
        case notConfigured = "not-configured"
        /// Its kind is configured, but each such reader has a device already.
        case spare
        case tooManyDevices = "too-many-devices"
    }

    package struct Limits: Sendable {
        package var firstRetry = Duration.milliseconds(250)
        package var lastRetry = Duration.seconds(5)
        package var devices = 256

        package init() {}
    }

    private enum State: Sendable {
        case waiting(retryAt: MonotonicTime?)
        /// `device` is `nil` for a serial path. `isGone`: removed while it was being opened.
        case opening(device: DeviceFacts?, isGone: Bool)
        case attached(device: DeviceFacts?)
    }

    private struct Reader: Sendable {
        let setting: ReaderSetting
        var state = State.waiting(retryAt: nil)
        var backOff: Duration
        var reported: ReaderState?
        /// Nodes of the right identity that turned out to be no keyboard.
        var unfit: [String] = []
    }

    private let limits: Limits
    private var readers: [Reader]
    private var devices: [DeviceFacts] = []

    package init(readers: [ReaderSetting], limits: Limits = Limits()) {
        precondition(Set(readers.map(\.name)).count == readers.count, "readers have different names")
        self.limits = limits
        self.readers = readers.map { Reader(setting: $0, backOff: limits.firstRetry) }
    }

    package var deadline: MonotonicTime? {
        readers.compactMap { if case .waiting(let retryAt) = $0.state { retryAt } else { nil } }.min()
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .start: readers.indices.flatMap { seek($0) }
        case .deviceAdded(let facts): added(facts)
        case .deviceRemoved(let sysPath): removed(sysPath, at: now)
        case .opened(let name): opened(index(of: name))
        case .openFailed(let name, let failure): failed(index(of: name), failure, at: now)
        case .lost(let name, let reason): lost(index(of: name), reason, at: now)
        }
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        readers.indices.flatMap { index -> [Action] in
            guard case .waiting(let retryAt?) = readers[index].state, now >= retryAt else { return [] }
            return seek(index)
        }
    }

    private func index(of name: String) -> Int {
        guard let index = readers.firstIndex(where: { $0.setting.name == name }) else {
            preconditionFailure("the shell speaks of readers it was asked to open")
        }
        return index
    }

    // MARK: Devices

    private mutating func added(_ facts: DeviceFacts) -> [Action] {
        devices.removeAll { $0.sysPath == facts.sysPath }
        guard devices.count < limits.devices else { return [.foreign(facts, .tooManyDevices)] }
        devices.append(facts)
        var actions: [Action] = []
        for index in readers.indices {
            readers[index].unfit.removeAll { $0 == facts.sysPath }
            guard case .waiting = readers[index].state, concerns(facts, readers[index].setting.kind) else { continue }
            readers[index].backOff = limits.firstRetry
            actions += seek(index)
        }
        return actions + strangeness(of: facts)
    }

    private func concerns(_ facts: DeviceFacts, _ kind: ReaderSetting.Kind) -> Bool {
        switch kind {
        // The configured path may be a link to any of them.
        case .id12: facts.subsystem == "tty"
        case .wedge(let vendor, let product), .keypad(let vendor, let product):
            facts.isEventNode && facts.vendor == vendor && facts.product == product
        }
    }

    private func strangeness(of facts: DeviceFacts) -> [Action] {
        guard facts.isEventNode else { return [] }
        let concerned = readers.filter { concerns(facts, $0.setting.kind) }
        if concerned.isEmpty { return [.foreign(facts, .notConfigured)] }
        // A further node of a device in use is no stranger.
        let isKnown = readers.contains { device(of: $0)?.physicalPath == facts.physicalPath }
        return isKnown ? [] : [.foreign(facts, .spare)]
    }

    private mutating func removed(_ sysPath: String, at now: MonotonicTime) -> [Action] {
        devices.removeAll { $0.sysPath == sysPath }
        return readers.indices.flatMap { index -> [Action] in
            readers[index].unfit.removeAll { $0 == sysPath }
            guard device(of: readers[index])?.sysPath == sysPath else { return [] }
            switch readers[index].state {
            case .waiting: return []
            case .opening(let device, _):
                readers[index].state = .opening(device: device, isGone: true)
                return []
            case .attached: return [.close(readers[index].setting.name)] + seek(index)
            }
        }
    }

    private func device(of reader: Reader) -> DeviceFacts? {
        switch reader.state {
        case .waiting: nil
        case .opening(let device, _), .attached(let device): device
        }
    }

    // MARK: Readers

    /// Opens what fits, or waits for it.
    private mutating func seek(_ index: Int) -> [Action] {
        let setting = readers[index].setting
        if case .id12(let path) = setting.kind {
            readers[index].state = .opening(device: nil, isGone: false)
            return [.open(setting.name, path: path, kind: setting.kind)]
        }
        guard let device = devices.first(where: { isFree($0, for: index) }), let node = device.node else {
            readers[index].state = .waiting(retryAt: nil)
            return report(.waiting, of: index)
        }
        readers[index].state = .opening(device: device, isGone: false)
        return [.open(setting.name, path: node, kind: setting.kind)]
    }

    private func isFree(_ candidate: DeviceFacts, for index: Int) -> Bool {
        let reader = readers[index]
        guard concerns(candidate, reader.setting.kind), !reader.unfit.contains(candidate.sysPath) else { return false }
        return !readers.indices.contains { other in
            guard other != index, let taken = device(of: readers[other]) else { return false }
            // A reader with a keypad built in is one thing with two nodes; two readers of a kind are two things.
            return taken.sysPath == candidate.sysPath
                || (readers[other].setting.kind == reader.setting.kind && taken.physicalPath == candidate.physicalPath)
        }
    }

    private mutating func opened(_ index: Int) -> [Action] {
        guard case .opening(let device, let isGone) = readers[index].state else {
            return []
        }
        guard !isGone else { return [.close(readers[index].setting.name)] + seek(index) }
        readers[index].state = .attached(device: device)
        readers[index].backOff = limits.firstRetry
        return report(.attached, of: index)
    }

    private mutating func failed(_ index: Int, _ failure: OpenFailure, at now: MonotonicTime) -> [Action] {
        guard case .opening(let device, let isGone) = readers[index].state else { return [] }
        if isGone { return seek(index) }
        switch failure {
        case .notAKeyboard:
            if let device { readers[index].unfit.append(device.sysPath) }
            // A serial path is no keyboard by nature and never fails like this; a retry does no harm.
            return device == nil ? retryLater(index, .lost(reason: "unsuitable"), at: now) : seek(index)
        case .missing: return retryLater(index, .waiting, at: now)
        case .busy: return retryLater(index, .lost(reason: "in use by another program"), at: now)
        case .notPermitted: return retryLater(index, .lost(reason: "not permitted"), at: now)
        case .other(let reason): return retryLater(index, .lost(reason: reason), at: now)
        }
    }

    private mutating func lost(_ index: Int, _ reason: String, at now: MonotonicTime) -> [Action] {
        guard case .attached = readers[index].state else { return [] }
        return [.close(readers[index].setting.name)] + retryLater(index, .lost(reason: reason), at: now)
    }

    private mutating func retryLater(_ index: Int, _ state: ReaderState, at now: MonotonicTime) -> [Action] {
        let wait = readers[index].backOff
        readers[index].backOff = min(wait * 2, limits.lastRetry)
        readers[index].state = .waiting(retryAt: now + wait)
        return report(state, of: index)
    }

    /// A state is reported when it changes, not at each retry.
    private mutating func report(_ state: ReaderState, of index: Int) -> [Action] {
        guard readers[index].reported != state else { return [] }
        readers[index].reported = state
        return [.report(readers[index].setting.name, state)]
    }
}
