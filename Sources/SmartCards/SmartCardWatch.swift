// SPDX-License-Identifier: Apache-2.0

import CPCSC
import Glibc
import Synchronization

/// What the thread that waits for cards and the loop's thread both touch.
final class WatchControl: Sendable {
    private struct Wait {
        var library: UInt = 0
        var context = 0
    }

    private struct State {
        var attended: Set<String> = []
        var isStopping = false
        /// Set while the thread may be in a wait.
        var wait: Wait?
    }

    private let state = Mutex(State())

    func attend(_ reader: String, _ isAttended: Bool) {
        state.withLock { state in
            if isAttended { state.attended.insert(reader) } else { state.attended.remove(reader) }
        }
    }

    func attends(_ reader: String) -> Bool { state.withLock { $0.attended.contains(reader) } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// False: stop instead of waiting.
    func beginWait(_ pcsc: PCSC) -> Bool {
        state.withLock { state in
            guard !state.isStopping else { return false }
            state.wait = Wait(library: UInt(bitPattern: pcsc.library), context: pcsc.context)
            return true
        }
    }

    func endWait() { state.withLock { $0.wait = nil } }

    /// Returns once no wait goes on, and none will. A cancellation that comes before the wait itself is lost, so it is
    /// said again.
    func stop() {
        state.withLock { $0.isStopping = true }
        while let wait = state.withLock({ $0.wait }) {
            if let library = OpaquePointer(bitPattern: wait.library) { cp_cancel(library, wait.context) }
            usleep(1000)
        }
    }
}

/// The readers and cards as one thread has seen them; each step waits for the next change.
struct SmartCardWatch {
    enum Event: Hashable, Sendable {
        case added(String)
        case removed(String)
        case presented(String, atr: [UInt8], answer: [UInt8]?)
        case trouble(SmartCardTrouble)
    }

    /// Readers beyond it are not seen.
    static let readerLimit = Int(CP_WATCH_LIMIT) - 1
    /// A reader that comes in the moment between listing and waiting is seen after it at the latest.
    static let waitMilliseconds: UInt32 = 600_000

    private struct Reader {
        let name: String
        var card = CardState(state: 0, atr: [])
    }

    private let libraryName: String
    private let control: WatchControl
    private var library: OpaquePointer?
    private var pcsc: PCSC?
    private var readers: [Reader] = []

    init(libraryName: String, control: WatchControl) {
        self.libraryName = libraryName
        self.control = control
    }

    mutating func next() -> [Event] {
        guard !control.isStopping else { return close() }
        do throws(SmartCardTrouble) {
            return try step()
        } catch {
            return close() + [.trouble(error)]
        }
    }

    private mutating func step() throws(SmartCardTrouble) -> [Event] {
        let pcsc = try open()
        let changes = list(try pcsc.readers())
        if !changes.isEmpty { return changes }
        guard control.beginWait(pcsc) else { return close() }
        defer { control.endWait() }
        let watched = readers.map { ($0.name, $0.card.state) } + [(PCSC.anyReader, UInt32(readers.count) << 16)]
        guard let states = try pcsc.wait(watched, milliseconds: Self.waitMilliseconds) else { return [] }
        return zip(readers.indices, states).flatMap { see($1, at: $0, pcsc) }
    }

    private mutating func open() throws(SmartCardTrouble) -> PCSC {
        if let pcsc { return pcsc }
        let library: OpaquePointer
        if let loaded = self.library { library = loaded } else { library = try PCSC.load(libraryName) }
        self.library = library
        let opened = try PCSC(library)
        pcsc = opened
        return opened
    }

    private mutating func list(_ names: [String]) -> [Event] {
        let gone = readers.filter { !names.contains($0.name) }.map { Event.removed($0.name) }
        readers.removeAll { !names.contains($0.name) }
        let new = names.filter { name in !readers.contains { $0.name == name } }.prefix(
            Self.readerLimit - readers.count)
        readers += new.map { Reader(name: $0) }
        return gone + new.map { .added($0) }
    }

    /// The first sight of a reader is no presentation: a card that was left lying on it must not act at each start.
    private mutating func see(_ card: CardState, at index: Int, _ pcsc: PCSC) -> [Event] {
        let before = readers[index].card
        readers[index].card = card
        let isNew = !before.hasCard || before.count != card.count
        let name = readers[index].name
        guard card.hasCard, isNew, before.state != 0, control.attends(name) else { return [] }
        let answer = ContactlessBadge(atr: card.atr).isProximity ? nil : pcsc.ask(ContactlessBadge.command, of: name)
        return [.presented(name, atr: card.atr, answer: answer)]
    }

    private mutating func close() -> [Event] {
        pcsc?.close()
        pcsc = nil
        defer { readers = [] }
        return readers.map { .removed($0.name) }
    }
}

extension CardState {
    /// Cards come and gone in this reader, modulo 2^16.
    fileprivate var count: UInt32 { state >> 16 }
}
