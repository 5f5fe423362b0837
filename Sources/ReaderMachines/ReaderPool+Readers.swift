// SPDX-License-Identifier: Apache-2.0

import Primitives

extension ReaderPool {
    /// Opens what fits, or waits for it.
    mutating func seek(_ index: Int) -> [Action] {
        let setting = readers[index].setting
        let way: ReaderOpening.Way
        switch setting.place {
        case .path(let path):
            let device = devices.first { concerns($0, readers[index]) }
            readers[index].state = .opening(device: device, isGone: false)
            return [.open(setting.name, ReaderOpening(way: .node(path), model: setting.model))]
        case .dial(let host, let port): way = .dial(host: host, port: port)
        case .listen(let port): way = .listen(port: port)
        case .usb, .smartCard, .port: return seekDevice(index)
        }
        readers[index].state = .opening(device: nil, isGone: false)
        return report(.waiting, of: index) + [.open(setting.name, ReaderOpening(way: way, model: setting.model))]
    }

    private mutating func seekDevice(_ index: Int) -> [Action] {
        let setting = readers[index].setting
        // Of several that fit, the one it was before.
        let candidates = devices.filter { isFree($0, for: index) }
        let best = candidates.map { likeness($0, readers[index].last) }.max()
        guard let device = candidates.first(where: { likeness($0, readers[index].last) == best }),
            let node = device.node
        else {
            readers[index].state = .waiting(retryAt: nil)
            return report(.waiting, of: index)
        }
        readers[index].state = .opening(device: device, isGone: false)
        let way: ReaderOpening.Way = setting.model.kind.transport == .pcsc ? .smartCard(node) : .node(node)
        return [.open(setting.name, ReaderOpening(way: way, model: setting.model))]
    }

    private func isFree(_ candidate: DeviceFacts, for index: Int) -> Bool {
        let reader = readers[index]
        guard concerns(candidate, reader), !reader.unfit.contains(candidate.sysPath) else { return false }
        let own = likeness(candidate, reader.last)
        return !readers.indices.contains { other in
            guard other != index else { return false }
            if readers[other].isWaiting {
                return concerns(candidate, readers[other]) && likeness(candidate, readers[other].last) > own
            }
            guard let taken = readers[other].device else { return false }
            // A reader with a keypad built in is one thing with two nodes; two readers of a kind are two things.
            return taken.sysPath == candidate.sysPath
                || (readers[other].setting.model.kind == reader.setting.model.kind
                    && taken.physicalPath == candidate.physicalPath)
        }
    }

    /// How much a device is the one that it was before: serial and place, serial, place. Cheap readers have no serial,
    /// or all the same one, so the place decides among them.
    private func likeness(_ device: DeviceFacts, _ last: DeviceFacts?) -> Int {
        guard let last, device.vendor == last.vendor, device.product == last.product else { return 0 }
        let isSamePlace = device.portWithBus == last.portWithBus
        if device.serial == last.serial && isSamePlace { return 3 }
        if device.serial != nil && device.serial == last.serial { return 2 }
        return isSamePlace ? 1 : 0
    }

    mutating func opened(_ index: Int) -> [Action] {
        guard case .opening(let device, let isGone) = readers[index].state else { return [] }
        guard !isGone else { return [.close(readers[index].setting.name)] + seek(index) }
        readers[index].state = .attached(device: device)
        readers[index].last = device ?? readers[index].last
        readers[index].wasAttached = true
        readers[index].isObstructed = false
        readers[index].backOff = limits.firstRetry
        return report(.attached, of: index)
    }

    mutating func failed(_ index: Int, _ failure: OpenFailure, at now: MonotonicTime) -> [Action] {
        guard case .opening(let device, let isGone) = readers[index].state else { return [] }
        if isGone { return seek(index) }
        readers[index].isObstructed = failure != .missing && !readers[index].setting.place.isElsewhere
        switch failure {
        case .unsuitable:
            guard let device, readers[index].setting.place.isChoice else {
                return retryLater(index, .lost(reason: "unsuitable"), at: now)
            }
            readers[index].unfit.append(device.sysPath)
            return seek(index)
        case .missing: return retryLater(index, .waiting, at: now)
        case .busy: return retryLater(index, .lost(reason: "in use by another program"), at: now)
        case .notPermitted: return retryLater(index, .lost(reason: "not permitted"), at: now)
        case .noRS485: return retryLater(index, .lost(reason: "no RS-485 in the driver"), at: now)
        case .other(let reason): return retryLater(index, .lost(reason: reason), at: now)
        }
    }

    mutating func lost(_ index: Int, _ reason: String, at now: MonotonicTime) -> [Action] {
        guard case .attached = readers[index].state else { return [] }
        readers[index].isObstructed = false
        return [.close(readers[index].setting.name)] + retryLater(index, .lost(reason: reason), at: now)
    }

    private mutating func retryLater(_ index: Int, _ state: ReaderState, at now: MonotonicTime) -> [Action] {
        let wait = readers[index].backOff
        readers[index].backOff = min(wait * 2, limits.lastRetry)
        readers[index].state = .waiting(retryAt: now + wait)
        return report(state, of: index)
    }

    /// A state is reported when it changes, not at each retry.
    mutating func report(_ state: ReaderState, of index: Int) -> [Action] {
        guard readers[index].reported != state else { return [] }
        readers[index].reported = state
        return [.report(readers[index].setting.name, state)]
    }
}

extension ReaderPlace {
    /// Another node may fit where one did not.
    fileprivate var isChoice: Bool {
        switch self {
        case .usb, .port, .smartCard: true
        case .path, .dial, .listen: false
        }
    }

    /// At the other end of a network: what does not answer is simply away.
    fileprivate var isElsewhere: Bool {
        switch self {
        case .dial, .listen: true
        case .usb, .port, .smartCard, .path: false
        }
    }
}
