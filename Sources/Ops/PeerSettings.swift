// SPDX-License-Identifier: Apache-2.0

package import HostIO

extension SettingFormat where Value == Network {
    package static var network: Self {
        Self("an address or a block like 10.0.0.0/8", parse: { Network($0) }, text: { $0.description })
    }
}

extension SettingsReader {
    /// The setting `peer-networks`, which all programs that listen share.
    package mutating func takePeerRule(_ meaning: String) throws(SettingsFault) -> PeerRule {
        PeerRule(
            named: try take("peer-networks", SettingFormat<Network>.network.list(limit: 64), default: [], meaning))
    }
}

extension PeerGate {
    /// One that logs what it refused.
    /// - Parameter listener: what the operator calls it.
    package convenience init(_ rule: PeerRule, before listener: String, on loop: Loop, observer: Observer) {
        self.init(rule, on: loop) { reason, connections, latest in
            observer.log(
                .warning, "connection-refused",
                ["listener": listener, "reason": reason, "connections": connections, "latest-peer": latest])
        }
    }
}
