// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import ReaderMachines
import SmartCards

extension ReaderBench {
    /// One way for each transport; no kind of reader is special here.
    func port(_ opening: ReaderOpening, _ handler: @escaping PortHandler) throws(SystemFault) -> any ReaderPort {
        let heartbeat = opening.model.heartbeat
        switch (opening.way, opening.model.kind.transport) {
        case (.dial(let host, let port), _):
            return DialPort(
                host: host, port: port, peers: peers, heartbeat: heartbeat, resolver: resolver, on: loop, handler)
        case (.listen(let port), _): return ListenPort(try listener(port), heartbeat: heartbeat, on: loop, handler)
        case (.smartCard(let name), _):
            guard let smartCards else { throw SystemFault(call: "PC/SC", errno: ENODEV) }
            smartCardHandlers[name] = handler
            return SmartCardReaderPort(name, of: smartCards, on: loop, handler)
        case (.node(let path), .serial(let line)):
            return try SerialReaderPort(path, opening.model.options.line ?? line, on: loop, handler)
        case (.node(let path), .evdev): return try EvdevReaderPort(path, on: loop, handler)
        case (.node(let path), .hidraw):
            return try HidrawReaderPort(path, features: try featureWorker(), on: loop, handler)
        case (.node(let path), .stream), (.node(let path), .pcsc):
            preconditionFailure("\(path): settings give such a reader no node")
        }
    }

    private func featureWorker() throws(SystemFault) -> FeatureWorker {
        if let features { return features }
        let worker = try FeatureWorker(on: loop)
        features = worker
        return worker
    }

    private func listener(_ port: UInt16) throws(SystemFault) -> ReaderListener {
        if let listener = listeners[port] { return listener }
        let gate = PeerGate(peers, before: "reader-port-\(port)", on: loop, observer: observer)
        let listener = try ReaderListener(port: port, behind: gate, on: loop)
        listeners[port] = listener
        return listener
    }

    // MARK: Smart cards

    func startSmartCards() {
        guard smartCards == nil else { return }
        do throws(SystemFault) {
            smartCards = try SmartCards(on: loop) { [unowned self] in heard($0) }
        } catch {
            observer.log(.warning, "smart-cards-unavailable", ["reason": "\(error)"])
        }
    }

    private func heard(_ event: SmartCards.Event) {
        switch event {
        case .added(let name):
            smartCardObstacle = nil
            pool.feed(.deviceAdded(.smartCard(name)))
        case .removed(let name): pool.feed(.deviceRemoved(sysPath: DeviceFacts.smartCardPath(name)))
        case .presented(let name, let result): smartCardHandlers[name]?(.badge(result))
        case .trouble(let trouble):
            smartCardObstacle = ReaderObstacle(what: trouble.what, remedy: trouble.remedy)
            tellChange()
            observer.log(OperatorError(.readerLost, trouble.what, remedy: trouble.remedy))
        }
    }
}

extension ReaderMachines.DeviceFacts {
    fileprivate static func smartCardPath(_ name: String) -> String { "pcsc:" + name }

    fileprivate static func smartCard(_ name: String) -> ReaderMachines.DeviceFacts {
        var facts = ReaderMachines.DeviceFacts(
            sysPath: smartCardPath(name), node: name, vendor: 0, product: 0, subsystem: "pcsc")
        facts.model = name
        return facts
    }
}
