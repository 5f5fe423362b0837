// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import HostIO

/// The smart-card readers of this box, through pcscd. Its library is loaded when this is made, so that a box without it
/// runs without this.
package final class SmartCards {
    package enum Event: Hashable, Sendable {
        case added(String)
        case removed(String)
        /// A badge was held to a reader that is attended.
        case presented(String, Result<RawRead, ContactlessBadge.Unreadable>)
        /// Tried again later; each kind of trouble is told once until it changes.
        case trouble(SmartCardTrouble)
    }

    package static let libraryName = "libpcsclite.so.1"
    package static let firstRetry = Duration.seconds(2)
    package static let lastRetry = Duration.seconds(300)

    private let loop: Loop
    private let control = WatchControl()
    private let worker: Worker<Void, [SmartCardWatch.Event]>
    private var onEvent: ((Event) -> Void)?
    private var trouble: SmartCardTrouble?
    private var retry: TimerToken?
    private var wait = SmartCards.firstRetry

    /// Keeps itself until ``stop()``.
    package init(
        libraryName: String = SmartCards.libraryName, on loop: Loop, onEvent: @escaping (Event) -> Void
    ) throws(SystemFault) {
        self.loop = loop
        self.onEvent = onEvent
        let control = control
        worker = try Worker(
            name: "smart-cards", on: loop, limits: .parallel(threads: 1, requests: 1),
            makeState: { SmartCardWatch(libraryName: libraryName, control: control) },
            handle: { watch, requests in requests.map { watch.next() } })
        loop.soon { self.next() }
    }

    /// Badges at this reader are asked for their number from now on.
    package func attend(_ reader: String) { control.attend(reader, true) }
    package func ignore(_ reader: String) { control.attend(reader, false) }

    package func stop() {
        onEvent = nil
        if let retry { loop.cancel(retry) }
        retry = nil
        control.stop()
        worker.stop()
    }

    private func next() {
        if let retry { loop.cancel(retry) }
        retry = nil
        guard onEvent != nil else { return }
        _ = worker.submit(()) { [self] in took($0) }
    }

    private func took(_ events: [SmartCardWatch.Event]) {
        var hasTrouble = false
        for event in events {
            switch event {
            case .added(let name): onEvent?(.added(name))
            case .removed(let name): onEvent?(.removed(name))
            case .presented(let name, let atr, let answer):
                onEvent?(.presented(name, ContactlessBadge(atr: atr).read(answer)))
            case .trouble(let found):
                hasTrouble = true
                if found != trouble { onEvent?(.trouble(found)) }
                trouble = found
            }
        }
        guard onEvent != nil else { return }
        guard hasTrouble else {
            if !events.isEmpty { (trouble, wait) = (nil, Self.firstRetry) }
            return next()
        }
        retry = loop.schedule(after: wait) { self.next() }
        wait = min(wait * 2, Self.lastRetry)
    }
}
