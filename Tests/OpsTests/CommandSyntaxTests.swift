// SPDX-License-Identifier: Apache-2.0

import Ops
import Testing

@Suite struct CommandSyntaxTests {
    static let syntax = CommandSyntax(
        "lanyard user add", "Adds a user.", operands: "NAME [BADGE]", operandCount: 1...2,
        options: [
            .flag("--json", "Print JSON."), .value("--socket", "PATH", "The server's socket."),
            .values("--group", "NAME", "A group."), .flag("-q", "Say nothing."),
        ])

    @Test func optionsAndOperandsMix() throws {
        let words = ["anna", "--json", "--socket", "/run/x", "--group=a", "123", "--group", "b", "-q"]
        let arguments = try Self.syntax.parse(words)
        #expect(arguments.operands == ["anna", "123"] && arguments.has("--json") && arguments.has("-q"))
        #expect(arguments.value("--socket") == "/run/x" && arguments.values("--group") == ["a", "b"])
        #expect(!arguments.wantsHelp)
    }

    @Test func afterTwoDashesAllIsOperands() throws {
        #expect(try Self.syntax.parse(["--", "--json", "-"]).operands == ["--json", "-"])
        #expect(try Self.syntax.parse(["-"]).operands == ["-"])
        #expect(try Self.syntax.parse(["-12", "-q", "-0"]).operands == ["-12", "-0"])
    }

    @Test(
        arguments: [
            ([], "lanyard user add needs NAME [BADGE]"),
            (["a", "b", "c"], "unexpected argument \"c\""),
            (["a", "--jsom"], "unknown option \"--jsom\""),
            (["a", "-1x"], "unknown option \"-1x\""),
            (["a", "--jsom=1"], "unknown option \"--jsom\""),
            (["a", "--json=1"], "option --json takes no value"),
            (["a", "--socket"], "option --socket needs PATH"),
            (["a", "--socket", "x", "--socket=y"], "option --socket is given twice"),
        ] as [([String], String)])
    func aMistakeIsNamed(words: [String], description: String) {
        #expect(throws: UsageFault(description)) { try Self.syntax.parse(words) }
    }

    @Test func helpWinsOverMissingOperands() throws {
        #expect(try Self.syntax.parse(["--help"]).wantsHelp)
        #expect(
            Self.syntax.help == """
                Usage: lanyard user add [OPTION…] NAME [BADGE]

                Adds a user.

                  --json         Print JSON.
                  --socket PATH  The server's socket.
                  --group NAME   A group.
                  -q             Say nothing.
                  --help         Show this.

                """)
    }

    @Test func aValueMayBeMoreThanText() throws {
        let arguments = try Self.syntax.parse(["a", "--socket", "80"])
        #expect(try arguments.value("--socket", as: .port) == 80)
        #expect(try arguments.value("--group", as: .port) == nil)
        let wrong = try Self.syntax.parse(["a", "--socket", "x"])
        #expect(throws: UsageFault("--socket cannot be \"x\": it must be a port number from 0 to 65535")) {
            try wrong.value("--socket", as: .port)
        }
    }
}
