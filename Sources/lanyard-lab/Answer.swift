// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Ops

/// Lines of the answer that a command is asked for. A script reads them, so one that cannot be written is a failure.
func answer(_ lines: String...) throws(LabFault) {
    for line in lines where !StandardStream.output.write(line: line) { throw .outputFailed }
}

extension LabFault {
    static let outputFailed = LabFault(
        "\(OperatorError.outputFailed.what). \(OperatorError.outputFailed.remedy)",
        exit: OperatorError.outputFailed.exit)
}
