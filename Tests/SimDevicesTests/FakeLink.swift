// SPDX-License-Identifier: Apache-2.0

import PrintModel
import PrinterMachines
import Primitives
import SimDevices
import SimRandom

/// Not SHA-256, which comes from the outside: 32 bytes that differ when the documents do.
let toyCryptography = Cryptography(
    sha256: { message in
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in message { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return (0..<4).flatMap { (hash &+ UInt64($0)).bigEndianBytes }
    },
    hmacSHA256: { _, _ in [] },
    aes128: { _, block in block },
    aes128Inverse: { _, block in block })

func toyHash(_ document: [UInt8]) -> String {
    Hexadecimal.text(toyCryptography.sha256(document))
}

/// One release over a cable: cuts all bytes where the seed says, jumps from deadline to deadline.
struct FakeLink {
    static let connection = 7

    var printer: RawPrinter
    var device: SimPrinter
    var document: [UInt8]
    private(set) var outcome: Outcome?
    private(set) var evidence: Evidence?
    private(set) var progress: [Int] = []
    private(set) var jobs: [SimPrintedJob] = []
    private(set) var violations: [String] = []
    private(set) var now = MonotonicTime(nanoseconds: 0)
    /// Performed when the clock passes the time.
    var commands: [(at: MonotonicTime, command: SimPrinter.Command)] = []

    private var random: SplitMix
    private var sent = 0
    private var onTheWay: [UInt8] = []
    private var isOpen = false
    private var isListening = true
    private var isPaused = false
    private var maySend = false
    private var hasEnded = false

    init(ticket: PrintTicket, document: [UInt8], device: SimPrinter, seed: UInt64) {
        self.document = document
        self.device = device
        printer = RawPrinter(ticket: ticket, openedAt: now)
        random = SplitMix(seed: seed)
    }

    mutating func command(_ command: SimPrinter.Command) { perform(device.handle(.command(command), at: now)) }

    /// To the outcome and then until the device is at rest.
    mutating func run() {
        if isListening {
            isOpen = true
            perform(device.handle(.connected(Self.connection), at: now))
            if isOpen { perform(printer.handle(.connected, at: now)) }
        } else {
            perform(printer.handle(.connectFailed(.refused), at: now))
        }
        for _ in 0..<100_000 {
            if deliver() { continue }
            let due = [printer.deadline, device.deadline, commands.first?.at].compactMap(\.self).min()
            guard let due else { return }
            now = max(now, due)
            if let first = commands.first, first.at <= now { command(commands.removeFirst().command) }
            perform(printer.tick(at: now))
            perform(device.tick(at: now))
        }
        violations.append("the link never came to rest")
    }

    /// A few bytes further; false when nothing moves.
    private mutating func deliver() -> Bool {
        guard isOpen, !isPaused, !onTheWay.isEmpty else { return false }
        let count = min(onTheWay.count, Int(random.next() % 97) + 1)
        let bytes = Array(onTheWay.prefix(count))
        onTheWay.removeFirst(count)
        perform(device.handle(.received(Self.connection, bytes), at: now))
        if onTheWay.isEmpty, isOpen { perform(printer.handle(.drained, at: now)) }
        return true
    }

    private mutating func perform(_ actions: [RawPrinter.Action]) {
        for action in actions {
            if hasEnded { violations.append("an action after the last one") }
            switch action {
            case .pull:
                let piece = Array(document[sent..<min(document.count, sent + Int(random.next() % 200) + 1)])
                sent += piece.count
                perform(printer.handle(.pulled(piece.isEmpty ? nil : piece), at: now))
            case .begin:
                maySend = true
                perform(printer.handle(.mayBegin, at: now))
            case .write(let bytes):
                if !maySend { violations.append("bytes before the beginning was on record") }
                if !onTheWay.isEmpty { violations.append("a write before the last one was through") }
                onTheWay += bytes
            case .progress(let pages): progress.append(pages)
            case .close: hangUp()
            case .finish(let outcome, let evidence):
                (self.outcome, self.evidence) = (outcome, evidence)
                hasEnded = true
            }
        }
    }

    private mutating func hangUp() {
        guard isOpen else { return }
        isOpen = false
        perform(device.handle(.disconnected(Self.connection), at: now))
    }

    private mutating func perform(_ actions: [SimPrinter.Action]) {
        for action in actions {
            switch action {
            case .send(_, let bytes):
                guard isOpen else { continue }
                let cut = Int(random.next() % UInt64(bytes.count + 1))
                perform(printer.handle(.received(Array(bytes[..<cut])), at: now))
                perform(printer.handle(.received(Array(bytes[cut...])), at: now))
            case .close:
                isOpen = false
                perform(printer.handle(.disconnected, at: now))
            case .pauseReading: isPaused = true
            case .resumeReading: isPaused = false
            case .listen(let isListening): self.isListening = isListening
            case .printed(let job): jobs.append(job)
            case .violation(let text): violations.append(text)
            }
        }
    }
}
