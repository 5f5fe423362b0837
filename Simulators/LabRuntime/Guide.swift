// SPDX-License-Identifier: Apache-2.0

/// What a person can do with a running site, as commands to copy.
package struct Guide {
    package let text: String

    package init(_ site: Site) {
        let lab = site.settings.programs.path("lanyard-lab")
        let control = "--control \(site.folders.controlSocket)"
        let user = site.settings.users.first { $0.badge != nil && $0.pin == nil }
        let careful = site.settings.users.first { $0.badge != nil && $0.pin != nil }
        let name = user?.name ?? "ana"
        let printer = site.ports.printer.map { "127.0.0.1:\($0), simulated" } ?? site.settings.printerURI ?? ""
        let document = site.settings.documents.all.first?.path ?? "FILE"
        var lines = [
            "The site is running. Ctrl-C ends it and leaves nothing behind.",
            "",
            "  LPD         127.0.0.1:\(site.ports.lpd), queue \(SiteSettings.queue)",
            "  agents      127.0.0.1:\(site.ports.release)",
            "  printer     \(printer)",
            "  readers     \(LabReaders.readers.joined(separator: ", "))",
            "  logs        \(site.folders.logs)",
            "",
            "  people      " + site.settings.users.map(Self.person).joined(separator: "\n              "),
            "",
            "Print as \(name):",
            "  " + (["rlpr"] + site.printArguments(document, user: name)).joined(separator: " "),
            "Hold the badge of \(name) to a reader:",
            "  \(lab) present \(user?.badge ?? "BADGE") --reader \(LabReaders.readers[0]) \(control)",
        ]
        if let pin = careful?.pin {
            lines += [
                "Type the PIN of \(careful?.name ?? ""), after the badge:", "  \(lab) key \(pin) enter \(control)",
            ]
            if let number = careful?.number {
                lines += ["Or log in at the touch screen:", "  \(lab) login \(number) --pin \(pin) \(control)"]
            }
        }
        lines += [
            "See what is held, and what was printed:",
            "  \(site.administrator.program) --socket \(site.administrator.socket) jobs",
            "  \(site.administrator.program) --socket \(site.administrator.socket) report history",
        ]
        text = lines.joined(separator: "\n")
    }

    private static func person(_ user: LabUser) -> String {
        let badge = user.badge.map { "badge \($0)" } ?? "no badge"
        return "\(user.name) of \(user.department), \(badge)" + (user.number.map { ", number \($0)" } ?? "")
            + (user.pin.map { ", PIN \($0)" } ?? "")
    }
}
