// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops

/// Listening, with the errors that an operator can act on.
struct ServerPorts {
    /// Which says the port.
    let setting: String
    let addresses: [IPAddress]
    let port: UInt16

    func listen(
        behind gate: PeerGate, on loop: Loop, onAccept: @escaping (consuming Descriptor, PeerAddress) -> Void
    ) throws(OperatorError) -> [Listener] {
        var listeners: [Listener] = []
        for address in addresses {
            do throws(SystemFault) {
                // All addresses share the port that the system chose for the first.
                let wanted = listeners.first?.port ?? port
                listeners.append(try Listener.tcp(address, port: wanted, behind: gate, on: loop, onAccept: onAccept))
            } catch {
                for listener in listeners { listener.close() }
                throw fault(error, PeerAddress(ip: address, port: port))
            }
        }
        return listeners
    }

    private func fault(_ fault: SystemFault, _ peer: PeerAddress) -> OperatorError {
        if fault.isAddressTaken {
            return OperatorError(
                .portTaken, "\(peer) is taken by another program",
                remedy: "Stop it (`ss -ltnp` names it), or set \(setting) to another port.")
        }
        if fault.isPermissionDenied {
            return OperatorError(
                .portRefused, "this user may not listen on \(peer)",
                remedy: "Ports below 1024 need CAP_NET_BIND_SERVICE; or set \(setting) to a higher port.")
        }
        return OperatorError(
            .portTaken, "cannot listen on \(peer)", remedy: "Is it an address of this machine? See the setting listen.",
            cause: fault)
    }
}
