// SPDX-License-Identifier: Apache-2.0

import Glibc
import Ops

/// The line between agent and server, which can be cut: the kernel drops its packets, and neither side is told. Only in
/// a network namespace of its own, so that it is nobody else's line.
final class CutLine {
    /// Which packets are dropped.
    enum Direction: CaseIterable {
        case both
        case toServer
        case toAgent
    }

    private static let nft = "/usr/sbin/nft"
    private static let ip = "/usr/sbin/ip"
    private static let table = ["inet", "lanyard-lab"]

    private let pump: Pump

    /// Brings up the namespace's loopback.
    init(on pump: Pump) throws(LabFault) {
        self.pump = pump
        try Self.demandOwnNamespace()
        for tool in [Self.nft, Self.ip] where access(tool, X_OK) != 0 {
            throw LabFault("\(tool) is missing: lines are cut with it. apt-get install nftables iproute2")
        }
        try run(Self.ip, ["link", "set", "lo", "up"])
        try run(Self.nft, ["add", "table"] + Self.table)
        try run(
            Self.nft,
            ["add", "chain"] + Self.table + ["out", "{ type filter hook output priority 0; policy accept; }"])
    }

    /// - Parameter port: the server's for agents.
    func cut(_ direction: Direction, port: UInt16) throws(LabFault) {
        let ends =
            switch direction {
            case .both: ["dport", "sport"]
            case .toServer: ["dport"]
            case .toAgent: ["sport"]
            }
        for end in ends { try run(Self.nft, ["add", "rule"] + Self.table + ["out", "tcp", end, "\(port)", "drop"]) }
    }

    func mend() throws(LabFault) { try run(Self.nft, ["flush", "chain"] + Self.table + ["out"]) }

    private func run(_ tool: String, _ arguments: [String]) throws(LabFault) {
        let run = try CommandRun(tool, arguments, on: pump)
        guard run.exit == 0 else {
            throw LabFault("\(tool) \(arguments.joined(separator: " ")): \(run.errors)", exit: .permission)
        }
    }

    /// A namespace with a way out is one that others use.
    private static func demandOwnNamespace() throws(LabFault) {
        let lines = String(decoding: try LabFolder.read("/proc/net/dev"), as: UTF8.self).split(separator: "\n")
        let names = lines.compactMap { $0.contains(":") ? $0.split(separator: ":").first : nil }
        guard names.allSatisfy({ $0.drop { $0 == " " } == "lo" }) else {
            throw LabFault(
                "lines are only cut in a network namespace of the lab's own: run this as root under `unshare --net`",
                exit: .permission)
        }
    }
}
