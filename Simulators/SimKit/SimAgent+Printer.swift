// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import PrinterMachines

/// The printer beside the box, and the lines to it.
extension SimAgent {
    func dialPrinter(_ release: ReleaseID) {
        lines[release] = PrinterLine()
        let current = life
        world.after(1...20) { [unowned self] in
            guard life == current, lines[release] != nil, !printer.isUnreachable else { return }
            guard printer.isListening else {
                return feed(.printer(release, .connectFailed(.refused)))
            }
            connect(release)
            feed(.printer(release, .connected))
        }
    }

    private func connect(_ release: ReleaseID) {
        let line = printer.connect()
        lines[release]?.line = line
        line.toPrinter.onBytes = { [unowned self, unowned line] in
            oracle.reaches($0, of: release, at: name, connection: line.id)
            printer.receive($0, on: line)
        }
        line.toPrinter.onDrained = { [unowned self, unowned line] in
            if lines[release]?.line === line { feed(.printer(release, .drained)) }
        }
        line.toAgent.onBytes = { [unowned self] in feed(.printer(release, .received($0))) }
        line.toAgent.onEnd = { [unowned self] in
            guard let sent = lines[release]?.sent, !sent.isEmpty else {
                lines[release] = nil
                return feed(.printer(release, .disconnected))
            }
            connect(release)
            lines[release]?.line?.toPrinter.write(sent)
        }
    }

    /// What was written still arrives.
    func closePrinter(_ release: ReleaseID) {
        lines[release]?.line?.toAgent.cut()
        lines[release]?.line?.toPrinter.finish()
    }
}
