// SPDX-License-Identifier: Apache-2.0

import Credentials
import Ops
import Primitives

/// Says what a read means, without a server.
enum DecodeCommand {
    static let all: [Command] = [decode]

    private static let syntax = CommandSyntax(
        "\(AdminProgram.name) decode",
        "Says what a reader's raw input means, or finds the converter for a site's numbers; needs no server.",
        operands: "[HEX|READ=NUMBER…]", operandCount: 0...ConverterSearch.pairLimit,
        options: DecodeSource.all.map { .value($0.option, $0.value, $0.help) } + [
            .value("--as", "decimal|hex", "How the text of --keys is meant; digits are decimal, letters hexadecimal."),
            .value("--device", "VID:PID", "Which reader sent the --reports."),
            .value("--convert", "CHAIN", "Converts the read, like bits(1..24)|hex2dec|pad(10)."),
            .flag("--explain", "Show each step from raw to result."),
            .flag("--reveal", "Show the account number and the holder's name of a payment card."),
            .value("--infer", "FILE|READ=NUMBER", "Propose a converter from 3 or more pairs of read and number."),
        ] + AdminProgram.options)

    private static let decode = Command(syntax) { use throws(OperatorError) in
        do {
            if let first = use.arguments.value("--infer") { return try DecodeInference.run(first, use) }
            return try run(use)
        } catch let fault as DecodeFault {
            if use.isJSON { _ = use.console.write(DecodeJSON.text(of: fault)) }
            throw OperatorError(.inputInvalid, "\(fault.reason): \(fault.detail)", remedy: "")
        } catch let error as OperatorError {
            throw error
        } catch {
            throw OperatorError(.internalFault, "decoding failed", remedy: "Report this.", cause: error)
        }
    }

    /// The operands belong to two of the options, and say nothing alone.
    private static func lack(of options: String, _ use: Invocation) -> String {
        guard let first = use.arguments.operands.first else { return "one of \(options) is needed" }
        return first.contains("=")
            ? "pairs of READ=NUMBER stand behind --infer: decode --infer \(use.shown(0)) …"
            : "\(use.shown(0).debugDescription) may be many things: say what it is with one of \(options), "
                + "or give pairs to --infer"
    }

    private static func run(_ use: Invocation) throws -> String {
        let given = DecodeSource.all.filter { use.arguments.value($0.option) != nil }
        guard given.count == 1, let source = given.first, let text = use.arguments.value(source.option) else {
            let options = DecodeSource.all.map(\.option).joined(separator: ", ")
            guard given.isEmpty else { throw use.usage("only one of \(options) may be given") }
            throw use.usage(lack(of: options, use))
        }
        let operandCount = source.option == "--serial" ? 1 : 0
        guard use.arguments.operands.count <= operandCount else {
            throw use.usage("unexpected argument \(use.shown(operandCount).debugDescription)")
        }
        let converter = try use.arguments.value("--convert").map { chain throws(OperatorError) in
            do throws(ConverterFault) {
                return try Converter(chain)
            } catch {
                throw use.usage("--convert \(error.description)")
            }
        }
        let report = try DecodeReport(
            try source.take(text, use), converter: converter, reveals: use.arguments.has("--reveal"))
        return use.isJSON
            ? DecodeJSON.text(of: report) : DecodeSheet.text(of: report, withSteps: use.arguments.has("--explain"))
    }
}

/// A report for people.
enum DecodeSheet {
    static func text(of report: DecodeReport, withSteps: Bool) -> String {
        var lines: [(String, String)] = []
        func add(_ name: String, _ value: String?) { if let value { lines.append((name, value)) } }
        add("FRAME", report.frame.map { "\($0.name), address \($0.address), sequence \($0.sequence)" })
        add("READ", report.technology.map { $0 + (report.bits.map { ", \($0.count) bits" } ?? "") })
        add("BITS", report.bits?.revealedBinary)
        add("TEXT", report.text?.displaySafe(limit: 512))
        add("KEYS", report.keys)
        add("DECIMAL", report.forms.decimal)
        add("HEX", report.forms.hex)
        add("REVERSED", report.forms.reversedHex)
        add("PRINTED", report.forms.printed)
        add("W26", report.forms.w26)
        if !report.isEnrollable { add("ENROLMENT", "never: this number is drawn anew each time") }
        var text = lines.map { name, value in
            name + String(repeating: " ", count: 11 - name.utf8.count) + value + "\n"
        }.joined()
        if !report.candidates.isEmpty { text += "\n" + table(report.candidates) }
        if withSteps {
            text +=
                "\n"
                + report.steps.enumerated().map { "\($0.offset + 1). \($0.element.displaySafe(limit: 512))\n" }
                .joined()
        }
        return text
    }

    private static func table(_ candidates: [Candidate]) -> String {
        var table = Table([
            .left("FORMAT"), .right("FACILITY"), .right("CARD"), .right("ISSUE"), .right("OEM"), .left("PARITY"),
            .left("REMARK", limit: 60),
        ])
        for candidate in candidates {
            let remark = candidate.swappedLines ? "D0 and D1 are swapped" : candidate.isProven ? "" : "unproven format"
            table.add([
                candidate.format, candidate.facilityCode.map(String.init) ?? "", String(candidate.cardNumber),
                candidate.issueLevel.map(String.init) ?? "", candidate.oem.map(String.init) ?? "",
                candidate.parity.rawValue, remark,
            ])
        }
        return table.text
    }
}
