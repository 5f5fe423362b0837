// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

extension Console {
    /// The process's own input and output.
    package static func terminal() -> Console {
        Console(
            write: { Terminal.write($0, to: STDOUT_FILENO) },
            complain: { _ = Terminal.write($0 + "\n", to: STDERR_FILENO) },
            readLine: Terminal.line,
            readAll: { limit in
                Result { () throws(SystemFault) in try Terminal.all(limit) }
            },
            readHidden: Terminal.hiddenLine, pause: Terminal.pause,
            isInteractive: Terminal.isThere)
    }
}
