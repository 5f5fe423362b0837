// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops
import SimDevices

/// The simulators, each a process of its own. The lab starts them; by hand they serve other tests.
enum SimCommands {
    static let all = [printer, readers]

    private static let line = Option.flag("--line", "Be led by the lab over descriptor 4.")

    private static let printer = Command(
        syntax: CommandSyntax(
            "lanyard-lab sim-printer", "A printer that speaks PJL on a TCP port; tells what came out, a line a job.",
            options: [
                line, .value("--port", "N", "Default 29100; 0 for any that is free."),
                .value("--documents", "DIR", "Documents whose pages are known."),
                .value("--capture", "DIR", "Write each document there."),
            ]), isHidden: true
    ) { arguments throws(LabFault) in
        let pump = try interruptiblePump()
        let server = try SimulatorLine(hasLine: arguments.has("--line"), on: pump)
        guard let port = UInt16(arguments.value("--port") ?? "29100") else {
            throw LabFault("--port must be 0 to 65535", exit: .usage)
        }
        var settings = SimPrinter.Settings()
        settings.timePerPage = .milliseconds(30)
        settings.connectionsServed = 8
        if let folder = arguments.value("--documents") {
            settings.catalogue = try SampleDocuments(folder: folder).catalogue
        }
        let bench: PrinterBench
        do throws(SystemFault) {
            bench = try PrinterBench(settings, port: port, on: pump.loop)
        } catch {
            throw LabFault(error, while: "opening the printer's port")
        }
        let capture = arguments.value("--capture")
        if let capture { try LabFolder.make(capture) }
        bench.onPrinted = { job in
            if let capture { keep(job.document, as: "\(capture)/\(bench.facts.jobs)-\(job.sha256.prefix(12))") }
            server.tell(["printed": PrintedDocument(job).json])
        }
        return try endQuietly { () throws(LabFault) in
            try server.run(ready: ["port": "\(bench.port)"], on: pump) { request throws(LabFault) in
                switch request {
                case .printer(let fault): bench.obey(fault)
                case .printerFacts: return bench.facts.json
                case .present, .key, .plug, .unplug, .replay, .desk:
                    throw LabFault("a printer is no reader", exit: .usage)
                }
                return [:]
            }
        }
    }

    private static let readers = Command(
        syntax: CommandSyntax(
            "lanyard-lab sim-readers", "A serial reader, a reader that types and a keypad.",
            options: [line, .value("--folder", "DIR", "Where the link to the serial line is made; default here.")]),
        isHidden: true
    ) { arguments throws(LabFault) in
        let pump = try interruptiblePump()
        let server = try SimulatorLine(hasLine: arguments.has("--line"), on: pump)
        let bench = try LabReaders(folder: arguments.value("--folder") ?? ".", on: pump.loop)
        defer { bench.close() }
        return try endQuietly { () throws(LabFault) in
            try server.run(ready: ["testbed": bench.testbed.folder], on: pump) { request throws(LabFault) in
                try bench.perform(request)
            }
        }
    }

    private static func keep(_ document: [UInt8], as path: String) {
        guard let file = try? Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600) else { return }
        try? file.writeAll(document[...])
    }

    /// An interruption is how a simulator that was started by hand is ended.
    private static func endQuietly(_ body: () throws(LabFault) -> Void) throws(LabFault) -> Exit {
        do throws(LabFault) {
            try body()
        } catch {
            guard error == .interrupted else { throw error }
        }
        return .fine
    }
}

/// A pump whose waits end when the person or the system asks the program to end.
func interruptiblePump() throws(LabFault) -> Pump {
    let pump = try Pump()
    do throws(SystemFault) {
        try pump.loop.onSignals([SIGINT, SIGTERM, SIGHUP]) { _ in pump.fail(.interrupted) }
    } catch {
        throw LabFault(error, while: "starting")
    }
    return pump
}
