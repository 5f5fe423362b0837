// SPDX-License-Identifier: Apache-2.0

import Credentials
import HostIO
import Ops
import Primitives
import ReaderMachines
import SmartCards

/// The readers and keypads of this box: opened as ``ReaderPool`` says, each with its driver.
final class ReaderBench {
    var onRead: ((String, RawRead) -> Void)?
    /// With the name of the keypad, or of the reader that has keys.
    var onKey: ((String, Keypad.Action) -> Void)?
    /// A read was dropped.
    var onBroken: ((String) -> Void)?
    var onState: ((String, ReaderPool.ReaderState) -> Void)?
    /// Something about the readers is other than it was; once for all that happens in a turn of the loop.
    var onChange: (() -> Void)?
    /// A keyboard that is none of ours.
    var onForeign: ((ReaderMachines.DeviceFacts) -> Void)?

    let pool: MachineRunner<ReaderPool>
    let loop: Loop
    let observer: Observer
    /// By reader, open or opening.
    var shells: [String: ReaderShell] = [:]
    var records: [String: ReaderRecord] = [:]
    /// Keyboards that are nobody's business, by system path.
    private(set) var foreign: [String: (facts: ReaderMachines.DeviceFacts, why: ReaderPool.Foreign)] = [:]
    var smartCards: SmartCards?
    /// Why PC/SC's readers are not seen.
    var smartCardObstacle: ReaderObstacle?
    /// By PC/SC's name.
    var smartCardHandlers: [String: PortHandler] = [:]
    var features: FeatureWorker?
    var listeners: [UInt16: ReaderListener] = [:]
    let resolver: Resolver
    let peers: PeerRule
    private let keyFolder: String
    private var monitor: DeviceMonitor?
    /// Further nodes of readers in use, by system path.
    private var silenced: [String: EvdevDevice] = [:]
    private var willTell = false
    private var isClosed = false

    init(
        _ settings: AgentSettings, resolver: Resolver, on loop: Loop, observer: Observer
    ) throws(SystemFault) {
        self.loop = loop
        self.observer = observer
        self.resolver = resolver
        peers = settings.peers
        keyFolder = settings.state + "/osdp"
        let quirks = QuirkFolder.load(settings.quirks) { observer.log($0) }
        if quirks.all.isEmpty && settings.readerMode == .automatic {
            observer.log(.warning, "no-quirks", ["folders": settings.quirks.joined(separator: ",")])
        }
        pool = MachineRunner(
            ReaderPool(readers: settings.readers, mode: settings.readerMode, quirks: quirks), on: loop)
    }

    func start() {
        pool.perform = { [unowned self] in perform($0) }
        pool.feed(.start)
        tellChange()
        do throws(SystemFault) {
            monitor = try DeviceMonitor(subsystems: ["input", "tty", "hidraw", "usb"], on: loop) {
                [unowned self] in changed($0)
            }
        } catch {
            observer.log(
                OperatorError(
                    .readerLost, "udev does not answer: USB readers are not seen", remedy: "Is systemd-udevd running?",
                    cause: error))
        }
    }

    deinit { close() }

    /// Lets go of all devices and calls back no more.
    func close() {
        isClosed = true
        // A read that is cut short now is nobody's business any more.
        (onRead, onKey, onBroken, onState, onForeign) = (nil, nil, nil, nil, nil)
        onChange = nil
        pool.stop()
        monitor?.close()
        monitor = nil
        for shell in shells.values { shell.close() }
        shells = [:]
        for device in silenced.values { device.close() }
        silenced = [:]
        for listener in listeners.values { listener.close() }
        listeners = [:]
        smartCards?.stop()
        smartCards = nil
        features?.stop()
        features = nil
    }

    /// Shows the person at this reader what became of the badge, as far as the reader can.
    func signal(_ name: String, _ signal: ReaderSignal) { _ = shells.values.contains { $0.signal(name, signal) } }

    /// Lets a reader on an OSDP line be given a new key, for a few minutes: an administrator's doing.
    /// - Returns: whether there is such a reader.
    func install(_ name: String) -> Bool {
        let isThere = shells.values.contains { $0.install(name) }
        observer.log(.warning, "reader-installation", ["reader": name, "begun": isThere])
        return isThere
    }

    private func changed(_ change: DeviceMonitor.Change) {
        switch change {
        case .added(let facts): pool.feed(.deviceAdded(ReaderMachines.DeviceFacts(facts)))
        case .removed(let systemPath):
            foreign[systemPath] = nil
            pool.feed(.deviceRemoved(sysPath: systemPath))
        }
    }

    private func perform(_ action: ReaderPool.Action) {
        switch action {
        case .open(let name, let opening): open(name, opening)
        case .close(let name):
            shells.removeValue(forKey: name)?.close()
            for (reader, _) in records where reader == name || reader.hasPrefix(name + ".") {
                records[reader]?.signs.leaves()
            }
            tellChange()
        case .report(let name, let state):
            log(name, state)
            onState?(name, state)
            tellChange()
        case .foreign(let facts, let why):
            foreign[facts.sysPath] = (facts, why)
            observer.log(
                .warning, "keyboard-ignored",
                ["node": facts.node ?? "", "model": facts.model ?? "", "place": facts.port, "reason": why.rawValue])
            onForeign?(facts)
        case .silence(let sysPath, let node): silence(sysPath, node)
        case .unsilence(let sysPath): silenced.removeValue(forKey: sysPath)?.close()
        case .needSmartCards: startSmartCards()
        }
    }

    private func log(_ name: String, _ state: ReaderPool.ReaderState) {
        switch state {
        case .attached:
            records[name, default: ReaderRecord()].signs.obstacle = nil
            observer.log(.info, "reader-attached", ["reader": name])
        case .waiting: observer.log(.warning, "reader-waiting", ["reader": name])
        case .lost(let reason):
            let obstacle = records[name]?.signs.obstacle
            observer.log(
                .warning, "reader-lost",
                ["reader": name, "reason": obstacle?.what ?? reason, "remedy": obstacle?.remedy ?? "none"])
        }
    }

    /// What is typed there is thrown away.
    private func silence(_ sysPath: String, _ node: String) {
        do throws(SystemFault) {
            let device = try EvdevDevice(node, on: loop)
            silenced[sysPath] = device
            device.onEnd = { [unowned self] _ in silenced[sysPath] = nil }
            device.grab { [unowned self] fault in
                guard let fault else { return }
                observer.log(.warning, "keys-not-silenced", ["node": node, "reason": "\(fault)"])
                silenced.removeValue(forKey: sysPath)?.close()
            }
        } catch {
            observer.log(.warning, "keys-not-silenced", ["node": node, "reason": "\(error)"])
        }
    }

    // MARK: One reader

    private func open(_ name: String, _ opening: ReaderOpening) {
        let keys = OSDPKeys(folder: keyFolder) { [unowned self] text in
            observer.log(.warning, "reader-key", ["reader": name, "problem": text])
        }
        let shell = ReaderShell(name, opening.model, keys: keys, on: loop) { [unowned self] in took($1, from: $0) }
        shells[name] = shell
        let handler: PortHandler = { [unowned self, weak shell] event in
            // What comes from a way that was closed meanwhile is about nothing.
            guard let shell, shells[name] === shell else { return }
            heard(event, from: name, shell, opening)
        }
        do throws(SystemFault) {
            shell.port = try port(opening, handler)
        } catch {
            failed(name, .init(error), opening)
        }
    }

    private func heard(_ event: PortEvent, from name: String, _ shell: ReaderShell, _ opening: ReaderOpening) {
        switch event {
        case .opened:
            pool.feed(.opened(name))
            shell.begin()
        case .failed(let failure): failed(name, failure, opening)
        case .lost(let reason): pool.feed(.lost(name, reason: reason))
        case .driver(let event): shell.feed(event)
        case .badge(.success(let read)): took(.read(read), from: name)
        case .badge(.failure(let reason)): took(.dropped(reason.rawValue), from: name)
        case .remark(let text): observer.log(.info, "reader-remark", ["reader": name, "text": text])
        }
    }

    private func failed(_ name: String, _ failure: ReaderPool.OpenFailure, _ opening: ReaderOpening) {
        shells.removeValue(forKey: name)?.close()
        if records[name]?.signs.obstacle == nil {
            records[name, default: ReaderRecord()].signs.obstacle = ReaderObstacle(failure, opening: opening.way)
        }
        pool.feed(.openFailed(name, failure))
    }

    func tellChange() {
        guard !willTell else { return }
        willTell = true
        loop.soon { [weak self] in
            guard let self, !isClosed else { return }
            willTell = false
            onChange?()
        }
    }

    private func took(_ output: ReaderShell.Output, from name: String) {
        if case .key = output {} else { tellChange() }
        switch output {
        case .read(let read):
            records[name, default: ReaderRecord()].reads += 1
            records[name]?.last = (read.description, loop.now)
            onRead?(name, read)
        case .key(let key): onKey?(name, key)
        case .dropped(let reason):
            records[name, default: ReaderRecord()].drops[reason, default: 0] += 1
            observer.log(.info, "read-dropped", ["reader": name, "reason": reason])
            onBroken?(name)
        case .noise(let reason):
            records[name, default: ReaderRecord()].drops[reason, default: 0] += 1
            observer.log(.debug, "line-noise", ["reader": name, "reason": reason])
        case .online(let text):
            records[name, default: ReaderRecord()].signs.comesOnline(text)
            observer.log(.info, "reader-online", ["reader": name, "about": text])
        case .trouble(let trouble):
            records[name, default: ReaderRecord()].signs.complains(trouble)
            observer.log(.warning, "reader-trouble", ["reader": name, "text": trouble.word])
        }
    }
}

extension ReaderMachines.DeviceFacts {
    init(_ facts: HostIO.DeviceFacts) {
        self.init(
            sysPath: facts.systemPath, node: facts.node, vendor: facts.vendor ?? 0, product: facts.product ?? 0,
            serial: facts.serial, subsystem: facts.subsystem)
        model = facts.name
        idPath = facts.port
        links = facts.links
        canTypeNumbers = facts.canTypeNumbers
    }
}
