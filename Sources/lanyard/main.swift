// SPDX-License-Identifier: Apache-2.0

import AdminCommands
import Glibc
import Ops

func main() -> Int32 {
    let variable = AdminProgram.socketVariable
    let environment = getenv(variable).map { [variable: String(cString: $0)] } ?? [:]
    let program = AdminProgram(console: .terminal(), environment: environment)
    return program.run(Array(CommandLine.arguments.dropFirst())).rawValue
}

exit(main())
