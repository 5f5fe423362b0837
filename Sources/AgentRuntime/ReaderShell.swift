// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import HostIO
import Primitives
import ReaderMachines

/// One open reader: its driver and the way to it. What the driver asks for goes to the port, whatever that is.
final class ReaderShell {
    enum Output {
        case read(RawRead)
        case key(Keypad.Action)
        case dropped(String)
        /// Something on the line that was no read of anybody.
        case noise(String)
        case online(String)
        case trouble(ReaderTrouble)
    }

    /// Set before the port opens.
    var port: (any ReaderPort)?
    private let driver: MachineRunner<ReaderDriver>?
    private var osdp: OSDPLine?
    private let name: String
    private var hasBegun = false

    /// - Parameter output: with the name of the reader, since one way may lead to several.
    init(
        _ name: String, _ model: ReaderModel, keys: OSDPKeys, on loop: Loop,
        output: @escaping (String, Output) -> Void
    ) {
        self.name = name
        driver =
            model.kind.hasDriver
            ? MachineRunner(ReaderDriver(kind: model.kind, options: model.options), on: loop) : nil
        if model.kind == .osdp {
            osdp = OSDPLine(name, model, keys: keys, on: loop, output: output) { [unowned self] in port?.send($0) }
        }
        driver?.perform = { [unowned self] action in
            switch action {
            case .deliver(let read): output(name, .read(read))
            case .key(let key): output(name, .key(key))
            case .drop(let reason): output(name, .dropped(reason.rawValue))
            case .send(let bytes): port?.send(bytes)
            case .setFeature(let report): port?.setFeature(report)
            case .getFeature(let report, let length): port?.getFeature(report, length: length)
            case .needRandom(let count): driver?.feed(.random(randomBytes(count)))
            case .online(let text): output(name, .online(text))
            case .trouble(let text): output(name, .trouble(.other(text)))
            }
        }
    }

    /// The way is open.
    func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        driver?.feed(.opened)
        osdp?.feed(.opened)
    }

    /// What a reader types while it is still being grabbed is the beginning of a read, without which its end would be a
    /// wrong one.
    func feed(_ event: ReaderDriver.Event) {
        begin()
        driver?.feed(event)
        osdp?.feed(event)
    }

    /// - Returns: whether the reader is here.
    func signal(_ reader: String, _ signal: ReaderSignal) -> Bool {
        if let osdp { return osdp.signal(reader, signal) }
        guard reader == name else { return false }
        driver?.feed(.signal(signal))
        return true
    }

    /// - Returns: whether the reader is here and can be given a key.
    func install(_ reader: String) -> Bool { osdp?.install(reader) ?? false }

    func close() {
        driver?.feed(.closed)
        driver?.stop()
        osdp?.feed(.closed)
        osdp?.stop()
        port?.close()
        port = nil
    }
}

/// What became of one reader's reads since the agent started.
struct ReaderRecord {
    var reads = 0
    /// By reason.
    var drops: [String: Int] = [:]
    /// Kind and length of the last read; never what it said.
    var last: (what: String, at: MonotonicTime)?
    var signs = ReaderSigns()
}
