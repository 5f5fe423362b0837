// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

/// Keeps each reader and keypad of this box open, whatever is unplugged, plugged in or not there yet.
///
///     waiting ──device or retry──▶ opening ──opened──▶ attached ──lost or removed──▶ waiting
///
/// Readers come from the settings, and in ``Mode/automatic`` from what is plugged in and has a quirk. Keyboards outside
/// of both are never opened: they belong to somebody else, and what is typed on them is no badge.
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
        case open(String, ReaderOpening)
        /// Also after ``Event/lost(_:reason:)``; the shell lets go of the descriptor.
        case close(String)
        case report(String, ReaderState)
        case foreign(DeviceFacts, Foreign)
        /// Grab this further node of a reader in use and throw away what it types, until ``unsilence(sysPath:)``.
        case silence(sysPath: String, node: String)
        case unsilence(sysPath: String)
        /// Begin to tell of PC/SC's readers as devices; once.
        case needSmartCards
    }

    package enum Mode: String, CaseIterable, Sendable {
        /// Each device with a quirk is a reader.
        case automatic = "auto"
        /// Readers are those in the settings.
        case listed
    }

    package enum OpenFailure: Hashable, Sendable {
        /// Nothing there (any more).
        case missing
        /// The node has no digits and no Enter, as the mouse half of a reader.
        case unsuitable
        /// Somebody else holds it.
        case busy
        case notPermitted
        /// The line is to be switched by its driver, which cannot.
        case noRS485
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
        /// Readers that are there only because they were plugged in. The one that waits longest gives way.
        package var automatic = 64

        package init() {}
    }

    enum State: Sendable {
        case waiting(retryAt: MonotonicTime?)
        /// `device` is `nil` for what is opened by path or address. `isGone`: removed while it was being opened.
        case opening(device: DeviceFacts?, isGone: Bool)
        case attached(device: DeviceFacts?)
    }

    struct Reader: Sendable {
        var setting: ReaderSetting
        let isAutomatic: Bool
        var state = State.waiting(retryAt: nil)
        var backOff: Duration
        var reported: ReaderState?
        /// Nodes of the right identity that turned out to be none.
        var unfit: [String] = []
        /// The device that it was last: the same one is its device again.
        var last: DeviceFacts?
        /// Since the agent started.
        var wasAttached = false
        /// The last try to open it found somebody or something in the way.
        var isObstructed = false

        var isWaiting: Bool { if case .waiting = state { true } else { false } }

        var device: DeviceFacts? {
            switch state {
            case .waiting: nil
            case .opening(let device, _), .attached(let device): device
            }
        }
    }

    let limits: Limits
    let mode: Mode
    let quirks: ReaderQuirks
    var readers: [Reader]
    var devices: [DeviceFacts] = []
    var silenced: [String] = []
    var needsSmartCards = false

    package init(
        readers: [ReaderSetting], mode: Mode = .listed, quirks: ReaderQuirks = ReaderQuirks(), limits: Limits = Limits()
    ) {
        precondition(Set(readers.map(\.name)).count == readers.count, "readers have different names")
        self.limits = limits
        self.mode = mode
        self.quirks = quirks
        self.readers = readers.map { Reader(setting: $0, isAutomatic: false, backOff: limits.firstRetry) }
    }

    /// The readers as they are now, those of the settings first.
    package var listing: [ReaderListing] {
        readers.map { reader in
            ReaderListing(
                setting: reader.setting, isAutomatic: reader.isAutomatic, state: reader.reported ?? .waiting,
                device: reader.device ?? reader.last, condition: condition(of: reader))
        }
    }

    private func condition(of reader: Reader) -> ReaderStatus.State {
        switch reader.reported ?? .waiting {
        case .attached: .attached
        case .waiting: reader.wasAttached ? .lost : .waiting
        case .lost: reader.isObstructed ? .blocked : reader.wasAttached ? .lost : .waiting
        }
    }

    package var deadline: MonotonicTime? {
        readers.compactMap { if case .waiting(let retryAt) = $0.state { retryAt } else { nil } }.min()
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        var actions: [Action]
        switch event {
        case .start: actions = start()
        case .deviceAdded(let facts): actions = added(facts)
        case .deviceRemoved(let sysPath): actions = removed(sysPath)
        case .opened(let name): actions = opened(index(of: name))
        case .openFailed(let name, let failure): actions = failed(index(of: name), failure, at: now)
        case .lost(let name, let reason): actions = lost(index(of: name), reason, at: now)
        }
        return actions + updateSilence()
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        readers.indices.flatMap { index -> [Action] in
            guard case .waiting(let retryAt?) = readers[index].state, now >= retryAt else { return [] }
            return seek(index)
        } + updateSilence()
    }

    private func index(of name: String) -> Int {
        guard let index = readers.firstIndex(where: { $0.setting.name == name }) else {
            preconditionFailure("the shell speaks of readers it was asked to open")
        }
        return index
    }

    private mutating func start() -> [Action] {
        let usesSmartCards = readers.contains { $0.setting.model.kind.transport == .pcsc }
        return readers.indices.flatMap { seek($0) } + (usesSmartCards ? needSmartCards() : [])
    }

    mutating func needSmartCards() -> [Action] {
        defer { needsSmartCards = true }
        return needsSmartCards ? [] : [.needSmartCards]
    }
}

/// What to open for a reader, and how.
package struct ReaderOpening: Hashable, Sendable {
    package enum Way: Hashable, Sendable {
        /// Of the transport that belongs to the model's kind.
        case node(String)
        case smartCard(String)
        case dial(host: String, port: UInt16)
        case listen(port: UInt16)
    }

    package let way: Way
    package let model: ReaderModel

    package init(way: Way, model: ReaderModel) {
        self.way = way
        self.model = model
    }
}

/// One line of what `lanyard-agent readers` shows.
package struct ReaderListing: Hashable, Sendable {
    package let setting: ReaderSetting
    package let isAutomatic: Bool
    package let state: ReaderPool.ReaderState
    /// Its device now, or the last one.
    package let device: DeviceFacts?
    /// The same for somebody who must act: whether it was ever there, and whether something is in the way.
    package let condition: ReaderStatus.State
}
