// SPDX-License-Identifier: Apache-2.0

import HostIO
import ReaderMachines
import SmartCards

/// A serial line, held by this program alone.
final class SerialReaderPort: ReaderPort {
    private let port: SerialPort

    init(_ path: String, _ line: SerialLine, on loop: Loop, _ handler: @escaping PortHandler) throws(SystemFault) {
        let parity = SerialPort.Parity(rawValue: line.parity.rawValue) ?? .none
        let rs485 = SerialPort.RS485(rawValue: line.rs485.rawValue) ?? .off
        guard
            let line = SerialPort.Line(
                speed: line.speed, dataBits: line.dataBits, parity: parity, stopBits: line.stopBits)
        else { preconditionFailure("settings take only lines that there are") }
        port = try SerialPort(path, line, rs485: rs485, on: loop)
        connect(port.stream, to: handler) { .bytes($0) }
        let isRS485 = port.isRS485
        loop.soon {
            if isRS485 { handler(.remark("the driver switches the RS-485 line")) }
            handler(.opened)
        }
    }

    func send(_ bytes: [UInt8]) { port.stream.write(bytes) }
    func close() { port.stream.close() }
}

/// An input device, grabbed so that nobody else sees what is typed.
final class EvdevReaderPort: ReaderPort {
    private let device: EvdevDevice

    init(_ path: String, on loop: Loop, _ handler: @escaping PortHandler) throws(SystemFault) {
        device = try EvdevDevice(path, on: loop)
        guard device.keys.canTypeNumbersOrPad else {
            device.close()
            loop.soon { handler(.failed(.unsuitable)) }
            return
        }
        device.onEvents = { handler(.driver(.input($0))) }
        device.onEnd = { handler(.lost("\($0)")) }
        device.grab { fault in handler(fault.map { .failed(.init($0)) } ?? .opened) }
    }

    func close() { device.close() }
}

/// A HID device below the input layer: its reports as they come.
final class HidrawReaderPort: ReaderPort {
    private let device: HidrawDevice
    private let handler: PortHandler

    init(
        _ path: String, features: FeatureWorker, on loop: Loop, _ handler: @escaping PortHandler
    ) throws(SystemFault) {
        device = try HidrawDevice(path, features: features, on: loop)
        self.handler = handler
        connect(device.stream, to: handler) { .report($0) }
        loop.soon { handler(.opened) }
    }

    func send(_ bytes: [UInt8]) { device.stream.write(bytes) }

    func setFeature(_ report: [UInt8]) {
        device.setFeature(report) { [weak self] fault in
            if let fault { self?.handler(.remark("\(fault)")) }
        }
    }

    func getFeature(_ report: UInt8, length: Int) {
        device.getFeature(report, length: length) { [weak self] answer in
            self?.handler(.driver(.feature(try? answer.get())))
        }
    }

    func close() { device.close() }
}

/// A reader's place at pcscd.
final class SmartCardReaderPort: ReaderPort {
    private let name: String
    private let cards: SmartCards

    init(_ name: String, of cards: SmartCards, on loop: Loop, _ handler: @escaping PortHandler) {
        self.name = name
        self.cards = cards
        cards.attend(name)
        loop.soon { handler(.opened) }
    }

    func close() { cards.ignore(name) }
}
