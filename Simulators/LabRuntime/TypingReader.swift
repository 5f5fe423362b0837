// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import Primitives
import ReaderMachines
import SimDevices

/// A reader or keypad that is a keyboard to the system.
final class TypingReader: SimulatedReader {
    /// Quicker than any real reader, so that a busy machine does not stretch a read beyond what the agent waits.
    private static let interval = Duration.milliseconds(2)

    private let setting: LabReaders.Setting
    private let testbed: Testbed
    private let wedge: MachineRunner<SimWedge>
    private let keypad: MachineRunner<SimKeypad>
    private var device: SimulatedDevice?

    init(_ setting: LabReaders.Setting, testbed: Testbed, on loop: Loop) {
        self.setting = setting
        self.testbed = testbed
        wedge = MachineRunner(SimWedge(interval: Self.interval), on: loop)
        keypad = MachineRunner(SimKeypad(interval: Self.interval), on: loop)
        wedge.perform = { [weak self] in self?.perform($0) }
        keypad.perform = { [weak self] in self?.perform($0) }
    }

    func plug() throws(LabFault) {
        guard device == nil else { return }
        let setting = setting
        device = try testbed.plug {
            SimulatedDevice.keyboard(
                $0, name: "Lab \(setting.name)", vendor: setting.vendor, product: setting.product)
        }
    }

    func unplug() throws(LabFault) {
        if let device { testbed.unplug(device) }
        device = nil
    }

    func present(_ badge: BadgeText) throws(LabFault) {
        try needDevice()
        wedge.feed(.present(badge.digits))
    }

    func type(_ strokes: String) throws(LabFault) {
        try needDevice()
        keypad.feed(.type(strokes))
    }

    func play(_ player: RecordingPlayer) throws(LabFault) {
        try needDevice()
        guard player.kind.transport == .evdev else {
            throw LabFault("a \(player.kind.rawValue) does not type", exit: .usage)
        }
        player.play { [weak self] step in
            if case .input(let events) = step { self?.perform(.input(events)) }
        }
    }

    private func needDevice() throws(LabFault) {
        guard device != nil else { throw LabFault("\(setting.name) is unplugged", exit: .unavailable) }
    }

    private func perform(_ action: SimKeys.Action) {
        switch action {
        case .input(let events):
            guard let device else { return }
            do throws(LabFault) {
                try testbed.type(events, on: device)
            } catch {
                StandardStream.error.write(line: "\(setting.name): \(error)")
            }
        }
    }
}
