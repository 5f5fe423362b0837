// SPDX-License-Identifier: Apache-2.0

package import HostIO

/// Where a command reads and writes: the terminal, or a test.
package struct Console {
    /// Writes to standard output; false when it could not be written.
    package var write: (String) -> Bool
    /// Writes one line to standard error.
    package var complain: (String) -> Void
    /// The next line of standard input without its end; `nil` at the end.
    package var readLine: () -> String?
    /// All of standard input, but not more than one byte beyond a limit.
    package var readAll: (_ limit: Int) -> Result<[UInt8], SystemFault>
    /// Asks on the terminal and reads without echo; `nil` when the person gave up.
    package var readHidden: (_ prompt: String) -> String?
    /// Lets this much time pass; false when the person gave up meanwhile or before (Ctrl-C).
    package var pause: (Duration) -> Bool
    /// Standard input is a terminal: a person sits there.
    package var isInteractive: Bool

    package init(
        write: @escaping (String) -> Bool, complain: @escaping (String) -> Void, readLine: @escaping () -> String?,
        readAll: @escaping (_ limit: Int) -> Result<[UInt8], SystemFault> = { _ in .success([]) },
        readHidden: @escaping (String) -> String?,
        pause: @escaping (Duration) -> Bool, isInteractive: Bool
    ) {
        self.write = write
        self.complain = complain
        self.readLine = readLine
        self.readAll = readAll
        self.readHidden = readHidden
        self.pause = pause
        self.isInteractive = isInteractive
    }
}
