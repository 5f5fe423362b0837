// SPDX-License-Identifier: Apache-2.0

package import HostIO

/// Takes requests on the control socket. Each connection is answered in order, several are served at a time.
package final class ControlServer {
    /// Performs a request and calls back exactly once.
    package typealias Perform = (ControlRequest, @escaping (ControlReply) -> Void) -> Void

    package static let connectionLimit = 64

    private let listener: Listener
    private var channels: [ObjectIdentifier: LineChannel] = [:]
    private let perform: Perform

    package static func open(
        path: String, on loop: Loop, perform: @escaping Perform
    ) throws(SystemFault) -> ControlServer {
        let accepted = Accepted()
        let listener = try Listener.unix(path: path, on: loop) { descriptor, _ in
            accepted.server?.serve(descriptor, on: loop)
        }
        let server = ControlServer(listener, perform)
        accepted.server = server
        return server
    }

    private final class Accepted {
        weak var server: ControlServer?
    }

    private init(_ listener: Listener, _ perform: @escaping Perform) {
        self.listener = listener
        self.perform = perform
    }

    package func close() {
        listener.close()
        for channel in channels.values { channel.close() }
        channels = [:]
    }

    private func serve(_ descriptor: consuming Descriptor, on loop: Loop) {
        guard channels.count < Self.connectionLimit, let channel = try? LineChannel(descriptor, on: loop) else {
            return
        }
        let id = ObjectIdentifier(channel)
        channels[id] = channel
        channel.onClosed = { [weak self] in self?.channels[id] = nil }
        channel.onLine = { [weak self, weak channel] line in
            guard let self, let channel else { return }
            do throws(LabFault) {
                perform(try ControlRequest(line)) { channel.send($0.json) }
            } catch {
                channel.send(ControlReply.refused(error).json)
            }
        }
    }
}
