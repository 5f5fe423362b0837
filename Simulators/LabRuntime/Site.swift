// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops

/// A whole site on one machine: release server, agent, readers and printer, each a process of its own, joined by
/// loopback sockets, a pseudo terminal and umockdev.
package final class Site {
    package struct Ports: Hashable, Sendable {
        package var release: UInt16
        package var lpd: UInt16
        /// `nil` when the lab has no printer of its own.
        package var printer: UInt16?
    }

    /// Of documents that came out; the oldest are forgotten.
    package static let printedLimit = 10_000
    package static let startPatience = Duration.seconds(20)

    package let settings: SiteSettings
    package let folders: SiteFolders
    package let pump: Pump
    package let display: DisplayWatcher
    package internal(set) var ports: Ports
    /// What came out of the simulated printer, oldest first.
    package private(set) var printed: [PrintedDocument] = []

    var server: LabProcess?
    var agent: LabProcess?
    var printer: SimLink?
    var readers: SimLink?
    /// An agent with other readers than the lab's, and without umockdev: their names, and their lines of settings.
    package var ownReaders: (names: [String], settings: [String])?
    /// Where the agent finds its server; `nil`: at the server's own port.
    package var agentPort: UInt16?
    /// UMOCKDEV_DIR for whoever should see the simulated devices.
    var testbed = ""

    /// Makes the folders; nothing runs yet.
    package init(_ settings: SiteSettings, on pump: Pump) throws(LabFault) {
        self.settings = settings
        self.pump = pump
        folders = try SiteFolders(keeping: settings.state)
        display = DisplayWatcher(on: pump)
        ports = Ports(
            release: settings.port(1351), lpd: settings.port(515),
            printer: settings.printerURI == nil ? settings.port(29100) : nil)
    }

    package var agentProcess: Int32? { agent?.process }

    package var administrator: Administrator {
        Administrator(program: settings.programs.path("lanyard"), socket: folders.adminSocket, on: pump)
    }

    var printerURI: String { settings.printerURI ?? "socket://127.0.0.1:\(ports.printer ?? 0)" }

    /// What `lanyard-lab up --json` prints.
    package var facts: JSONValue {
        [
            "ports": [
                "ipp": .null, "lpd": .integer(Int(ports.lpd)), "raw": .null, "release": .integer(Int(ports.release)),
                "admin": .null, "printer": JSONValue(ports.printer.map(Int.init)),
            ],
            "queues": ["hold": .string(SiteSettings.queue), "pass": .null],
            "users": .array(settings.users.map(\.json)),
            "readers": .array(LabReaders.readers.map { .string($0) }),
            "control": .string(folders.controlSocket),
            "socket": .string(folders.adminSocket),
            "state": .string(folders.state),
        ]
    }

    func came(_ news: JSONValue) {
        guard let document = news["printed"] else { return }
        if printed.count == Self.printedLimit { printed.removeFirst() }
        printed.append(PrintedDocument(document))
    }

    /// Ends everything, in the order in which it is used, and removes what the lab made. The first thing that did not
    /// end as it should is thrown after all is done.
    /// - Parameter keepingLogs: after a failure.
    package func stop(keepingLogs: Bool) throws(LabFault) {
        pump.forgive()
        display.close()
        var first: LabFault?
        try? endPrinting()
        for process in [agent, server, readers?.process, printer?.process] {
            do throws(LabFault) { try process?.end() } catch { first = first ?? error }
        }
        readers?.close()
        printer?.close()
        folders.remove(keepingLogs: keepingLogs)
        if let first { throw first }
    }

    /// An agent ends when the document at hand is through. A printer that misbehaves would keep it for minutes: ours
    /// goes away then, and for somebody else's the agent is not waited for.
    private func endPrinting() throws(LabFault) {
        guard let agent else { return }
        agent.askToEnd()
        do throws(LabFault) {
            try pump.wait("the agent to end", atMost: .seconds(2)) { agent.process == nil }
        } catch {
            if let printer { try printer.process.end() } else { try agent.kill() }
        }
    }
}
