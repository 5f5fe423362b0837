// SPDX-License-Identifier: Apache-2.0

import HostIO
import ReaderMachines

extension ReaderObstacle {
    /// Programs that open serial lines on their own to see what is there.
    private static let grabbers = [
        "ModemManager": "Install Lanyard's udev rules, or: systemctl disable --now ModemManager",
        "brltty": "Remove the package brltty, or mask its rules.",
    ]

    /// `nil` when the reader is simply not there.
    init?(_ failure: ReaderPool.OpenFailure, opening way: ReaderOpening.Way) {
        guard case .node(let path) = way else {
            guard case .other(let reason) = failure else { return nil }
            self.init(what: reason, remedy: "Is the reader on, and is the address right?")
            return
        }
        switch failure {
        case .missing, .unsuitable: return nil
        case .other(let reason): self.init(what: reason, remedy: "Unplug the reader and plug it in again.")
        case .noRS485:
            self.init(
                what: "the driver of \(path) cannot switch an RS-485 line",
                remedy: "With an adapter that switches by itself, say rs485=off; else use another adapter.")
        case .busy:
            self.init(
                what: "\(path) is in use by \(Self.holder(of: path) ?? "another program")",
                remedy: Self.grabber() ?? "End the other program, or give it another device.")
        case .notPermitted:
            self.init(
                what: "this user may not open \(path)",
                remedy: DeviceObstacle.group(of: path).map {
                    "Join the group that may: usermod -aG \($0) lanyard-agent"
                } ?? "Install Lanyard's udev rules, which give the node to the group lanyard-agent.")
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
