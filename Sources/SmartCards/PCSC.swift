// SPDX-License-Identifier: Apache-2.0

import CPCSC

/// Why smart-card readers cannot be used.
package enum SmartCardTrouble: Error, Hashable, Sendable {
    /// pcsc-lite's library is not installed.
    case noLibrary(String)
    /// pcscd does not run.
    case noService
    /// pcscd does not let this user in.
    case notPermitted
    case failed(call: String, code: UInt32)

    package var what: String {
        switch self {
        case .noLibrary(let reason): "smart-card readers cannot be used: \(reason)"
        case .noService: "smart-card readers cannot be used: pcscd does not answer"
        case .notPermitted: "smart-card readers cannot be used: pcscd does not let this user in"
        case .failed(let call, let code): "\(call) failed with \(String(code, radix: 16))"
        }
    }

    package var remedy: String {
        switch self {
        case .noLibrary: "Install the packages libpcsclite1 and pcscd."
        case .noService: "Install the package pcscd and start it: systemctl enable --now pcscd.socket"
        case .notPermitted:
            "Where pcscd asks polkit, give this user org.debian.pcsc-lite.access_pcsc and .access_card by a rule."
        case .failed: "Look into the log of pcscd: journalctl -u pcscd"
        }
    }

    init(_ call: String, _ code: UInt32) {
        switch code {
        case PCSC.noService, PCSC.serviceStopped: self = .noService
        case PCSC.securityViolation: self = .notPermitted
        default: self = .failed(call: call, code: code)
        }
    }
}

/// One context of PC/SC, used by one thread; only its wait may be cancelled from another.
struct PCSC {
    static let noService: UInt32 = 0x8010_001D
    static let serviceStopped: UInt32 = 0x8010_001E
    static let securityViolation: UInt32 = 0x8010_006A
    static let cancelled: UInt32 = 0x8010_0002
    static let timeout: UInt32 = 0x8010_000A
    static let noReaders: UInt32 = 0x8010_002E
    static let unknownReader: UInt32 = 0x8010_0009
    /// Of a reader's state.
    static let changed: UInt32 = 0x0002
    static let present: UInt32 = 0x0020
    static let mute: UInt32 = 0x0200
    /// The name that stands for "a reader comes or goes".
    static let anyReader = "\\\\?PnP?\\Notification"

    let library: OpaquePointer
    let context: Int

    static func load(_ name: String) throws(SmartCardTrouble) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 256)
        guard let library = cp_load(name, &text, text.count) else {
            let bytes = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            throw .noLibrary(String(decoding: bytes, as: UTF8.self))
        }
        return library
    }

    init(_ library: OpaquePointer) throws(SmartCardTrouble) {
        var context = 0
        let code = cp_establish(library, &context)
        guard code == 0 else { throw SmartCardTrouble("SCardEstablishContext", code) }
        self.library = library
        self.context = context
    }

    func close() { cp_release(library, context) }

    func readers() throws(SmartCardTrouble) -> [String] {
        var names = [CChar](repeating: 0, count: 4096)
        var length = names.count
        let code = cp_list_readers(library, context, &names, &length)
        if code == Self.noReaders { return [] }
        guard code == 0 else { throw SmartCardTrouble("SCardListReaders", code) }
        let bytes = names.prefix(length).map(UInt8.init(bitPattern:))
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// - Returns: the states as they are now, in the order asked; `nil` when the wait was cancelled or is over, and
    ///   when a reader that is watched has gone.
    func wait(
        _ watched: [(name: String, known: UInt32)], milliseconds: UInt32
    ) throws(SmartCardTrouble) -> [CardState]? {
        var states = watched.prefix(Int(CP_WATCH_LIMIT)).map { watch in
            var state = cp_state()
            cp_watch(&state, watch.name, watch.known)
            return state
        }
        let code = cp_wait(library, context, milliseconds, &states, states.count)
        if [Self.timeout, Self.cancelled, Self.unknownReader].contains(code) { return nil }
        guard code == 0 else { throw SmartCardTrouble("SCardGetStatusChange", code) }
        return states.map { state in
            let atr = withUnsafeBytes(of: state.atr) { Array($0.prefix(Int(state.atr_length))) }
            return CardState(state: state.seen & ~Self.changed, atr: atr)
        }
    }

    /// Asks the card in the reader; `nil` when it is gone or does not answer.
    func ask(_ command: [UInt8], of reader: String) -> [UInt8]? {
        var (card, protocolUsed): (Int, UInt32) = (0, 0)
        guard cp_connect(library, context, reader, &card, &protocolUsed) == 0 else { return nil }
        defer { cp_disconnect(library, card) }
        guard let answer = transmit(command, card, protocolUsed) else { return nil }
        guard let corrected = ContactlessBadge.corrected(after: answer) else { return answer }
        return transmit(corrected, card, protocolUsed)
    }

    private func transmit(_ command: [UInt8], _ card: Int, _ protocolUsed: UInt32) -> [UInt8]? {
        var answer = [UInt8](repeating: 0, count: 258)
        var length = answer.count
        let code = cp_transmit(library, card, protocolUsed, command, command.count, &answer, &length)
        return code == 0 ? Array(answer.prefix(length)) : nil
    }
}

struct CardState: Hashable {
    let state: UInt32
    let atr: [UInt8]

    var hasCard: Bool { state & PCSC.present != 0 && state & PCSC.mute == 0 }
}
