// SPDX-License-Identifier: Apache-2.0

import Credentials
import Glibc
import HostIO
import Ops
import Primitives
import ReaderMachines

/// The readers and keypads of this box: opened as ``ReaderPool`` says, each with its driver.
final class ReaderBench {
    var onRead: ((String, RawRead) -> Void)?
    var onKey: ((Keypad.Action) -> Void)?
    /// A read was dropped.
    var onBroken: ((String) -> Void)?
    var onState: ((String, ReaderPool.ReaderState) -> Void)?

    private let pool: MachineRunner<ReaderPool>
    private let loop: Loop
    private let observer: Observer
    private var monitor: DeviceMonitor?
    private var devices: [String: any OpenReader] = [:]

    init(_ readers: [ReaderSetting], on loop: Loop, observer: Observer) throws(SystemFault) {
        self.loop = loop
        self.observer = observer
        pool = MachineRunner(ReaderPool(readers: readers), on: loop)
    }

    func start() {
        pool.perform = { [unowned self] in perform($0) }
        pool.feed(.start)
        do throws(SystemFault) {
            monitor = try DeviceMonitor(subsystems: ["input"], on: loop) { [unowned self] in changed($0) }
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
        pool.stop()
        monitor?.close()
        monitor = nil
        for device in devices.values { device.close() }
        devices = [:]
    }

    private func changed(_ change: DeviceMonitor.Change) {
        switch change {
        case .added(let facts):
            pool.feed(
                .deviceAdded(
                    ReaderMachines.DeviceFacts(
                        sysPath: facts.systemPath, node: facts.node, vendor: facts.vendor ?? 0,
                        product: facts.product ?? 0, serial: facts.serial, subsystem: facts.subsystem)))
        case .removed(let systemPath): pool.feed(.deviceRemoved(sysPath: systemPath))
        }
    }

    private func perform(_ action: ReaderPool.Action) {
        switch action {
        case .open(let name, let path, let kind): open(name, path, kind)
        case .close(let name): devices.removeValue(forKey: name)?.close()
        case .report(let name, let state):
            log(name, state)
            onState?(name, state)
        case .foreign(let facts, let why):
            observer.log(.debug, "device-ignored", ["node": facts.node ?? "", "reason": why.rawValue])
        }
    }

    private func log(_ name: String, _ state: ReaderPool.ReaderState) {
        switch state {
        case .attached: observer.log(.info, "reader-attached", ["reader": name])
        case .waiting: observer.log(.warning, "reader-waiting", ["reader": name])
        case .lost(let reason): observer.log(.warning, "reader-lost", ["reader": name, "reason": reason])
        }
    }

    private func open(_ name: String, _ path: String, _ kind: ReaderSetting.Kind) {
        do throws(SystemFault) {
            switch kind {
            case .id12: try openSerial(name, path)
            case .wedge: try openEvdev(name, path, WedgeDriver(name, self, loop), keys: \.canTypeNumbers)
            case .keypad: try openEvdev(name, path, KeypadDriver(self, loop), keys: \.isKeypad)
            }
        } catch {
            pool.feed(.openFailed(name, Self.failure(error)))
        }
    }

    private static func failure(_ fault: SystemFault) -> ReaderPool.OpenFailure {
        if fault.isMissing { return .missing }
        if fault.isBusy { return .busy }
        return fault.isPermissionDenied ? .notPermitted : .other("\(fault)")
    }

    private func openSerial(_ name: String, _ path: String) throws(SystemFault) {
        guard let line = SerialPort.Line(speed: 9600) else { preconditionFailure("9600 is in the list of speeds") }
        let port = try SerialPort(path, line, on: loop)
        let driver = MachineRunner(ReaderDriver(kind: .id12), on: loop) { [unowned self] action in
            switch action {
            case .deliver(let read): onRead?(name, read)
            case .drop(let reason): dropped(name, reason.rawValue)
            default: break
            }
        }
        port.stream.onBytes = { driver.feed(.bytes($0)) }
        port.stream.onEnd = { [unowned self] in pool.feed(.lost(name, reason: "unplugged")) }
        port.stream.onClosed = { [unowned self] fault in
            pool.feed(.lost(name, reason: fault.map { "\($0)" } ?? "unplugged"))
        }
        devices[name] = SerialReader(port: port)
        pool.feed(.opened(name))
    }

    private func openEvdev(
        _ name: String, _ path: String, _ driver: any EvdevDriver, keys isFit: KeyPath<KeyCapabilities, Bool>
    ) throws(SystemFault) {
        let device = try EvdevDevice(path, on: loop)
        guard device.keys[keyPath: isFit] else {
            device.close()
            return pool.feed(.openFailed(name, .notAKeyboard))
        }
        device.onEvents = { events in
            driver.take(
                events.map { ReaderMachines.InputEvent(type: $0.type, code: $0.code, value: $0.value) })
        }
        device.onEnd = { [unowned self] end in pool.feed(.lost(name, reason: "\(end)")) }
        devices[name] = EvdevReader(device: device)
        device.grab { [unowned self] fault in
            if let fault {
                devices.removeValue(forKey: name)?.close()
                pool.feed(.openFailed(name, Self.failure(fault)))
            } else {
                pool.feed(.opened(name))
            }
        }
    }

    fileprivate func dropped(_ name: String, _ reason: String) {
        observer.log(.info, "read-dropped", ["reader": name, "reason": reason])
        onBroken?(name)
    }
}

/// An open device of any kind, to be closed.
private protocol OpenReader { func close() }

private struct SerialReader: OpenReader {
    let port: SerialPort
    func close() { port.stream.close() }
}

private struct EvdevReader: OpenReader {
    let device: EvdevDevice
    func close() { device.close() }
}

private protocol EvdevDriver { func take(_ events: [ReaderMachines.InputEvent]) }

private final class WedgeDriver: EvdevDriver {
    private let runner: MachineRunner<ReaderDriver>

    init(_ name: String, _ bench: ReaderBench, _ loop: Loop) {
        runner = MachineRunner(ReaderDriver(kind: .wedge), on: loop) { [unowned bench] action in
            switch action {
            case .deliver(let read): bench.onRead?(name, read)
            case .drop(let reason): bench.dropped(name, reason.rawValue)
            default: break
            }
        }
    }

    func take(_ events: [ReaderMachines.InputEvent]) { runner.feed(.input(events)) }
}

private final class KeypadDriver: EvdevDriver {
    private let runner: MachineRunner<Keypad>

    init(_ bench: ReaderBench, _ loop: Loop) {
        runner = MachineRunner(Keypad(), on: loop) { [unowned bench] in bench.onKey?($0) }
    }

    func take(_ events: [ReaderMachines.InputEvent]) { runner.feed(.input(events)) }
}

extension KeyCapabilities {
    /// Digits and Enter in either row: a bare numpad has no main block.
    fileprivate var isKeypad: Bool {
        canTypeNumbers || ([71, 72, 73, 75, 76, 77, 79, 80, 81, 82, 96].allSatisfy(has))
    }
}
