// SPDX-License-Identifier: Apache-2.0

import Ops
import Primitives
import ReaderMachines

extension DecodeDriver {
    static let reportLimit = 10_000

    /// Readers that send reports of their own; any other device is taken for a keyboard.
    private static let devices: [(vendor: UInt16, product: UInt16?, kind: ReaderKind)] = [
        (0x0801, 0x0002, .magtek), (0x0801, 0x0011, .magnesafe), (0x0801, 0x0013, .magnesafe),
        (0x0801, 0x0014, .magnesafe), (0x0ACD, nil, .idtech), (0x0C27, 0x3BFA, .pcprox), (0x0C27, 0x3B4C, .pcprox),
        (0x0C27, 0x3B1E, .pcprox),
    ]

    static func reports(_ file: String, _ use: Invocation) throws -> DecodeInput {
        guard let device = use.arguments.value("--device") else { throw use.usage("--device VID:PID is missing") }
        let parts = device.split(separator: ":", omittingEmptySubsequences: false).map { UInt16($0, radix: 16) }
        guard parts.count == 2, let vendor = parts[0], let product = parts[1] else {
            throw use.usage("--device is VID:PID in hexadecimal, like 0801:0002")
        }
        let known = devices.first { $0.vendor == vendor && ($0.product == nil || $0.product == product) }
        let kind = known?.kind ?? .bootKeyboard
        let lines = try use.lines(of: file)
        guard lines.count <= reportLimit else {
            throw DecodeFault("too-many", "a file holds at most \(reportLimit) reports")
        }
        return try play(try lines.map { try DecodeSource.bytes($0) }, kind)
    }

    private static func play(_ reports: [[UInt8]], _ kind: ReaderKind) throws(DecodeFault) -> DecodeInput {
        var options = ReaderOptions()
        if kind == .bootKeyboard { options.grammar = .text }
        var bench = Bench(machine: ReaderDriver(kind: kind, options: options))
        var actions = bench.take(.opened)
        for report in reports {
            // A reader that is asked gets each line as its answer.
            actions += bench.isAsking ? bench.take(.feature(report)) : bench.take(.report(report))
        }
        actions += bench.silence()
        var input = try input(from: actions, kind.rawValue)
        input.steps[0] = "the \(kind.rawValue) driver took \(reports.count) reports"
        let reads = actions.count { if case .deliver = $0 { true } else { false } }
        if reads > 1 { input.steps.append("\(reads - 1) further reads are in the file; the first is shown") }
        return input
    }
}
