// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Primitives

/// One reader or keypad of any kind. The shell opens what ``ReaderKind/transport`` says, hands over what comes from
/// there, performs the actions, and needs no case for a kind.
package struct ReaderDriver: Machine {
    package enum Event: Sendable {
        /// The way to the reader is open; once, before anything else.
        case opened
        /// From a serial line or a TCP connection.
        case bytes([UInt8])
        /// From an input device.
        case input([InputEvent])
        /// One input report from hidraw, with its number in front if the device numbers its reports.
        case report([UInt8])
        /// The answer to ``Action/getFeature(report:length:)``, the report's number in front; `nil`: it failed.
        case feature([UInt8]?)
        /// Something to tell the person.
        case signal(ReaderSignal)
        /// The answer to ``Action/needRandom(_:)``.
        case random([UInt8])
        /// The way is gone; whatever was half read is forgotten.
        case closed
    }

    package enum Action: Sendable, Equatable {
        case deliver(RawRead)
        case key(Keypad.Action)
        case drop(ReaderDrop)
        case send([UInt8])
        /// A whole feature report as HIDIOCSFEATURE takes it: the first byte is its number, 0 without numbers.
        case setFeature([UInt8])
        /// `length` includes the first byte, the report's number. Answered by ``Event/feature(_:)``.
        case getFeature(report: UInt8, length: Int)
        case needRandom(Int)
        /// What the reader said of itself: model, firmware. Printable ASCII.
        case online(String)
        /// Something is wrong with the reader, in words for the log and the server.
        case trouble(String)
    }

    private var machine: any ReaderMachine
    private var keys: WiegandKeys

    package init(kind: ReaderKind, options: ReaderOptions = ReaderOptions()) {
        machine = Self.machine(of: kind, options)
        keys = WiegandKeys(coding: options.wiegandKeys)
    }

    private static func machine(of kind: ReaderKind, _ options: ReaderOptions) -> any ReaderMachine {
        switch kind {
        case .id12, .rdm6300: ID12Reader(options: options)
        case .idteck: IdteckReader(options: options)
        case .text: TextReader(options: options)
        case .twn4: TWN4Reader(options: options)
        case .rfideas: RFIdeasReader(options: options)
        case .itc2015: ITC2015Reader(options: options)
        case .serialKeypad: SerialKeypad()
        case .wedge: WedgeReader(options: options)
        case .keypad: KeypadReader()
        case .pcprox: PcProxReader(options: options)
        case .magtek: SwipeReader(layout: .sureSwipe, options: options)
        case .magnesafe: SwipeReader(layout: .magneSafe, options: options)
        case .idtech: SwipeReader(layout: .idTech, options: options)
        case .bootKeyboard: BootKeyboardReader(options: options)
        case .osdp, .pcsc: preconditionFailure("\(kind) has a machine of its own")
        }
    }

    package var deadline: MonotonicTime? { machine.deadline }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        keyed(machine.handle(event, at: now), at: now)
    }

    package mutating func tick(at now: MonotonicTime) -> [Action] { keyed(machine.tick(at: now), at: now) }

    /// A keypad behind a badge reader sends each key as a very short read.
    private mutating func keyed(_ actions: [Action], at now: MonotonicTime) -> [Action] {
        actions.flatMap { action -> [Action] in
            guard case .deliver(let read) = action, case .bits(let bits) = read.content,
                let pressed = keys.take(bits, at: now)
            else {
                return [action]
            }
            return pressed.map { .key($0) }
        }
    }
}

/// The machine of one kind. What an event does not concern, it ignores.
protocol ReaderMachine: Machine where Event == ReaderDriver.Event, Action == ReaderDriver.Action {}
