// SPDX-License-Identifier: Apache-2.0

import AdminCommands
import Glibc
import Ops

func main() -> Int32 {
    let variables = [AdminProgram.socketVariable, AdminProgram.homeVariable]
    let values = variables.compactMap { name in getenv(name).map { (name, String(cString: $0)) } }
    let environment = Dictionary(values) { first, _ in first }
    let program = AdminProgram(console: .terminal(), environment: environment)
    return program.run(CommandWords.read).rawValue
}

exit(main())
