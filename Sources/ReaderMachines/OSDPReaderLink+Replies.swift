// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives

extension OSDPReaderLink {
    typealias Actions = [OSDPControlPanel.Action]

    /// - Throws: why the packet is no answer; the question stays open.
    mutating func answered(by frame: OSDPFrame, at now: MonotonicTime) throws(OSDPFault) -> Actions {
        guard let question else { throw .unexpected }
        guard frame.check == setting.check else { throw .wrongCheck }
        let isNotice = frame.code == OSDPReply.busyCode || frame.code == OSDPReply.refusedCode
        if isNotice, frame.securityBlock == nil {
            // What a reader cannot or will not answer yet carries the number 0 (7.19).
            guard [question.sequence, 0].contains(frame.sequence) else { throw .wrongSequence }
            return noticed(try OSDPReply(code: frame.code, data: frame.data), question, at: now)
        }
        guard frame.sequence == question.sequence else { throw .wrongSequence }
        let data: [UInt8]
        if channel == nil {
            guard frame.securityBlock?.type == Self.handshakeBlock(after: question.command) else {
                throw frame.securityBlock == nil ? .clearReply : .badSecurityBlock
            }
            data = frame.data
        } else {
            do throws(OSDPFault) {
                guard let opened = try channel?.open(frame) else { throw .clearReply }
                data = opened
            } catch {
                return try forged(error, at: now)
            }
        }
        settle(at: now)
        defer { if due == nil { due = whenNext(at: now) } }
        do throws(OSDPFault) {
            let reply = try OSDPReply(code: frame.code, data: data)
            return taken(reply, in: frame, to: question.command, at: now)
        } catch {
            advance(past: question.command)
            return [.drop(address: address, error)]
        }
    }

    /// CCRYPT comes in SCS_12, RMAC_I in SCS_14 and everything else before the channel stands without a block.
    private static func handshakeBlock(after command: OSDPCommand) -> UInt8? {
        switch command {
        case .challenge: 0x12
        case .prove: 0x14
        default: nil
        }
    }

    /// Noise hardly ever makes a packet with a good CRC, so a wrong code is somebody's work or the end of the channel.
    private mutating func forged(_ fault: OSDPFault, at now: MonotonicTime) throws(OSDPFault) -> Actions {
        forgeries += 1
        guard forgeries >= limits.forgeries else { throw fault }
        restart(at: now)
        return [.drop(address: address, fault)] + report(.trouble(.forgedReplies))
    }

    // MARK: BUSY and NAK in clear

    private mutating func noticed(_ reply: OSDPReply, _ question: Question, at now: MonotonicTime) -> Actions {
        guard case .refused(let reason) = reply else {
            // Not taken for a sign of life, so that nobody hides a missing reader behind it.
            return again(after: limits.busy, at: now)
        }
        let drop = OSDPControlPanel.Action.drop(address: address, .refused)
        if reason == .badCheck || reason == .badLength { return [drop] + again(after: nil, at: now) }
        if channel != nil || reason == .wrongSequence {
            // It has lost the channel or the count, as after a failure of its supply.
            restart(at: now + limits.poll)
            return [drop]
        }
        switch question.command {
        case .challenge: return [drop] + failed(.insecure, at: now)
        case .prove: return [drop] + failed(.keyRefused, at: now)
        default: break
        }
        settle(at: now)
        if isClear, reason == .noSecureChannel || reason == .secureChannelNeeded {
            restart(at: now + limits.lastBackOff)
            return [drop] + report(.trouble(.keyNeeded))
        }
        advance(past: question.command)
        due = whenNext(at: now)
        return [drop] + (phase == .polling && question.command == .localStatus ? greeting() : [])
    }

    /// No channel with the key just tried. The next one is tried at once, the first one again after a while.
    private mutating func failed(_ trouble: OSDPTrouble, at now: MonotonicTime) -> Actions {
        noteLife(at: now)
        guard keyring.failed() else {
            restart(at: now)
            return []
        }
        restart(at: now + (keyring.isInstalling ? limits.firstBackOff : limits.lastBackOff))
        return report(.trouble(trouble))
    }

    // MARK: Answers

    private mutating func taken(
        _ reply: OSDPReply, in frame: OSDPFrame, to command: OSDPCommand, at now: MonotonicTime
    ) -> Actions {
        switch command {
        case .challenge: return challenged(reply, frame.securityBlock, at: now)
        case .prove: return proved(reply, at: now)
        case .setKey: return keySet(reply, at: now)
        case .poll, .identify, .capabilities, .localStatus, .lamp, .buzzer, .text, .setCommunication: break
        }
        switch reply {
        case .identity(let identity): self.identity = identity
        case .capabilities(let capabilities): self.capabilities = capabilities
        case .localStatus(let tamper, let powerFailure):
            advance(past: command)
            return (command == .localStatus ? greeting() : []) + status(tamper: tamper, powerFailure: powerFailure)
        case .card(_, let read):
            advance(past: command)
            return [mayDeliver(frame) ? .deliver(address: address, read) : .drop(address: address, .insecureRead)]
        case .keys(_, let keys):
            advance(past: command)
            guard mayDeliver(frame) else { return [.drop(address: address, .insecureRead)] }
            return keys.revealed.map { key in
                Self.action(of: key).map { .key(address: address, $0) } ?? .drop(address: address, .unknownKey)
            }
        case .refused(let reason):
            if [.wrongSequence, .noSecureChannel, .secureChannelNeeded].contains(reason) {
                restart(at: now)
            } else {
                advance(past: command)
            }
            return [.drop(address: address, .refused)] + (command == .localStatus ? greeting() : [])
        case .acknowledged, .communication, .challenge, .initialMAC, .busy, .other: break
        }
        advance(past: command)
        if case .capabilities = reply, channel != nil, !saysItIsSecure { return report(.trouble(.deniesSecureChannel)) }
        return command == .localStatus ? greeting() : []
    }

    private var saysItIsSecure: Bool {
        capabilities.contains { $0.function == OSDPCapability.secureChannel && $0.compliance > 0 }
    }

    /// A badge or a key press is taken inside the reader's own channel, encrypted, or where clear was asked for.
    private func mayDeliver(_ frame: OSDPFrame) -> Bool {
        if isClear { return true }
        return channel != nil && opening?.candidate.kind != .installation && frame.securityBlock?.isEncrypted == true
    }

    mutating func advance(past command: OSDPCommand) {
        switch phase {
        case .identifying: phase = isClear ? .listing : .challenging
        case .describing: phase = .listing
        case .listing: phase = .checking
        case .checking: phase = .polling
        case .challenging, .proving, .installing, .polling: break
        }
    }

    private mutating func greeting() -> Actions {
        let name = identity.map { "\($0)" } ?? "unknown model"
        return report(.online(name + (isClear ? ", insecure (secure=off)" : ", secure channel")))
    }

    private mutating func status(tamper: Bool, powerFailure: Bool) -> Actions {
        defer {
            hasTamper = tamper
            hasPowerFailure = powerFailure
        }
        let isOver = (hasTamper || hasPowerFailure) && !tamper && !powerFailure
        return (tamper && !hasTamper ? report(.trouble(.tamper)) : [])
            + (powerFailure && !hasPowerFailure ? report(.trouble(.powerFailure)) : [])
            + (isOver ? greeting() : [])
    }

    private static func action(of key: UInt8) -> Keypad.Action? {
        switch key {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit(key)
        case 0x7F, UInt8(ascii: "*"): .clear
        case 0x0D, UInt8(ascii: "#"): .enter
        default: nil
        }
    }

    // MARK: Handshake

    private mutating func challenged(
        _ reply: OSDPReply, _ block: OSDPFrame.SecurityBlock?, at now: MonotonicTime
    ) -> Actions {
        guard case .challenge(_, let random, let cryptogram) = reply, let opening else {
            return failed(.insecure, at: now)
        }
        guard block?.data.first == opening.candidate.type else {
            return failed(opening.candidate.type == 1 ? .defaultKey : .keyRefused, at: now)
        }
        guard constantTimeEqual(cryptogram, opening.handshake.readerCryptogram(readerRandom: random)) else {
            return failed(.keyRefused, at: now)
        }
        self.opening?.proof = opening.handshake.panelCryptogram(readerRandom: random)
        self.opening?.initialMAC = opening.handshake.initialMAC(readerRandom: random)
        phase = .proving
        return []
    }

    private mutating func proved(_ reply: OSDPReply, at now: MonotonicTime) -> Actions {
        guard case .initialMAC(let mac) = reply, let opening, constantTimeEqual(mac, opening.initialMAC) else {
            return failed(.keyRefused, at: now)
        }
        channel = OSDPSecureChannel(
            role: .panel, handshake: opening.handshake, initialMAC: mac, using: cryptography)
        phase = opening.candidate.kind == .installation ? .installing : .describing
        // What it said in clear anybody may have said.
        identity = nil
        capabilities = []
        return keyring.accepted(opening.candidate.kind).map { [.installed(address: address, $0)] } ?? []
    }

    private mutating func keySet(_ reply: OSDPReply, at now: MonotonicTime) -> Actions {
        guard case .acknowledged = reply else {
            keyring.endInstallation()
            restart(at: now)
            return report(.trouble(.installationRefused))
        }
        // The new key holds from the next handshake on.
        restart(at: now)
        return []
    }
}
