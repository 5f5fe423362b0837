// SPDX-License-Identifier: Apache-2.0

import Ops

extension Site {
    /// Starts everything, makes the people known, and returns when a badge would be answered.
    package func start() throws(LabFault) {
        try startReaders()
        if settings.printerURI == nil { try startPrinter() }
        try startServer()
        for simulator in [readers, printer].compactMap({ $0 }) {
            try simulator.process.waitUntilReady(atMost: Self.startPatience)
        }
        testbed = readers?.process.facts["testbed"] ?? ""
        if let printer { ports.printer = printer.process.facts["port"].flatMap { UInt16($0) } }
        try waitForServer()
        try enrolAgent()
        try makePeople()
        try makePrinter()
        try startAgent()
    }

    // MARK: Simulators

    private var lab: String { settings.programs.path("lanyard-lab") }

    private func startReaders() throws(LabFault) {
        var plan = LabProcess.Plan(
            name: "sim-readers", path: lab, arguments: ["sim-readers", "--line", "--folder", folders.run],
            log: folders.log("sim-readers"))
        // The test bed's folder is made where temporary files go.
        plan.environment = ["TMPDIR": folders.run, "LD_PRELOAD": Self.preload]
        readers = try SimLink(plan, guardedBy: lab, on: pump)
    }

    private func startPrinter() throws(LabFault) {
        var arguments = ["sim-printer", "--line", "--port", "\(ports.printer ?? 0)"]
        arguments += ["--documents", settings.documents.folder]
        if let capture = settings.capture { arguments += ["--capture", capture] }
        let plan = LabProcess.Plan(
            name: "sim-printer", path: lab, arguments: arguments, log: folders.log("sim-printer"))
        printer = try SimLink(plan, guardedBy: lab, on: pump)
        printer?.onNews = { [weak self] in self?.came($0) }
    }

    private static let preload = "libumockdev-preload.so.0"

    // MARK: Server

    /// Starts the server on the ports it had before, if it ran before.
    package func startServer() throws(LabFault) {
        try LabFolder.write(
            """
            state = \(folders.server)
            listen = 127.0.0.1
            release-port = \(ports.release)
            lpd-port = \(ports.lpd)
            admin-socket = \(folders.adminSocket)
            queues = \(SiteSettings.queue)
            offline = \(settings.offline)
            second-factor = \(settings.secondFactor)

            """, to: folders.serverSettings)
        server = try LabProcess(
            LabProcess.Plan(
                name: "lanyard-server", path: settings.programs.path("lanyard-server"),
                arguments: ["--config", folders.serverSettings, "--ready-fd", "\(LabProcess.readyDescriptor)"],
                log: folders.log("server")),
            guardedBy: lab, on: pump)
    }

    package func waitForServer() throws(LabFault) {
        guard let server else { return }
        try server.waitUntilReady(atMost: Self.startPatience)
        guard let release = server.facts["release"].flatMap({ UInt16($0) }),
            let lpd = server.facts["lpd"].flatMap({ UInt16($0) })
        else { throw LabFault("lanyard-server is ready, but does not say on which ports", exit: .bug) }
        ports.release = release
        ports.lpd = lpd
    }

    package func killServer() throws(LabFault) {
        try server?.kill()
        display.expectLink()
    }

    /// It goes on until what it is sending is through.
    package func askServerToEnd() {
        server?.askToEnd()
        display.expectLink()
    }

    package var isServerRunning: Bool { server?.process != nil }

    /// As an operator would, the agent first.
    package func endAgentAndServer() throws(LabFault) {
        display.close()
        try agent?.end()
        try server?.end()
    }

    // MARK: Agent

    /// Starts an agent that is enrolled, and returns when it has its readers and its server.
    package func startAgent() throws(LabFault) {
        try launchAgent()
        try waitForAgent()
    }

    package func launchAgent() throws(LabFault) {
        try writeAgentSettings()
        var plan = LabProcess.Plan(
            name: "lanyard-agent", path: settings.programs.path("lanyard-agent"),
            arguments: ["--config", folders.agentSettings, "--ready-fd", "\(LabProcess.readyDescriptor)"],
            log: folders.log("agent"))
        if ownReaders == nil { plan.environment = ["LD_PRELOAD": Self.preload, "UMOCKDEV_DIR": testbed] }
        agent = try LabProcess(plan, guardedBy: lab, on: pump)
    }

    /// Until it has its readers and its server.
    ///
    /// - Parameter patience: for the server; longer after a cut, of which the agent may have been told nothing.
    package func waitForAgent(reachingItWithin patience: Duration = startPatience) throws(LabFault) {
        try agent?.waitUntilReady(atMost: Self.startPatience)
        if !display.isConnected { try display.connect(folders.displaySocket, on: pump) }
        try pump.wait("the agent to reach the server", atMost: patience) { display.isLinkOpen }
        try waitForReaders(ownReaders?.names ?? LabReaders.names)
    }

    package func killAgent() throws(LabFault) {
        display.close()
        try agent?.kill()
    }

    package func waitForReaders(_ names: [String]) throws(LabFault) {
        try pump.wait("the agent to open its readers", atMost: Self.startPatience) {
            names.allSatisfy { display.readers[$0] == "attached" }
        }
    }

    /// Those beside the source that this was built of.
    private static let quirks =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/udev/quirks"

    func writeAgentSettings() throws(LabFault) {
        let readers = ownReaders?.settings.map { $0 + "\n" } ?? labReaders
        try LabFolder.write(
            """
            server = 127.0.0.1
            port = \(agentPort ?? ports.release)
            state = \(folders.agent)
            name = \(SiteSettings.agent)
            display-socket = \(folders.displaySocket)
            quirks = \(Self.quirks)

            """ + readers.joined(), to: folders.agentSettings)
    }

    private var labReaders: [String] {
        LabReaders.settings.map { setting in
            let device =
                switch setting.kind {
                case .serial: "id12 \(LabReaders.link(to: setting.name, in: folders.run))"
                case .wedge: "wedge \(setting.identity)"
                case .keypad: "keypad \(setting.identity)"
                }
            return "reader.\(setting.name) = \(device)\n"
        }
    }
}
