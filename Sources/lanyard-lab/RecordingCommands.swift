// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Ops
import Primitives
import ReaderMachines
import SimDevices

/// A real reader's input as text, and what comes of it.
enum RecordingCommands {
    static let all = [record, replay]

    private static let kinds = ReaderKind.allCases.filter(\.hasDriver).map(\.rawValue).joined(separator: "|")

    private static let record = Command(
        syntax: CommandSyntax(
            "lanyard-lab record", "Write down what a reader sends, until Ctrl-C.",
            options: [
                .value("--serial", "PATH", "A serial line."),
                .value("--evdev", "NODE", "An input device; it is grabbed."),
                .value("--hidraw", "NODE", "A HID device below the input layer."),
                .value("--kind", "KIND", "How it is driven: \(kinds)."),
                .value("--speed", "N", "Bits a second of the serial line; default is the kind's."),
                .values("--option", "KEY=VALUE", "An option of the reader, as in settings; may be given again."),
                .value("--source", "TEXT", "What the reader is and who recorded it."),
                .value("--seconds", "N", "End after so long."),
                .value("-o", "FILE", "Where to; a recording that is there is replaced at the end."),
                .flag("--reveal", "Show badge numbers in full."),
            ])
    ) { arguments throws(LabFault) in
        guard let file = arguments.value("-o") else { throw LabFault("-o FILE is missing", exit: .usage) }
        let empty = try newRecording(arguments)
        let node = try node(arguments, for: empty.kind)
        let seconds = try number(arguments, "--seconds", in: 1...86_400)
        let kept = try replacement(of: file)
        let pump = try interruptiblePump()
        let recorder = try ReaderRecorder(empty, node: node, on: pump.loop)
        let isRevealing = arguments.has("--reveal")
        var isUnwritten = false
        recorder.onResult = { action in
            for line in ReplayReport([action], isRevealing: isRevealing).lines {
                if !StandardStream.output.write(line: line) { isUnwritten = true }
            }
        }
        StandardStream.error.write(line: "recording; the file will hold badge numbers in clear, so use a test badge")
        var isOver = false
        if let seconds { _ = pump.loop.schedule(after: .seconds(seconds)) { isOver = true } }
        try untilInterrupted { () throws(LabFault) in
            try pump.wait("the reader", atMost: nil) { isOver || recorder.end != nil || recorder.isFull }
        }
        let recording = recorder.finish()
        let end = recorder.end.map { "\(node): \($0)" }
        guard recorder.hasRead else {
            let nothing = "nothing was read, so \(file) is not written"
            throw LabFault(end.map { "\($0); \(nothing)" } ?? nothing, exit: end == nil ? .unavailable : .inputOutput)
        }
        try written(to: file) { () throws(SystemFault) in try kept.commit(Array(recording.text.utf8)) }
        StandardStream.error.write(line: "\(recording.lines.count) lines in \(file)")
        if let end { throw LabFault(end, exit: .inputOutput) }
        if isUnwritten { throw .outputFailed }
        return .fine
    }

    private static let replay = Command(
        syntax: CommandSyntax(
            "lanyard-lab replay", "Give a recording to its driver, or to a reader of a running lab.", operands: "FILE",
            operandCount: 1...1,
            options: [
                .flag("--json", "Print one JSON object."), .flag("--reveal", "Show badge numbers in full."),
                .value("--control", "SOCKET", "The running lab; lanyard-lab up prints it."),
                .value("--reader", "NAME", "Its reader that the recording comes out of."),
            ])
    ) { arguments throws(LabFault) in
        let file = arguments.operands[0]
        let text = String(decoding: try LabFolder.read(try absolute(file), limit: 1 << 19), as: UTF8.self)
        let recording: SimRecording
        do throws(SimRecording.Fault) {
            recording = try SimRecording(text)
        } catch {
            throw LabFault("\(file):\(error.line): \(error.reason)", exit: .badData)
        }
        if let socket = arguments.value("--control") {
            let reader = arguments.value("--reader") ?? LabReaders.readers[0]
            let request = ControlRequest.replay(recording: text, reader: reader)
            _ = try ControlClient.ask(request, socket: socket, on: try interruptiblePump())
            return .fine
        }
        return try play(recording, arguments)
    }

    private static func play(_ recording: SimRecording, _ arguments: Arguments) throws(LabFault) -> Exit {
        let actions = recording.play()
        let report = ReplayReport(actions, isRevealing: arguments.has("--reveal"))
        let isExpected = SimRecording.Outcome(actions).results == recording.expected
        if arguments.has("--json") {
            let object: JSONValue = [
                "kind": .string(recording.kind.rawValue), "results": .array(report.json), "expected": .bool(isExpected),
            ]
            try answer(object.line)
        } else {
            for line in report.lines { try answer(line) }
            if !isExpected { StandardStream.error.write(line: "the recording says that something else comes of it") }
        }
        return isExpected ? .fine : .badData
    }

    /// Opened before anything is recorded, which may take long and may not come again.
    private static func replacement(of file: String) throws(LabFault) -> FileReplacement {
        let path = try absolute(file)
        return try written(to: file) { () throws(SystemFault) in try FileReplacement(of: path) }
    }

    private static func written<Value>(
        to file: String, _ body: () throws(SystemFault) -> Value
    ) throws(LabFault) -> Value {
        do throws(SystemFault) {
            return try body()
        } catch {
            throw LabFault("\(file) cannot be written: \(error)", exit: .cannotWrite)
        }
    }

    // MARK: Options

    private static func newRecording(_ arguments: Arguments) throws(LabFault) -> SimRecording {
        guard let kind = arguments.value("--kind").flatMap({ ReaderKind(rawValue: $0) }), kind.hasDriver else {
            throw LabFault("--kind must be one of \(kinds)", exit: .usage)
        }
        let source = (arguments.value("--source") ?? "recorded with lanyard-lab").displaySafe(limit: 200)
        var options: ReaderOptions
        do throws(ReaderModel.Fault) {
            options = try ReaderModel(kind: kind, words: arguments.values("--option")).options
        } catch {
            throw LabFault("--option: \(error)", exit: .usage)
        }
        let written = SimRecording(kind: kind, options: options, source: source).text
        guard (try? SimRecording(written))?.options == options else {
            throw LabFault("--option: a recording has no word for one of them", exit: .usage)
        }
        if let speed = try number(arguments, "--speed", in: 1200...230_400) {
            guard SerialPort.Line.speeds.contains(speed) else {
                throw LabFault("there is no speed \(speed)", exit: .usage)
            }
            options.line = SerialLine(speed: speed)
        }
        return SimRecording(kind: kind, options: options, source: source)
    }

    private static func node(_ arguments: Arguments, for kind: ReaderKind) throws(LabFault) -> String {
        let ways = ["--serial", "--evdev", "--hidraw"].filter { arguments.value($0) != nil }
        let way =
            switch kind.transport {
            case .serial, .stream, .pcsc: "--serial"
            case .evdev: "--evdev"
            case .hidraw: "--hidraw"
            }
        guard ways == [way], let node = arguments.value(way) else {
            throw LabFault("the kind \(kind.rawValue) is recorded with \(way)", exit: .usage)
        }
        return node
    }

    private static func number(
        _ arguments: Arguments, _ option: String, in range: ClosedRange<Int>
    ) throws(LabFault) -> Int? {
        guard let text = arguments.value(option) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw LabFault("\(option) must be \(range.lowerBound) to \(range.upperBound)", exit: .usage)
        }
        return number
    }

    /// Ctrl-C is how a recording is ended.
    private static func untilInterrupted(_ body: () throws(LabFault) -> Void) throws(LabFault) {
        do throws(LabFault) {
            try body()
        } catch {
            guard error == .interrupted else { throw error }
        }
    }
}
