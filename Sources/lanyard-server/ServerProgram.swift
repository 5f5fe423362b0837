// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import Glibc
import HTTPServer
import HostIO
import Ops
import Primitives
import ServerRuntime

/// The program around ``ServerRuntime``: arguments, settings, the admin socket, signals, exit code.
enum ServerProgram {
    private static let syntax = CommandSyntax(
        "lanyard-server", "Holds print jobs until their owners come for them, and charges the pages.",
        options: [
            .value("--config", "FILE", "The settings; default /etc/lanyard/server.conf."),
            .flag("--check", "Check the settings and end."),
            .flag("--print-settings", "Print all settings with their defaults and end."),
            .value("--ready-fd", "N", "Write a line with the ports to this descriptor once everything listens."),
            Product.versionOption,
        ])

    static func start(_ words: [String]) throws -> Exit {
        let arguments = try syntax.parse(words)
        if try ServiceProgram.answers(arguments, syntax) { return .fine }
        let (text, file) = try ServiceProgram.readSettings(arguments, default: "/etc/lanyard/server.conf")
        let (settings, table) = try ServerSettings.parse(text, file: file)
        if arguments.has("--print-settings") {
            try ServiceProgram.answer(table.printed)
            return .fine
        }
        if arguments.has("--check") {
            try AdminDoor.check(settings)
            if let obstacle = ServerStart.obstacle(settings) { throw obstacle }
            if let advice = settings.advice { try ServiceProgram.answer("\(advice)\n") }
            return .fine
        }
        return try serve(settings, try ServiceProgram.ready(arguments))
    }

    private static func serve(_ settings: ServerSettings, _ ready: consuming ServiceProgram.Ready) throws -> Exit {
        try ProcessHardening.hideMemory()
        try OpenFiles.raiseLimit()
        let lock = try ServiceProgram.lockState(settings.state)
        let observer = Observer(threshold: settings.logLevel) { StandardStream.error.write(line: $0) }
        let loop = try Loop()
        var stop: () -> Void = {}
        try loop.onSignals([SIGTERM, SIGINT]) { _ in stop() }
        let runtime = try ServerRuntime(settings, on: loop, observer: observer)
        stop = { runtime.stop { loop.stop() } }
        try runtime.start()
        defer { runtime.close() }
        let admin = try AdminDoor(settings, runtime, version: Product.version, on: loop)
        defer { admin.close() }
        observer.log(
            .info, "server-started", ["release-port": runtime.releasePort, "lpd-port": runtime.lpdPort])
        if let obstacle = ServerStart.obstacle(settings) { observer.log(obstacle) }
        if let advice = settings.logOutAdvice { observer.log(.warning, "setting-limited", ["reason": advice]) }
        ready.announce("READY release=\(runtime.releasePort) lpd=\(runtime.lpdPort)")
        try loop.run()
        observer.log(.info, "server-stopped")
        withExtendedLifetime(lock.raw) {}
        return .fine
    }
}
