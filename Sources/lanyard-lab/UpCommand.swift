// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Ops
import PrinterMachines

/// `lanyard-lab up`: a site that runs until Ctrl-C.
enum UpCommand {
    static let command = Command(
        syntax: CommandSyntax(
            "lanyard-lab up", "Run a simulated site until Ctrl-C.",
            options: siteOptions + [
                .flag("--json", "Print one JSON line when all runs, and nothing else."),
                .value("--printer-uri", "URI", "Release to this printer; no simulated one is started."),
                .value("--state", "DIR", "Keep the state there; default is a temporary folder."),
                .value("--port-offset", "auto|N", "Free ports, which is the default, or the usual ones plus N."),
                .value("--capture", "DIR", "Write there what comes out of the simulated printer."),
            ])
    ) { arguments throws(LabFault) in
        let pump = try interruptiblePump()
        let site = try Site(settings(arguments), on: pump)
        do throws(LabFault) {
            try serve(site, isJSON: arguments.has("--json"))
        } catch {
            let isFailure = error != .interrupted
            do throws(LabFault) {
                try site.stop(keepingLogs: isFailure)
            } catch let other where !isFailure {
                throw other
            } catch {}
            if isFailure { throw LabFault("\(error)\nThe logs are in \(site.folders.logs).", exit: error.exit) }
        }
        return .fine
    }

    private static func serve(_ site: Site, isJSON: Bool) throws(LabFault) {
        try site.start()
        let control = SiteControl(site)
        let server: ControlServer
        do throws(SystemFault) {
            server = try ControlServer.open(path: site.folders.controlSocket, on: site.pump.loop) { request, answer in
                control.perform(request, then: answer)
            }
        } catch {
            throw LabFault(error, while: "opening the control socket")
        }
        defer { server.close() }
        if isJSON {
            try answer(site.facts.line)
        } else {
            try answer(Guide(site).text)
        }
        try site.pump.wait("Ctrl-C", atMost: nil) { false }
    }

    private static func settings(_ arguments: Arguments) throws(LabFault) -> SiteSettings {
        var settings = try siteSettings(arguments)
        if let uri = arguments.value("--printer-uri") {
            do throws(PrinterURIFault) {
                settings.printerURI = try PrinterURI(uri).description
            } catch {
                throw LabFault("--printer-uri \(uri): \(error)", exit: .usage)
            }
        }
        settings.state = try arguments.value("--state").map(absolute)
        settings.capture = try arguments.value("--capture").map(absolute)
        let offset = arguments.value("--port-offset") ?? "auto"
        if offset != "auto" {
            guard let number = UInt16(offset), number <= UInt16.max - 29100 else {
                throw LabFault("--port-offset must be auto or 0 to \(UInt16.max - 29100)", exit: .usage)
            }
            settings.ports = .offset(number)
        }
        return settings
    }
}
