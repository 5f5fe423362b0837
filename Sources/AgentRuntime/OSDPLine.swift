// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Primitives
import ReaderMachines

/// The readers of one OSDP line, driven together: their panel in the place of a driver.
final class OSDPLine {
    private let panel: MachineRunner<OSDPControlPanel>
    private let names: [UInt8: String]
    private let loop: Loop

    /// - Parameter keys: where the readers' keys are kept.
    init(
        _ name: String, _ model: ReaderModel, keys: OSDPKeys, on loop: Loop,
        output: @escaping (String, ReaderShell.Output) -> Void, send: @escaping ([UInt8]) -> Void
    ) {
        self.loop = loop
        let options = model.osdp
        let readerNames = model.readerNames(of: name)
        let names = Dictionary(uniqueKeysWithValues: zip(options.addresses, readerNames))
        self.names = names
        var limits = OSDPControlPanel.Limits()
        if case .serial(let line) = model.kind.transport {
            limits.speed = (model.options.line ?? line).speed
        }
        let readers = zip(options.addresses, readerNames).map { address, reader in
            OSDPReaderSetting(
                address: address, security: options.isSecure ? keys.security(of: reader) : .off,
                check: options.hasCRC ? .crc : .checksum)
        }
        let runner = MachineRunner(
            OSDPControlPanel(readers: readers, cryptography: .openSSL, limits: limits), on: loop)
        panel = runner
        runner.perform = { [unowned runner] action in
            switch action {
            case .send(let bytes): send(bytes)
            case .needRandom(let count): runner.feed(.random(randomBytes(count)))
            case .deliver(let address, let read): output(names[address] ?? name, .read(read))
            case .key(let address, let key): output(names[address] ?? name, .key(key))
            case .drop(let address, let fault):
                // Noise on the line is nobody's read.
                output(address.flatMap { names[$0] } ?? name, .noise(fault.rawValue))
            case .online(let address, let text): output(names[address] ?? name, .online(text))
            case .trouble(let address, let trouble):
                output(names[address] ?? name, .trouble(.osdp(trouble)))
            case .installed(let address, let key):
                let reader = names[address] ?? name
                output(reader, keys.store(key, of: reader).map { .trouble(.other($0)) } ?? .online("installed"))
            }
        }
    }

    func feed(_ event: ReaderDriver.Event) {
        switch event {
        case .opened: panel.feed(.opened)
        case .bytes(let bytes): panel.feed(.bytes(bytes))
        case .closed: panel.feed(.closed)
        case .input, .report, .feature, .signal, .random: break
        }
    }

    /// - Returns: whether the reader is on this line.
    func signal(_ name: String, _ signal: ReaderSignal) -> Bool {
        guard let address = address(of: name) else { return false }
        panel.feed(.signal(address: address, signal))
        return true
    }

    /// Lets the reader be given a new key, for a while.
    /// - Returns: whether the reader is on this line.
    func install(_ name: String) -> Bool {
        guard let address = address(of: name) else { return false }
        panel.feed(.install(address: address, until: loop.now + OSDPControlPanel.Limits().installation))
        return true
    }

    func stop() { panel.stop() }

    private func address(of name: String) -> UInt8? { names.first { $0.value == name }?.key }
}

/// The keys of OSDP readers: a file each in the state folder, 32 hexadecimal digits.
struct OSDPKeys {
    let folder: String
    let onFault: (String) -> Void

    func security(of reader: String) -> OSDPReaderSetting.Security {
        let bytes: [UInt8]?
        do throws(SystemFault) {
            bytes = try DurableFile.readIfPresent(path(reader), limit: 64)
        } catch {
            onFault("\(error)")
            return .notInstalled
        }
        guard let bytes else { return .notInstalled }
        do throws(OSDPBaseKey.Weakness) {
            return .key(try OSDPBaseKey(SecretBytes(Self.key(bytes))))
        } catch {
            onFault("\(path(reader)) holds no good key: \(error.rawValue)")
            return .notInstalled
        }
    }

    /// - Returns: what went wrong.
    func store(_ key: OSDPBaseKey, of reader: String) -> String? {
        let text = Hexadecimal.text(key.bytes.revealed)
        do throws(SystemFault) {
            try DurableFile.makeDirectory(folder)
            try DurableFile.write(Array((text + "\n").utf8), to: path(reader))
            return nil
        } catch {
            return "the new key cannot be stored, so the reader has to be installed again: \(error)"
        }
    }

    private func path(_ reader: String) -> String {
        let name = reader.utf8.map { byte in
            let isPlain = 0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || "-_.".utf8.contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
        }.joined()
        return "\(folder)/\(name).key"
    }

    /// Empty when it is not hexadecimal.
    private static func key(_ text: [UInt8]) -> [UInt8] {
        let bytes = Hexadecimal.bytes(of: text.filter { $0 != 0x0A && $0 != 0x0D }) ?? []
        return bytes.count == OSDPBaseKey.count ? bytes : []
    }
}
