// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

/// What the control panel knows of one reader: where the conversation stands, what to ask next and when.
///
///     identifying ──▶ challenging ──▶ proving ──▶ describing ──▶ listing ──▶ checking ──▶ polling
///                                        └─▶ installing ──▶ identifying, with the new key
///
/// In clear (`secure=off`) identifying leads to listing. The question that was asked last is kept and repeated byte for
/// byte, with its sequence number, until it is answered or the reader is given up.
struct OSDPReaderLink: Sendable {
    enum Step: Equatable {
        case nothing
        case needRandom(Int)
        case send([UInt8])
    }

    enum Phase: Sendable { case identifying, challenging, proving, installing, describing, listing, checking, polling }

    struct Question: Sendable {
        let command: OSDPCommand
        let packet: [UInt8]
        let sequence: UInt8
        var attempts = 1
    }

    /// The handshake under way: with which key, and what is to come of it.
    struct Opening: Sendable {
        let candidate: OSDPKeyring.Candidate
        let handshake: OSDPHandshake
        var proof: [UInt8] = []
        var initialMAC: [UInt8] = []
    }

    enum Report: Equatable {
        case online(String)
        case trouble(OSDPTrouble)
    }

    let setting: OSDPReaderSetting
    let limits: OSDPControlPanel.Limits
    let cryptography: Cryptography
    var keyring: OSDPKeyring
    var phase = Phase.identifying
    var question: Question?
    var opening: Opening?
    var channel: OSDPSecureChannel?
    var identity: OSDPIdentity?
    var capabilities: [OSDPCapability] = []
    var hasTamper = false
    var hasPowerFailure = false
    var forgeries = 0
    /// When to ask next; `nil` while a question is open or random bytes are awaited.
    var due: MonotonicTime?
    private var sequence: UInt8 = 0
    private var wantedRandom = 0
    private var random: [UInt8] = []
    private var nextPoll = MonotonicTime(nanoseconds: 0)
    private var heard = MonotonicTime(nanoseconds: 0)
    private var backOff: Duration
    private var feedback: [(at: MonotonicTime, command: OSDPCommand)] = []
    private var lastReport: Report?

    init(setting: OSDPReaderSetting, cryptography: Cryptography, limits: OSDPControlPanel.Limits) {
        self.setting = setting
        self.cryptography = cryptography
        self.limits = limits
        backOff = limits.firstBackOff
        let own: OSDPBaseKey? = if case .key(let key) = setting.security { key } else { nil }
        keyring = OSDPKeyring(own: own)
    }

    var address: UInt8 { setting.address }
    var isClear: Bool { setting.security == .off }

    mutating func open(at now: MonotonicTime) -> [OSDPControlPanel.Action] {
        restart(at: now)
        heard = now
        backOff = limits.firstBackOff
        lastReport = nil
        return []
    }

    /// Begins anew with sequence number 0, which makes the reader forget the channel too.
    mutating func restart(at due: MonotonicTime) {
        phase = .identifying
        question = nil
        opening = nil
        channel = nil
        forgeries = 0
        hasTamper = false
        hasPowerFailure = false
        sequence = 0
        wantedRandom = 0
        random = []
        feedback = []
        self.due = due
    }

    mutating func install(until end: MonotonicTime, at now: MonotonicTime) -> [OSDPControlPanel.Action] {
        guard !isClear else { return report(.trouble(.installationRefused)) }
        keyring.beginInstallation(until: min(end, now + limits.installation))
        // A channel with the reader's own key carries the new one; everything else begins anew.
        if phase != .polling { restart(at: now) } else if question == nil { due = now }
        return []
    }

    mutating func show(_ signal: ReaderSignal, at now: MonotonicTime) {
        guard phase == .polling else { return }
        feedback = OSDPFeedback(signal, for: capabilities).steps.map { (now + $0.after, $0.command) }
        if question == nil { due = whenNext(at: now) }
    }

    mutating func take(random bytes: [UInt8], at now: MonotonicTime) {
        guard wantedRandom > 0 else { return }
        random = bytes.count == wantedRandom ? bytes : []
        wantedRandom = 0
        due = now
    }

    // MARK: Asking

    mutating func nextStep(at now: MonotonicTime) -> (Step, [OSDPControlPanel.Action]) {
        var told: [OSDPControlPanel.Action] = []
        if keyring.expire(at: now) {
            told += report(.trouble(.installationExpired))
            restart(at: now)
        }
        due = nil
        guard isClear || keyring.current != nil else {
            return (.nothing, told + report(.trouble(.notInstalled)))
        }
        if let question { return (.send(question.packet), told) }
        guard let command = nextCommand(at: now) else { return (.needRandom(wantedRandom), told) }
        return (.send(pose(command)), told)
    }

    /// `nil` when random bytes are wanted first.
    private mutating func nextCommand(at now: MonotonicTime) -> OSDPCommand? {
        if phase == .polling, keyring.isInstalling { phase = .installing }
        switch phase {
        case .identifying, .describing: return .identify
        case .challenging: return challenge()
        case .proving: return proof()
        case .installing: return keySetting()
        case .listing: return .capabilities
        case .checking: return .localStatus
        case .polling:
            if let first = feedback.first, now >= first.at { return feedback.removeFirst().command }
            nextPoll = now + limits.poll
            return .poll
        }
    }

    private mutating func challenge() -> OSDPCommand? {
        guard let random = takeRandom(OSDPHandshake.randomCount), let candidate = keyring.current else { return nil }
        let handshake = OSDPHandshake(baseKey: candidate.key, panelRandom: random, using: cryptography)
        opening = Opening(candidate: candidate, handshake: handshake)
        return .challenge(random)
    }

    private func proof() -> OSDPCommand? {
        precondition(opening?.proof.isEmpty == false, "a proof follows a challenge")
        return opening.map { .prove($0.proof) }
    }

    private mutating func keySetting() -> OSDPCommand? {
        guard let random = takeRandom(OSDPBaseKey.count) else { return nil }
        // A weak key by chance is as bad as one by choice.
        guard let key = try? OSDPBaseKey(SecretBytes(random)) else {
            wantedRandom = OSDPBaseKey.count
            return nil
        }
        keyring.sent(key)
        return .setKey(key.bytes)
    }

    private mutating func takeRandom(_ count: Int) -> [UInt8]? {
        guard random.count == count else {
            wantedRandom = count
            return nil
        }
        defer { random = [] }
        return random
    }

    private mutating func pose(_ command: OSDPCommand) -> [UInt8] {
        let head = OSDPFrame.Head(address: address, sequence: sequence, check: setting.check)
        let frame: OSDPFrame
        switch command {
        case .challenge, .prove:
            let type: UInt8 = if case .prove = command { 0x13 } else { 0x11 }
            let block = OSDPFrame.SecurityBlock(type: type, data: [opening?.candidate.type ?? 1])
            frame = OSDPFrame(head, securityBlock: block, code: command.code, data: command.data)
        default:
            frame =
                channel?.seal(head, code: command.code, data: command.data)
                ?? OSDPFrame(head, code: command.code, data: command.data)
        }
        precondition(isClear || channel != nil || Self.mayBeClear(command), "nothing else leaves in clear")
        question = Question(command: command, packet: frame.encoded, sequence: sequence)
        return frame.encoded
    }

    private static func mayBeClear(_ command: OSDPCommand) -> Bool {
        switch command {
        case .identify, .challenge, .prove: true
        case .poll, .capabilities, .localStatus, .lamp, .buzzer, .text, .setCommunication, .setKey: false
        }
    }

    // MARK: Timing

    /// The question is answered; the next one gets the next number.
    mutating func settle(at now: MonotonicTime) {
        question = nil
        sequence = sequence == 3 ? 1 : sequence + 1
        noteLife(at: now)
    }

    mutating func noteLife(at now: MonotonicTime) {
        heard = now
        backOff = limits.firstBackOff
    }

    mutating func noAnswer(at now: MonotonicTime) -> [OSDPControlPanel.Action] { again(after: nil, at: now) }

    /// Repeats the question, or gives the reader up when nothing has been heard for too long.
    mutating func again(after wait: Duration?, at now: MonotonicTime) -> [OSDPControlPanel.Action] {
        guard now.elapsed(since: heard) < limits.offline else {
            restart(at: now + backOff)
            backOff = min(backOff * 2, limits.lastBackOff)
            return report(.trouble(.noAnswer))
        }
        let attempts = question?.attempts ?? 0
        question?.attempts = attempts + 1
        due = now + (wait ?? (attempts <= limits.quickRetries ? .zero : limits.retry))
        return []
    }

    func whenNext(at now: MonotonicTime) -> MonotonicTime {
        guard phase == .polling, !keyring.isInstalling else { return now }
        return max(now, min(nextPoll, feedback.first?.at ?? nextPoll))
    }

    /// Only what has changed since the last report.
    mutating func report(_ report: Report) -> [OSDPControlPanel.Action] {
        guard report != lastReport else { return [] }
        lastReport = report
        return switch report {
        case .online(let text): [.online(address: address, text)]
        case .trouble(let trouble): [.trouble(address: address, trouble)]
        }
    }
}
