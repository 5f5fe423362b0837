// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
import ReaderMachines
import SimDevices
import Testing

/// The simulated readers against the product's drivers.
@Suite struct SimReadersTests {
    static let start = MonotonicTime(nanoseconds: 0)
    static let number: UInt64 = 0x01_0063_E9AE
    static let badge = RawRead(technology: .em4100, bits: BitString(value: UInt128(number), count: 40)!)

    /// forum.arduino.cc 251993.
    @Test func theSerialFrameIsThePublishedOne() {
        let frame = Array("\u{02}010063E9AE25\u{03}".utf8)
        #expect(SimID12.frame(Self.number, model: .rdm6300) == frame)
        #expect(SimID12.frame(Self.number, model: .id12) == frame.dropLast() + [0x0D, 0x0A, 0x03])
    }

    @Test(
        arguments: [
            (SimID12.Model.id12, nil, [.deliver(badge)]),
            (.rdm6300, nil, Array(repeating: .deliver(badge), count: 5)),
            (.id12, .badChecksum, [.drop(.badChecksum)]),
            (.id12, .cut(after: 6), [.drop(.pausedMidRead)]),
            (.id12, .noise([0xF0, 0x0F]), [.drop(.noise), .deliver(badge)]),
        ] as [(SimID12.Model, SimID12.Fault?, [ID12Reader.Action])])
    func aSerialReaderIsUnderstood(model: SimID12.Model, fault: SimID12.Fault?, expected: [ID12Reader.Action]) {
        var device = SimID12(model: model)
        var reader = ID12Reader()
        var seen: [ID12Reader.Action] = []
        play(&device, .present(Self.number, heldFor: .milliseconds(200), fault: fault)) { action, now in
            if case .send(let bytes) = action { seen += reader.handle(.bytes(bytes), at: now) }
        }
        seen += reader.tick(at: Self.start + .seconds(10))
        #expect(seen == expected)
    }

    @Test(
        arguments: [
            (20, nil, [.deliver(wedged)]), (50, nil, [.deliver(wedged)]), (100, nil, [.drop(.typedByHand)]),
            (20, .noTerminator, [.drop(.pausedMidRead)]), (20, .overflow(before: 4), [.drop(.eventsLost)]),
            (20, .letter(at: 3), [.drop(.notADigit)]), (20, .heldKey(repeats: 500), [.deliver(wedged)]),
        ] as [(Int, SimWedge.Fault?, [WedgeReader.Action])])
    func aWedgeIsUnderstood(interval: Int, fault: SimWedge.Fault?, expected: [WedgeReader.Action]) {
        for usesKeypadRow in [false, true] {
            var device = SimWedge(interval: .milliseconds(interval), usesKeypadRow: usesKeypadRow)
            var reader = WedgeReader()
            var seen: [WedgeReader.Action] = []
            play(&device, .present(Array("0006547886".utf8), fault: fault)) { action, now in
                if case .input(let events) = action { seen += reader.handle(.input(events), at: now) }
            }
            seen += reader.tick(at: Self.start + .seconds(10))
            #expect(seen == expected)
        }
    }

    @Test(arguments: [false, true])
    func aKeypadIsUnderstood(togglesNumLock: Bool) {
        var device = SimKeypad(togglesNumLock: togglesNumLock)
        var keypad = Keypad()
        var seen: [Keypad.Action] = []
        play(&device, .type("12<x90\n")) { action, now in
            if case .input(let events) = action { seen += keypad.handle(.input(events), at: now) }
        }
        #expect(seen == [.digit(0x31), .digit(0x32), .correct, .clear, .digit(0x39), .digit(0x30), .enter])
    }

    static let wedged = RawRead(technology: .wedge, text: Array("0006547886".utf8))!

    /// From deadline to deadline until the device is at rest.
    private func play<Device: Machine>(
        _ device: inout Device, _ event: Device.Event, _ perform: (Device.Action, MonotonicTime) -> Void
    ) {
        for action in device.handle(event, at: Self.start) { perform(action, Self.start) }
        for _ in 0..<1000 {
            guard let due = device.deadline else { return }
            for action in device.tick(at: due) { perform(action, due) }
        }
        Issue.record("the device never came to rest")
    }
}
