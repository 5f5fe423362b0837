// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Glibc
import HostIO
import PrintModel
import PrinterMachines

/// The sockets to printers, one for each release that is printing.
final class PrinterLinks {
    var onEvent: ((ReleaseID, AgentCore.PrinterEvent) -> Void)?

    private enum Line {
        case resolving
        case connecting(Connector, [IPAddress])
        case open(Stream)
    }

    private let resolver: Resolver
    private let loop: Loop
    private let farewells: Farewells
    private var lines: [ReleaseID: Line] = [:]

    init(resolver: Resolver, on loop: Loop) {
        self.resolver = resolver
        self.loop = loop
        farewells = Farewells(on: loop)
    }

    deinit { close() }

    /// Ends everything at once and calls back no more.
    func close() {
        onEvent = nil
        for line in lines.values {
            switch line {
            case .resolving: break
            case .connecting(let connector, _): connector.cancel()
            case .open(let stream): stream.close()
            }
        }
        lines = [:]
        farewells.closeAll()
    }

    /// Written and not yet taken by the kernel.
    func pendingBytes(_ release: ReleaseID) -> Int {
        if case .open(let stream) = lines[release] { stream.pendingBytes } else { 0 }
    }

    func dial(_ release: ReleaseID, uri: String) {
        guard let printer = try? PrinterURI(uri) else {
            return loop.soon { [weak self] in self?.onEvent?(release, .connectFailed(refused: false)) }
        }
        lines[release] = .resolving
        resolver.resolve(printer.host) { [weak self] answer in
            guard let self, case .resolving = lines[release] else { return }
            connect(release, (try? answer.get()) ?? [], port: printer.port, isRefused: false)
        }
    }

    func write(_ release: ReleaseID, _ bytes: [UInt8]) {
        if case .open(let stream) = lines[release] { stream.write(bytes) }
    }

    func hangUp(_ release: ReleaseID) {
        switch lines.removeValue(forKey: release) {
        case .connecting(let connector, _): connector.cancel()
        // The last bytes leave first: a printer may still be reading its trailer.
        case .open(let stream): farewells.add(stream)
        case .resolving, nil: break
        }
    }

    private func connect(_ release: ReleaseID, _ addresses: [IPAddress], port: UInt16, isRefused: Bool) {
        guard let address = addresses.first else {
            lines[release] = nil
            onEvent?(release, .connectFailed(refused: isRefused))
            return
        }
        let rest = Array(addresses.dropFirst())
        do throws(SystemFault) {
            let connector = try Connector.tcp(PeerAddress(ip: address, port: port), on: loop) {
                [unowned self] result in
                switch consume result {
                case .success(let descriptor): opened(release, descriptor)
                case .failure(let fault):
                    connect(release, rest, port: port, isRefused: fault.errno == ECONNREFUSED)
                }
            }
            lines[release] = .connecting(connector, rest)
        } catch {
            connect(release, rest, port: port, isRefused: false)
        }
    }

    private func opened(_ release: ReleaseID, _ descriptor: consuming Descriptor) {
        do throws(SystemFault) {
            let stream = try Stream(descriptor, on: loop)
            lines[release] = .open(stream)
            stream.onBytes = { [unowned self] in onEvent?(release, .received($0)) }
            stream.onDrained = { [unowned self] in onEvent?(release, .drained) }
            stream.onEnd = { [unowned self] in ended(release) }
            stream.onClosed = { [unowned self] _ in ended(release) }
            onEvent?(release, .connected)
        } catch {
            lines[release] = nil
            onEvent?(release, .connectFailed(refused: false))
        }
    }

    private func ended(_ release: ReleaseID) {
        guard case .open(let stream) = lines.removeValue(forKey: release) else { return }
        stream.close()
        onEvent?(release, .disconnected)
    }
}
