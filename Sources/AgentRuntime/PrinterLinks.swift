// SPDX-License-Identifier: Apache-2.0

import AgentCore
import HostIO
import PrintModel
import PrinterMachines

/// The sockets to printers, one for each release that is printing.
final class PrinterLinks {
    var onEvent: ((ReleaseID, AgentCore.PrinterEvent) -> Void)?

    enum Line {
        case dialing(Dialer)
        case open(Stream)
    }

    private let resolver: Resolver
    private let loop: Loop
    private let farewells: Farewells
    private(set) var lines: [ReleaseID: Line] = [:]

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
            case .dialing(let dialer): dialer.cancel()
            case .open(let stream): stream.close()
            }
        }
        lines = [:]
        farewells.closeAll()
    }

    func dial(_ release: ReleaseID, uri: String) {
        let printer: PrinterURI
        do throws(PrinterURIFault) {
            printer = try PrinterURI(uri)
        } catch {
            return loop.soon { [weak self] in self?.onEvent?(release, .connectFailed(.badAddress(error))) }
        }
        // How long it may take is the core's to say: it hangs up.
        let dialer = Dialer(printer.host, port: printer.port, within: nil, resolver: resolver, on: loop) {
            [unowned self] result in
            switch consume result {
            case .success(let descriptor): opened(release, descriptor)
            case .failure(let fault): failed(release, PrinterObstacle(fault))
            }
        }
        lines[release] = .dialing(dialer)
    }

    func write(_ release: ReleaseID, _ bytes: [UInt8]) {
        if case .open(let stream) = lines[release] { stream.write(bytes) }
    }

    func hangUp(_ release: ReleaseID) {
        switch lines.removeValue(forKey: release) {
        case .dialing(let dialer): dialer.cancel()
        // The last bytes leave first: a printer may still be reading its trailer.
        case .open(let stream): farewells.add(stream)
        case nil: break
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
            failed(release, .unreachable("\(error)"))
        }
    }

    private func failed(_ release: ReleaseID, _ obstacle: PrinterObstacle) {
        lines[release] = nil
        onEvent?(release, .connectFailed(obstacle))
    }

    private func ended(_ release: ReleaseID) {
        guard case .open(let stream) = lines.removeValue(forKey: release) else { return }
        stream.close()
        onEvent?(release, .disconnected)
    }
}

extension PrinterObstacle {
    init(_ fault: DialFault) {
        self =
            switch fault.kind {
            case .refused: .refused
            case .silent: .silent
            case .unknownName: .unknownName(fault.description)
            case .notPermitted, .unreachable: .unreachable(fault.description)
            }
    }
}
