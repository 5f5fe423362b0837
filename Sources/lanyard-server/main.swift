// SPDX-License-Identifier: Apache-2.0

import Glibc
import Ops

func main() -> Exit {
    ServiceProgram.run("lanyard-server") { try ServerProgram.start(CommandWords.read()) }
}

exit(main().rawValue)
