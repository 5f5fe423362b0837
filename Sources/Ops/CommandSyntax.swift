// SPDX-License-Identifier: Apache-2.0

/// A command line that cannot be understood. The text names the word that is wrong.
package struct UsageFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    package func operatorError(program: String) -> OperatorError {
        OperatorError(.usage, description, remedy: "Try \(program) --help.")
    }
}

/// One option that a command takes, spelled as it is typed.
package struct Option: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case flag
        case value(String)
        case values(String)
    }

    package let name: String
    package let kind: Kind
    package let help: String

    package static func flag(_ name: String, _ help: String) -> Option { Option(name: name, kind: .flag, help: help) }

    /// - Parameter value: how the help calls the value: `FILE`.
    package static func value(_ name: String, _ value: String, _ help: String) -> Option {
        Option(name: name, kind: .value(value), help: help)
    }

    /// May be given several times.
    package static func values(_ name: String, _ value: String, _ help: String) -> Option {
        Option(name: name, kind: .values(value), help: help)
    }
}

/// What a command is and takes.
package struct CommandSyntax: Sendable {
    /// As typed: `lanyard user add`.
    package let name: String
    package let summary: String
    /// The words that must or may follow, for the help: `BADGE [NAME…]`.
    package let operands: String
    package let operandCount: ClosedRange<Int>
    package let options: [Option]

    package init(
        _ name: String, _ summary: String, operands: String = "", operandCount: ClosedRange<Int> = 0...0,
        options: [Option] = []
    ) {
        self.name = name
        self.summary = summary
        self.operands = operands
        self.operandCount = operandCount
        self.options = options
    }

    /// What `--help` prints.
    package var help: String {
        let usage = ["Usage: \(name)", options.isEmpty ? "" : "[OPTION…]", operands].filter { !$0.isEmpty }
        let lines = options.map { ($0.spelling, $0.help) } + [("--help", "Show this.")]
        let width = lines.map(\.0.count).max() ?? 0
        let list = lines.map { spelling, help in
            "  \(spelling)\(String(repeating: " ", count: width - spelling.count))  \(help)\n"
        }
        return "\(usage.joined(separator: " "))\n\n\(summary)\n\n\(list.joined())"
    }

    /// A negative number is an operand: no option is called like one.
    /// - Parameter words: what follows the command's name.
    package func parse(_ words: some Sequence<String>) throws(UsageFault) -> Arguments {
        var arguments = Arguments()
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments.operands += rest
                break
            } else if word == "--help" || word == "-h" {
                arguments.wantsHelp = true
            } else if word.hasPrefix("-"), word.count > 1, Int(word) == nil {
                try take(word, &rest, &arguments)
            } else {
                arguments.operands.append(word)
            }
        }
        if arguments.wantsHelp { return arguments }
        if arguments.operands.count < operandCount.lowerBound { throw UsageFault("\(name) needs \(operands)") }
        if arguments.operands.count > operandCount.upperBound {
            throw UsageFault("unexpected argument \(arguments.operands[operandCount.upperBound].debugDescription)")
        }
        return arguments
    }

    private func take(
        _ word: String, _ rest: inout ArraySlice<String>, _ arguments: inout Arguments
    ) throws(UsageFault) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let option = options.first(where: { $0.name == parts[0] }) else {
            throw UsageFault("unknown option \(parts[0].debugDescription)")
        }
        let isAgain = arguments.given[option.name] != nil
        switch option.kind {
        case .flag:
            if parts.count == 2 { throw UsageFault("option \(option.name) takes no value") }
            arguments.given[option.name] = []
        case .value(let what), .values(let what):
            if isAgain, case .value = option.kind { throw UsageFault("option \(option.name) is given twice") }
            guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                throw UsageFault("option \(option.name) needs \(what)")
            }
            arguments.given[option.name, default: []].append(value)
        }
    }
}

/// A command line as it was understood.
package struct Arguments: Hashable, Sendable {
    /// The words that are no options, in order.
    package fileprivate(set) var operands: [String] = []
    /// `--help` was among them; nothing else was checked.
    package fileprivate(set) var wantsHelp = false
    fileprivate var given: [String: [String]] = [:]

    package func has(_ flag: String) -> Bool { given[flag] != nil }
    package func value(_ option: String) -> String? { given[option]?.last }
    package func values(_ option: String) -> [String] { given[option] ?? [] }

    /// The value of an option as something else than text; a fault that names the option when it cannot be.
    package func value<Value>(_ option: String, as format: SettingFormat<Value>) throws(UsageFault) -> Value? {
        guard let text = value(option) else { return nil }
        guard let value = format.parse(text) else {
            throw UsageFault("\(option) cannot be \(text.debugDescription): it must be \(format.expects)")
        }
        return value
    }
}

extension Option {
    fileprivate var spelling: String {
        switch kind {
        case .flag: name
        case .value(let what), .values(let what): "\(name) \(what)"
        }
    }
}
