// SPDX-License-Identifier: Apache-2.0

/// Where the files of a lab are. Sockets and links are always in a temporary folder, because their paths are limited
/// to 107 bytes; what a person may want to keep is in the state folder.
package struct SiteFolders: Sendable {
    package let run: String
    package let state: String
    package let logs: String
    let isStateKept: Bool

    package init(keeping state: String?) throws(LabFault) {
        run = try LabFolder.makeTemporary()
        isStateKept = state != nil
        self.state = state ?? run + "/state"
        logs = (state ?? run) + "/logs"
        do throws(LabFault) {
            for folder in [self.state, logs, server, agent] { try LabFolder.make(folder) }
        } catch {
            LabFolder.remove(run)
            throw LabFault("the state cannot be kept in \(self.state): \(error)", exit: error.exit)
        }
    }

    var server: String { state + "/server" }
    var agent: String { state + "/agent" }
    var serverSettings: String { state + "/server.conf" }
    var agentSettings: String { state + "/agent.conf" }
    var adminSocket: String { run + "/admin.sock" }
    var displaySocket: String { run + "/display.sock" }
    package var controlSocket: String { run + "/control.sock" }

    func log(_ name: String) -> String { "\(logs)/\(name).log" }

    /// - Parameter keepingLogs: after a failure.
    func remove(keepingLogs: Bool) {
        for name in LabFolder.names(in: run) where !keepingLogs || "\(run)/\(name)" != logs {
            LabFolder.remove("\(run)/\(name)")
        }
        if !keepingLogs || isStateKept { LabFolder.remove(run) }
    }
}
