// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc
package import Primitives

/// What a watch waits for. An empty interest waits for nothing at all, not even for a hang-up.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let read = Interest(rawValue: UInt32(CS_READABLE))
    package static let write = Interest(rawValue: UInt32(CS_WRITABLE))
}

/// What a descriptor is ready for. Errors and hang-ups come whether asked for or not; a read or write says which.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let read = Readiness(rawValue: UInt32(CS_READABLE))
    package static let write = Readiness(rawValue: UInt32(CS_WRITABLE))
    package static let error = Readiness(rawValue: UInt32(CS_ERROR))
    package static let hangUp = Readiness(rawValue: UInt32(CS_HANGUP))
}

package struct WatchToken: Hashable, Sendable {
    let number: UInt64
}

/// One thread's wait for everything: descriptors, timers, signals, messages of other threads.
///
/// It belongs to the thread that runs it and is not `Sendable`. It sleeps until something happens; nothing in it
/// wakes up periodically. Readiness is level-triggered: a callback may leave bytes for the next turn.
package final class Loop {
    /// As much as one read takes at once.
    package static let readLimit = 65536

    private struct Watch {
        let descriptor: CInt
        var interest: Interest
        let body: (Readiness) -> Void
    }

    private let epoll: Descriptor
    private let timer: Descriptor
    private var watches: [UInt64: Watch] = [:]
    private var owners: [CInt: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    private var timers = TimerQueue()
    private var armed: MonotonicTime?
    private var deferred: [() -> Void] = []
    private var isStopped = false
    private let events: UnsafeMutableBufferPointer<cs_epoll_event>
    /// Where reads on this loop's thread put their bytes before they are copied out.
    let scratch: UnsafeMutableRawBufferPointer

    /// Also makes writing to a closed pipe or connection an error instead of the end of the process.
    package init() throws(SystemFault) {
        signal(SIGPIPE, SIG_IGN)
        epoll = Descriptor(owning: CInt(try retrying("epoll_create1") { cs_epoll_create() }))
        timer = Descriptor(owning: CInt(try retrying("timerfd_create") { cs_timerfd_create() }))
        events = .allocate(capacity: Int(CS_EPOLL_BATCH))
        events.initialize(repeating: cs_epoll_event())
        scratch = .allocate(byteCount: Self.readLimit, alignment: 16)
        _ = try watch(timer.raw, .read) { [unowned self] _ in self.timerFired() }
    }

    /// Overwrites the beginning of the scratch, which a read has filled.
    func forget(_ count: Int) { scratch.baseAddress?.initializeMemory(as: UInt8.self, repeating: 0, count: count) }

    deinit {
        events.deallocate()
        scratch.deallocate()
    }

    /// CLOCK_BOOTTIME, not CLOCK_MONOTONIC: a box that was suspended must find its sessions expired when it wakes.
    package var now: MonotonicTime { MonotonicTime(nanoseconds: cs_boottime()) }

    package static func wallTime() -> WallTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return WallTime(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
    }

    // MARK: Descriptors

    /// Calls `body` in each turn in which the descriptor is ready. Unwatch before the descriptor is closed.
    package func watch(
        _ descriptor: CInt, _ interest: Interest, _ body: @escaping (Readiness) -> Void
    ) throws(SystemFault) -> WatchToken {
        lastNumber += 1
        let token = WatchToken(number: lastNumber)
        if !interest.isEmpty {
            try retrying("epoll_ctl") { cs_epoll_add(epoll.raw, descriptor, interest.rawValue, token.number) }
        }
        // A number that was here already was closed without unwatching: the kernel has forgotten it, so do we.
        if let stale = owners[descriptor] { watches[stale] = nil }
        watches[token.number] = Watch(descriptor: descriptor, interest: interest, body: body)
        owners[descriptor] = token.number
        return token
    }

    package func change(_ token: WatchToken, _ interest: Interest) throws(SystemFault) {
        guard let watch = watches[token.number], watch.interest != interest else { return }
        let (set, number) = (epoll.raw, token.number)
        try retrying("epoll_ctl") {
            if interest.isEmpty { return cs_epoll_remove(set, watch.descriptor) }
            if watch.interest.isEmpty { return cs_epoll_add(set, watch.descriptor, interest.rawValue, number) }
            return cs_epoll_change(set, watch.descriptor, interest.rawValue, number)
        }
        watches[token.number]?.interest = interest
    }

    /// From now on `body` is not called, even if its readiness was already reported. Unknown tokens are ignored.
    package func unwatch(_ token: WatchToken) {
        guard let watch = watches.removeValue(forKey: token.number) else { return }
        guard owners[watch.descriptor] == token.number else { return }
        owners[watch.descriptor] = nil
        if !watch.interest.isEmpty { _ = cs_epoll_remove(epoll.raw, watch.descriptor) }
    }

    // MARK: Time

    /// Calls `body` once, in the first turn at or after that time.
    package func schedule(at time: MonotonicTime, _ body: @escaping () -> Void) -> TimerToken {
        timers.add(at: time, body)
    }

    package func schedule(after wait: Duration, _ body: @escaping () -> Void) -> TimerToken {
        schedule(at: now + wait, body)
    }

    package func cancel(_ token: TimerToken) { timers.cancel(token) }

    /// Calls `body` later in this turn, when no other callback is on the stack; from within such a body, in the next
    /// turn, before which the loop does not sleep.
    package func soon(_ body: @escaping () -> Void) { deferred.append(body) }

    // MARK: Running

    /// Runs until stop().
    package func run() throws(SystemFault) {
        isStopped = false
        while !isStopped { try turn() }
    }

    /// Lets run() return after this turn.
    package func stop() { isStopped = true }

    /// One wait, and everything that is due after it.
    package func turn(mayWait: Bool = true) throws(SystemFault) {
        try arm()
        let timeout: CInt = deferred.isEmpty && mayWait ? -1 : 0
        let count = try retrying("epoll_wait") { cs_epoll_wait(epoll.raw, events.baseAddress, timeout) }
        for event in events[0..<count] {
            guard let watch = watches[event.token] else { continue }
            let always: Readiness = [.error, .hangUp]
            let ready = Readiness(rawValue: event.ready).intersection(
                always.union(Readiness(rawValue: watch.interest.rawValue)))
            if !ready.isEmpty && !watch.interest.isEmpty { watch.body(ready) }
        }
        for token in timers.due(at: now) { timers.take(token)?() }
        let bodies = deferred
        deferred.removeAll()
        for body in bodies { body() }
    }

    private func arm() throws(SystemFault) {
        let first = timers.first()
        guard first != armed else { return }
        try retrying("timerfd_settime") { cs_timerfd_set(timer.raw, first.map { max(1, $0.nanoseconds) } ?? 0) }
        armed = first
    }

    private func timerFired() {
        var expirations: UInt64 = 0
        _ = Glibc.read(timer.raw, &expirations, MemoryLayout<UInt64>.size)
        armed = nil
    }
}
