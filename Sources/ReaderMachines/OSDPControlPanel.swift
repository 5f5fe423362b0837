// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives

/// The control panel of one RS-485 line with any number of OSDP readers: asks them in turn, one question at a time, and
/// keeps a secure channel with each (SIA OSDP v2.2, IEC 60839-11-5).
///
///     closed ──opened──▶ free ──a reader is due──▶ waiting ──answer or time-out──▶ free
///
/// A reader with a key is spoken to in clear only to find it (ID) and to make the channel; everything else, its
/// capabilities too, is asked inside. There is no way back to clear but the setting.
///
/// A shell has one of these for a line where it has one driver for any other reader; each address is a reader
/// with a name, a de-bounce and a state of its own.
package struct OSDPControlPanel: Machine {
    package enum Event: Sendable {
        /// The line is open; once, before anything else.
        case opened
        case bytes([UInt8])
        /// Something to tell the person at the reader with this address.
        case signal(address: UInt8, ReaderSignal)
        /// The answer to ``Action/needRandom(_:)``, in the order of the questions.
        case random([UInt8])
        /// An administrator wants this reader to get a new key; holds for ``Limits/installation`` at most.
        case install(address: UInt8, until: MonotonicTime)
        case closed
    }

    package enum Action: Sendable, Equatable {
        case send([UInt8])
        case deliver(address: UInt8, RawRead)
        case key(address: UInt8, Keypad.Action)
        /// `nil`: nobody knows whose bytes they were.
        case drop(address: UInt8?, OSDPFault)
        case needRandom(Int)
        /// What the reader said of itself, and whether its channel is secure. Printable ASCII.
        case online(address: UInt8, String)
        case trouble(address: UInt8, OSDPTrouble)
        /// The reader has this key now and proved it. To be stored at once: nobody else knows it.
        case installed(address: UInt8, OSDPBaseKey)
    }

    package struct Limits: Sendable {
        /// Between two questions to one reader.
        package var poll = Duration.milliseconds(50)
        /// From the end of a question to the beginning of its answer.
        package var response = Duration.milliseconds(200)
        /// The longest silence inside an answer.
        package var pause = Duration.milliseconds(50)
        /// From the end of a question to the end of its answer, whatever keeps coming.
        package var answer = Duration.seconds(2)
        /// Between two packets on the line.
        package var gap = Duration.milliseconds(2)
        /// A question is repeated so often without a wait.
        package var quickRetries = 3
        package var retry = Duration.milliseconds(800)
        package var busy = Duration.milliseconds(200)
        package var offline = Duration.seconds(8)
        package var firstBackOff = Duration.seconds(1)
        package var lastBackOff = Duration.seconds(5)
        package var installation = Duration.seconds(300)
        /// Wrong authentication codes before the channel is made anew.
        package var forgeries = 3
        /// Bits a second, to know how long a question is on the line.
        package var speed = 9600

        package init() {}
    }

    private enum Line: Sendable {
        case closed
        case free(from: MonotonicTime)
        case waiting(Int, sent: [UInt8], end: MonotonicTime, until: MonotonicTime)
    }

    private let limits: Limits
    private var links: [OSDPReaderLink]
    private var line = Line.closed
    private var parser = OSDPFrameParser()
    /// Who asked for random bytes, first come first.
    private var awaitingRandom: [Int] = []

    package init(readers: [OSDPReaderSetting], cryptography: Cryptography, limits: Limits = Limits()) {
        precondition(
            !readers.isEmpty && Set(readers.map(\.address)).count == readers.count, "readers have different addresses")
        self.limits = limits
        links = readers.map { OSDPReaderLink(setting: $0, cryptography: cryptography, limits: limits) }
    }

    package var deadline: MonotonicTime? {
        switch line {
        case .closed: nil
        case .waiting(_, _, _, let until): until
        case .free(let from): links.compactMap(\.due).min().map { max($0, from) }
        }
    }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        switch event {
        case .opened:
            line = .free(from: now)
            awaitingRandom = []
            for index in links.indices { actions += links[index].open(at: now) }
        case .closed:
            line = .closed
            parser.reset()
        case .bytes(let bytes): actions += received(bytes, at: now)
        case .signal(let address, let signal):
            if let index = index(of: address) { links[index].show(signal, at: now) }
        case .install(let address, let until):
            if let index = index(of: address) { actions += links[index].install(until: until, at: now) }
        case .random(let bytes):
            if !awaitingRandom.isEmpty { links[awaitingRandom.removeFirst()].take(random: bytes, at: now) }
        }
        return actions + ask(at: now)
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        if case .waiting(let index, _, _, let until) = line, now >= until {
            actions += links[index].noAnswer(at: now)
            line = .free(from: now)
        }
        return actions + ask(at: now)
    }

    private func index(of address: UInt8) -> Int? { links.firstIndex { $0.address == address } }

    // MARK: Asking

    private mutating func ask(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = []
        while case .free(let from) = line, now >= from, let index = nextInTurn(at: now) {
            let (step, told) = links[index].nextStep(at: now)
            actions += told
            switch step {
            case .nothing: break
            case .needRandom(let count):
                awaitingRandom.append(index)
                actions.append(.needRandom(count))
            case .send(let packet):
                let end = now + .nanoseconds(Int64((packet.count + 1) * 10) * 1_000_000_000 / Int64(limits.speed))
                parser.reset()
                line = .waiting(index, sent: packet, end: end, until: end + limits.response)
                actions.append(.send([OSDPFrame.mark] + packet))
            }
        }
        return actions
    }

    /// The one that waits longest; nobody waits twice for the same neighbour.
    private func nextInTurn(at now: MonotonicTime) -> Int? {
        links.indices.filter { links[$0].due.map { $0 <= now } ?? false }
            .min { links[$0].due ?? now < links[$1].due ?? now }
    }

    // MARK: Hearing

    private mutating func received(_ bytes: [UInt8], at now: MonotonicTime) -> [Action] {
        if case .closed = line { return [] }
        let actions = parser.take(bytes).flatMap { result -> [Action] in
            switch result {
            case .fault(let fault): [.drop(address: nil, fault)]
            case .frame(let frame): received(frame, at: now)
            }
        }
        if case .waiting(let index, let sent, let end, let until) = line, parser.isMidFrame {
            let later = min(max(until, now + limits.pause), end + limits.answer)
            line = .waiting(index, sent: sent, end: end, until: later)
        }
        return actions
    }

    private mutating func received(_ frame: OSDPFrame, at now: MonotonicTime) -> [Action] {
        guard case .waiting(let index, let sent, _, _) = line else {
            return [.drop(address: frame.address, .unexpected)]
        }
        // Some adapters hear themselves.
        if !frame.isReply, frame.encoded == sent { return [] }
        guard frame.isReply else { return [.drop(address: frame.address, .unexpected)] }
        guard frame.address == links[index].address else { return [.drop(address: frame.address, .wrongAddress)] }
        do throws(OSDPFault) {
            let actions = try links[index].answered(by: frame, at: now)
            line = .free(from: now + limits.gap)
            return actions
        } catch {
            return [.drop(address: frame.address, error)]
        }
    }
}
