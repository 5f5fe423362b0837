// SPDX-License-Identifier: Apache-2.0

import Ops

/// What an administrator does once. With a state folder that was kept, it is done already.
extension Site {
    func enrolAgent() throws(LabFault) {
        try writeAgentSettings()
        let known = try administrator.rows(["agent", "list"]).compactMap { $0["name"]?.string }
        if known.contains(SiteSettings.agent) { return }
        guard let code = try administrator.ask(["agent", "enrol-code"])["code"]?.string else {
            throw LabFault("lanyard agent enrol-code printed no code", exit: .bug)
        }
        let run = try CommandRun(
            settings.programs.path("lanyard-agent"), ["--config", folders.agentSettings, "enrol"],
            input: code + "\n", on: pump)
        guard run.exit == 0 else {
            throw LabFault("lanyard-agent enrol ended with exit code \(run.exit): \(run.errors)")
        }
    }

    func makePeople() throws(LabFault) {
        let known = try administrator.rows(["user", "list"]).compactMap { $0["name"]?.string }
        for user in settings.users where !known.contains(user.name) {
            let number = user.number.map { ["--number", $0] } ?? []
            _ = try administrator.ask(["user", "add", user.name, "--department", user.department] + number)
            if let badge = user.badge {
                _ = try administrator.ask(["badge", "add", user.name, "-"], input: badge + "\n")
            }
            if let pin = user.pin { _ = try administrator.ask(["pin", "set", user.name], input: pin + "\n") }
        }
    }

    func makePrinter() throws(LabFault) {
        let known = try administrator.rows(["printer", "list"])
        if let old = known.first(where: { $0["name"]?.string == SiteSettings.printer }) {
            if old["uri"]?.string == printerURI { return }
            _ = try administrator.ask(["printer", "remove", SiteSettings.printer])
        }
        _ = try administrator.ask([
            "printer", "add", SiteSettings.printer, "--agent", SiteSettings.agent, "--uri", printerURI,
        ])
    }

    /// Prints a file as a user would, with the LPD client of the distribution.
    package func print(_ path: String, as user: String) throws(LabFault) {
        let client = try Programs.printClient()
        let run = try CommandRun(client, printArguments(path, user: user), on: pump)
        guard run.exit == 0, run.errors.isEmpty else {
            throw LabFault("rlpr ended with exit code \(run.exit): \(run.errors)\(run.output)")
        }
    }

    /// The words after `rlpr`: no proxy, this port and queue, in the name of that user.
    /// - Parameter title: `nil` for the file's name.
    package func printArguments(_ path: String, title: String? = nil, user: String) -> [String] {
        let title = title ?? path.split(separator: "/").last.map(String.init) ?? path
        let place = ["--port=\(ports.lpd)", "-H127.0.0.1", "-P\(SiteSettings.queue)"]
        return ["-q", "-N"] + place + ["-U\(user)", "-J\(title)", path]
    }
}
