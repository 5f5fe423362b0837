// SPDX-License-Identifier: Apache-2.0

package import HostIO
import Ops
import Primitives
package import ReaderMachines
package import SimDevices

/// Writes down what a real reader sends, with times. The reader's driver runs along: it asks what a polled reader has
/// to be asked, and what it makes of the input ends the recording.
///
/// Times are whole milliseconds since the beginning, rounded down, so that an answer never comes before its question
/// when the recording is played.
package final class ReaderRecorder {
    package private(set) var recording: SimRecording
    /// Each thing that the driver made of the input, when it was made.
    package var onResult: ((ReaderDriver.Action) -> Void)?
    /// Why nothing more will come; `nil` while the device is there.
    package private(set) var end: String?
    package var isFull: Bool { recording.lines.count >= Self.lineLimit }
    /// Whether there is something to keep. A reader that is polled answers all the time: of such a one only what its
    /// driver made something of counts.
    package var hasRead: Bool {
        guard !recording.lines.isEmpty else { return false }
        return !actions.contains(where: \.asksTheReader) || actions.contains(where: \.comesOfTheReader)
    }

    /// The head and the results have to fit as well.
    private static let lineLimit = SimRecording.limits.lines / 2

    private let loop: Loop
    private let runner: MachineRunner<ReaderDriver>
    private let start: MonotonicTime
    private var elapsed: Int64 = 0
    private var actions: [ReaderDriver.Action] = []
    private var device: Device?

    private enum Device {
        case serial(SerialPort)
        case evdev(EvdevDevice)
        case hidraw(HidrawDevice, FeatureWorker)
    }

    /// - Parameter recording: with its kind, options and source, and no lines.
    package init(_ recording: SimRecording, node: String, on loop: Loop) throws(LabFault) {
        self.recording = recording
        self.loop = loop
        start = loop.now
        runner = MachineRunner(ReaderDriver(kind: recording.kind, options: recording.options), on: loop)
        do throws(SystemFault) {
            try open(node)
        } catch {
            throw Self.fault(error, opening: node)
        }
        runner.perform = { [weak self] in self?.perform($0) }
        runner.feed(.opened)
    }

    /// Closes the device and completes the recording with what came of it.
    package func finish() -> SimRecording {
        runner.stop()
        switch device {
        case .serial(let port): port.stream.close()
        case .evdev(let device): device.close()
        case .hidraw(let device, let features):
            device.close()
            features.stop()
        case nil: break
        }
        device = nil
        var driver = runner.machine
        for action in SimRecording.settle(&driver, at: loop.now) { note(action) }
        recording.expected = SimRecording.Outcome(actions).results
        return recording
    }

    private func open(_ node: String) throws(SystemFault) {
        switch recording.kind.transport {
        case .serial(let standard):
            let line = recording.options.line ?? standard
            let parity = SerialPort.Parity(rawValue: line.parity.rawValue) ?? .none
            guard
                let settings = SerialPort.Line(
                    speed: line.speed, dataBits: line.dataBits, parity: parity, stopBits: line.stopBits)
            else { preconditionFailure("options take only lines that there are") }
            let port = try SerialPort(node, settings, on: loop)
            listen(to: port.stream) { .bytes($0) }
            device = .serial(port)
        case .evdev:
            let input = try EvdevDevice(node, on: loop)
            input.onEvents = { [weak self] events in
                self?.take(.input(events.map { .init(type: $0.type, code: $0.code, value: $0.value) }))
            }
            input.onEnd = { [weak self] in self?.end = "\($0)" }
            input.grab { [weak self] fault in
                if let fault { self?.end = Self.inUse(fault, node) ?? "\(fault)" }
            }
            device = .evdev(input)
        case .hidraw:
            let features = try FeatureWorker(on: loop)
            let hid = try HidrawDevice(node, features: features, on: loop)
            listen(to: hid.stream) { .report($0) }
            device = .hidraw(hid, features)
        case .stream, .pcsc: preconditionFailure("no kind with a driver comes this way")
        }
    }

    private static func fault(_ fault: SystemFault, opening node: String) -> LabFault {
        if let text = inUse(fault, node) { return LabFault("\(node): \(text)") }
        return LabFault(fault, while: "opening \(node)")
    }

    /// `nil` when it is something else.
    private static func inUse(_ fault: SystemFault, _ node: String) -> String? {
        guard fault.isBusy else { return nil }
        let holder = DeviceObstacle.holders(of: node).first
        let who = holder.map { "\($0.name) (process \($0.process))" } ?? "another program"
        return "\(who) has it open. End that first; the agent: systemctl stop lanyard-agent"
    }

    private func listen(to stream: HostIO.Stream, as step: @escaping ([UInt8]) -> SimRecording.Step) {
        stream.onBytes = { [weak self] bytes in
            for piece in stride(from: 0, to: bytes.count, by: SimRecording.limits.bytes) {
                self?.take(step(Array(bytes[piece..<min(piece + SimRecording.limits.bytes, bytes.count)])))
            }
        }
        stream.onEnd = { [weak self] in self?.end = "unplugged" }
        stream.onClosed = { [weak self] fault in self?.end = fault.map { "\($0)" } ?? "unplugged" }
    }

    private func take(_ step: SimRecording.Step) {
        guard !isFull else { return }
        let (seconds, attoseconds) = loop.now.elapsed(since: start).components
        let now = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        recording.lines.append(SimRecording.Line(after: .milliseconds(now - elapsed), step: step))
        elapsed = now
        if let event = step.event { runner.feed(event) }
    }

    private func note(_ action: ReaderDriver.Action) {
        actions.append(action)
        onResult?(action)
    }

    private func perform(_ action: ReaderDriver.Action) {
        note(action)
        switch (action, device) {
        case (.send(let bytes), .serial(let port)?): port.stream.write(bytes)
        case (.send(let bytes), .hidraw(let hid, _)?): hid.stream.write(bytes)
        case (.setFeature(let report), .hidraw(let hid, _)?): hid.setFeature(report) { _ in }
        case (.getFeature(let report, let length), .hidraw(let hid, _)?):
            hid.getFeature(report, length: length) { [weak self] in self?.take(.feature(try? $0.get())) }
        default: break
        }
    }
}

extension ReaderDriver.Action {
    fileprivate var asksTheReader: Bool {
        switch self {
        case .send, .setFeature, .getFeature: true
        case .needRandom, .deliver, .key, .drop, .online, .trouble: false
        }
    }

    fileprivate var comesOfTheReader: Bool {
        switch self {
        case .deliver, .key, .drop: true
        case .send, .setFeature, .getFeature, .needRandom, .online, .trouble: false
        }
    }
}
