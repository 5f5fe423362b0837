// SPDX-License-Identifier: Apache-2.0

import AgentRuntime
import Glibc
import Ops
import Primitives
import ReaderMachines

func main() -> Exit {
    let syntax = CommandSyntax(
        "lanyard-agent",
        """
        Turns this box into the badge-release terminal of a copier: without an operand it runs until SIGTERM.

          enrol           Make this box known to its server with a code of lanyard agent enrol-code, and end.
          rotate-key      Have the running agent change the box's key.
          readers         Show the readers of the running agent, and what is in the way of those in trouble.
          install READER  Let an OSDP reader be given a new key for \(OSDPControlPanel.Limits().installation.words).
        """,
        operands: "[enrol|rotate-key|readers|install READER]",
        operandCount: 0...2,
        options: [
            .value("--config", "FILE", "The settings; default /etc/lanyard/agent.conf."),
            .flag("--check", "Check the settings and end."),
            .flag("--print-settings", "Print all settings with their defaults and end."),
            .flag("--print-hwdb", "Print the quirk files as udev's hardware database and end."),
            .flag("--json", "With readers: print what the agent answered as it is."),
            .value("--ready-fd", "N", "Write a line to this descriptor once everything runs."),
            Product.versionOption,
        ])
    return AgentProgram.run(syntax, CommandWords.read)
}

exit(main().rawValue)
