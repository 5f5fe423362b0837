// SPDX-License-Identifier: Apache-2.0

import Primitives

extension ReaderPool {
    mutating func added(_ facts: DeviceFacts) -> [Action] {
        devices.removeAll { $0.sysPath == facts.sysPath }
        guard devices.count < limits.devices else { return [.foreign(facts, .tooManyDevices)] }
        devices.append(facts)
        var actions: [Action] = []
        for index in readers.indices {
            readers[index].unfit.removeAll { $0 == facts.sysPath }
            guard readers[index].isWaiting, invites(facts, readers[index]) else { continue }
            readers[index].backOff = limits.firstRetry
            actions += seek(index)
        }
        return actions + attach(facts) + strangeness(of: facts)
    }

    mutating func removed(_ sysPath: String) -> [Action] {
        devices.removeAll { $0.sysPath == sysPath }
        return readers.indices.flatMap { index -> [Action] in
            readers[index].unfit.removeAll { $0 == sysPath }
            guard readers[index].device?.sysPath == sysPath else { return [] }
            switch readers[index].state {
            case .waiting: return []
            case .opening(let device, _):
                readers[index].state = .opening(device: device, isGone: true)
                return []
            case .attached: return [.close(readers[index].setting.name)] + seek(index)
            }
        }
    }

    /// The device may be the reader's.
    func concerns(_ facts: DeviceFacts, _ reader: Reader) -> Bool {
        let kind = reader.setting.model.kind
        switch reader.setting.place {
        case .path(let path): return facts.isAt(path)
        case .usb(let identity): return isNode(facts, of: kind) && facts.matches(identity)
        case .smartCard(let pattern): return facts.subsystem == "pcsc" && pattern.matches(facts.node ?? "")
        case .port(let port):
            return isNode(facts, of: kind) && (facts.port == port || facts.portWithBus == port)
                && quirks.quirk(for: facts)?.model == reader.setting.model
        case .dial, .listen: return false
        }
    }

    /// Worth another try now: a path may be a link to any node of its subsystem.
    private func invites(_ facts: DeviceFacts, _ reader: Reader) -> Bool {
        if case .path = reader.setting.place { return isNode(facts, of: reader.setting.model.kind) }
        return concerns(facts, reader)
    }

    private func isNode(_ facts: DeviceFacts, of kind: ReaderKind) -> Bool {
        switch kind.transport {
        case .serial: facts.subsystem == "tty" && !(facts.node ?? "").contains("ttyGS")
        case .evdev: facts.isEventNode && facts.canTypeNumbers != false
        case .hidraw: facts.subsystem == "hidraw"
        case .pcsc: facts.subsystem == "pcsc"
        case .stream: false
        }
    }

    // MARK: Automatic readers

    private mutating func attach(_ facts: DeviceFacts) -> [Action] {
        guard mode == .automatic, let model = quirks.quirk(for: facts)?.model else { return [] }
        if facts.subsystem == "usb" && model.kind.transport == .pcsc { return needSmartCards() }
        guard isNode(facts, of: model.kind), !isClaimed(facts, model.kind), let name = freeName(facts) else {
            return []
        }
        let setting = ReaderSetting(name: name, model: model, place: .port(facts.portWithBus))
        if let index = readers.firstIndex(where: { $0.setting.name == name }) {
            // Another model in the place of one that was unplugged.
            readers[index] = Reader(setting: setting, isAutomatic: true, backOff: limits.firstRetry)
            return seek(index)
        }
        if readers.count(where: \.isAutomatic) >= limits.automatic {
            guard let oldest = readers.firstIndex(where: { $0.isAutomatic && $0.isWaiting }) else {
                return [.foreign(facts, .tooManyDevices)]
            }
            readers.remove(at: oldest)
        }
        readers.append(Reader(setting: setting, isAutomatic: true, backOff: limits.firstRetry))
        return seek(readers.count - 1)
    }

    /// Some reader has this device, or another node of it, or will have it.
    private func isClaimed(_ facts: DeviceFacts, _ kind: ReaderKind) -> Bool {
        readers.contains { reader in
            if case .path = reader.setting.place, concerns(facts, reader) { return true }
            if reader.isAutomatic && concerns(facts, reader) { return true }
            guard let taken = reader.device else { return false }
            return taken.sysPath == facts.sysPath
                || (reader.setting.model.kind == kind && taken.physicalPath == facts.physicalPath)
        }
    }

    /// A reader is named by its place. `nil`: all its names are in use.
    private func freeName(_ facts: DeviceFacts) -> String? {
        [facts.port, facts.portWithBus].first { name in
            guard let holder = readers.first(where: { $0.setting.name == name }) else { return true }
            return holder.isAutomatic && holder.isWaiting && holder.setting.place == .port(facts.portWithBus)
        }
    }

    // MARK: Keyboards

    private func strangeness(of facts: DeviceFacts) -> [Action] {
        guard facts.isEventNode, facts.canTypeNumbers != false else { return [] }
        // A further node of a device in use is no stranger.
        if readers.contains(where: { $0.device?.physicalPath == facts.physicalPath }) { return [] }
        if readers.contains(where: { concerns(facts, $0) }) { return [.foreign(facts, .spare)] }
        return isOfKnownModel(facts) ? [] : [.foreign(facts, .notConfigured)]
    }

    /// The keys of a reader that is read in another way than through them.
    private func isOfKnownModel(_ facts: DeviceFacts) -> Bool {
        if mode == .automatic, quirks.quirk(for: facts)?.model != nil { return true }
        return readers.contains { reader in
            guard case .usb(let identity) = reader.setting.place else { return false }
            return identity.vendor == facts.vendor && identity.product == facts.product
                && reader.setting.model.kind.transport != .evdev
        }
    }

    /// A reader in use has no other node on which its keys may reach anybody.
    mutating func updateSilence() -> [Action] {
        let attached = readers.compactMap { reader -> DeviceFacts? in
            if case .attached(let device) = reader.state { device } else { nil }
        }
        let wanted = devices.filter { facts in
            facts.isEventNode && facts.canTypeNumbers != false
                && attached.contains { $0.physicalPath == facts.physicalPath }
                && !readers.contains { $0.device?.sysPath == facts.sysPath || $0.unfit.contains(facts.sysPath) }
        }
        let paths = wanted.map(\.sysPath)
        let over = silenced.filter { !paths.contains($0) }
        let new = wanted.filter { !silenced.contains($0.sysPath) }
        silenced = paths
        return over.map { .unsilence(sysPath: $0) }
            + new.compactMap { facts in facts.node.map { .silence(sysPath: facts.sysPath, node: $0) } }
    }
}
