// SPDX-License-Identifier: Apache-2.0

package import HostIO
package import Ops

/// Why the lab cannot go on, in one text that names the thing and, where there is one, the remedy.
package struct LabFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package let exit: Exit

    package init(_ description: String, exit: Exit = .unavailable) {
        self.description = description
        self.exit = exit
    }

    package init(_ fault: SystemFault, while doing: String) {
        self.init("\(doing): \(fault)", exit: fault.isAddressTaken ? .unavailable : .inputOutput)
    }

    /// Ctrl-C or a polite signal. Ends a lab, but is no failure of it.
    package static let interrupted = LabFault("interrupted", exit: .fine)
}
