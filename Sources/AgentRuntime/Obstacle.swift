// SPDX-License-Identifier: Apache-2.0

import HostIO
import ReaderMachines

/// What keeps a reader from being used, and what to do about it.
struct Obstacle {
    let what: String
    let remedy: String

    init(what: String, remedy: String) {
        self.what = what
        self.remedy = remedy
    }

    /// Programs that open serial lines on their own to see what is there.
    private static let grabbers = [
        "ModemManager": "Install Lanyard's udev rules, or: systemctl disable --now ModemManager",
        "brltty": "Remove the package brltty, or mask its rules.",
    ]

    /// `nil` when the reader is simply not there.
    init?(_ failure: ReaderPool.OpenFailure, opening way: ReaderOpening.Way) {
        guard case .node(let path) = way else {
            guard case .other(let reason) = failure else { return nil }
            (what, remedy) = (reason, "Is the reader on, and is the address right?")
            return
        }
        switch failure {
        case .missing, .unsuitable: return nil
        case .other(let reason): (what, remedy) = (reason, "Unplug the reader and plug it in again.")
        case .noRS485:
            what = "the driver of \(path) cannot switch an RS-485 line"
            remedy = "With an adapter that switches by itself, say rs485=off; else use another adapter."
        case .busy:
            what = Self.holder(of: path).map { "\(path) is in use by \($0)" } ?? "\(path) is in use by another program"
            remedy = Self.grabber() ?? "End the other program, or give it another device."
        case .notPermitted:
            what = "this user may not open \(path)"
            remedy =
                DeviceObstacle.group(of: path).map { "Join the group that may: usermod -aG \($0) lanyard-agent" }
                ?? "Install Lanyard's udev rules, which give the node to the group lanyard-agent."
        }
    }

    private static func holder(of path: String) -> String? {
        DeviceObstacle.holders(of: path).first.map { "\($0.name) (process \($0.process))" }
    }

    private static func grabber() -> String? {
        let found = DeviceObstacle.running(grabbers.keys.sorted()).first
        return found.flatMap { holder in grabbers[holder.name].map { "\(holder.name) runs. \($0)" } }
    }
}

extension Obstacle {
    /// What a reader on an OSDP line complains of.
    init(_ trouble: OSDPTrouble) {
        let install = "Install it: lanyard-agent install READER, and put the reader into its installation mode."
        switch trouble {
        case .noAnswer:
            (what, remedy) = ("it does not answer", "Look at its supply, its wires and its address.")
        case .insecure, .deniesSecureChannel:
            (what, remedy) = (
                "it has no secure channel", "Take one that has, or allow clear text for it with secure=off."
            )
        case .keyRefused: (what, remedy) = ("it has another key than this agent", install)
        case .defaultKey: (what, remedy) = ("it has only the key that everybody knows", install)
        case .notInstalled: (what, remedy) = ("it has no key yet", install)
        case .keyNeeded: (what, remedy) = ("it demands a secure channel", "Take secure=off out of its setting.")
        case .forgedReplies:
            (what, remedy) = ("replies with a wrong code kept coming", "Look for a strange device on its line.")
        case .installationExpired: (what, remedy) = ("nobody installed it in time", install)
        case .installationRefused: (what, remedy) = ("it did not take the new key", install)
        case .tamper: (what, remedy) = ("it says that it was opened or moved", "Look at it.")
        case .powerFailure: (what, remedy) = ("its supply fails", "Look at its supply.")
        }
    }
}
