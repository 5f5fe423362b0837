// SPDX-License-Identifier: Apache-2.0

import HostIO
import ReaderMachines

/// A TCP connection in the place of a serial line. The peer's life is watched: by TCP's own probes always, and with a
/// heartbeat by what it sends, since a reader may hang while its network stack answers.
final class NetworkLine {
    /// TCP probes: first after so many idle seconds, then so often.
    static let probes = (idle: 15, interval: 5, count: 3)
    /// To readers that read lines it is an empty line.
    static let heartbeat: [UInt8] = [0x0D, 0x0A]

    private let stream: HostIO.Stream
    private let beat: MachineRunner<ReaderHeartbeat>?

    init(
        _ descriptor: consuming Descriptor, heartbeat: Duration?, on loop: Loop, _ handler: @escaping PortHandler
    ) throws(SystemFault) {
        stream = try HostIO.Stream(descriptor, on: loop)
        beat = heartbeat.map { MachineRunner(ReaderHeartbeat(every: $0, from: loop.now), on: loop) }
        try stream.keepAlive(idle: Self.probes.idle, interval: Self.probes.interval, count: Self.probes.count)
        connect(stream, to: handler) { .bytes($0) }
        stream.onBytes = { [unowned self] bytes in
            beat?.feed(.heard)
            handler(.driver(.bytes(bytes)))
        }
        stream.onEnd = { handler(.lost("the reader ended the connection")) }
        beat?.perform = { [unowned stream] action in
            switch action {
            case .ask: stream.write(Self.heartbeat)
            case .lost: handler(.lost("no heartbeat of the reader"))
            }
        }
    }

    func send(_ bytes: [UInt8]) { stream.write(bytes) }

    func close() {
        beat?.stop()
        stream.close()
    }
}

/// A reader to which this box connects.
final class DialPort: ReaderPort {
    static let limit = Duration.seconds(10)

    private let loop: Loop
    private let heartbeat: Duration?
    private let handler: PortHandler
    private var dialer: Dialer?
    private var line: NetworkLine?

    init(
        host: String, port: UInt16, peers rule: PeerRule, heartbeat: Duration?, resolver: Resolver, on loop: Loop,
        _ handler: @escaping PortHandler
    ) {
        self.loop = loop
        self.heartbeat = heartbeat
        self.handler = handler
        dialer = Dialer(host, port: port, peers: rule, within: Self.limit, resolver: resolver, on: loop) {
            [unowned self] result in
            switch consume result {
            case .success(let descriptor): connected(descriptor)
            case .failure(let fault): fail("\(fault)")
            }
        }
    }

    func send(_ bytes: [UInt8]) { line?.send(bytes) }

    func close() {
        dialer?.cancel()
        dialer = nil
        line?.close()
        line = nil
    }

    private func connected(_ descriptor: consuming Descriptor) {
        dialer = nil
        do throws(SystemFault) {
            line = try NetworkLine(descriptor, heartbeat: heartbeat, on: loop, handler)
            handler(.opened)
        } catch {
            fail("\(error)")
        }
    }

    private func fail(_ reason: String) {
        close()
        handler(.failed(.other(reason)))
    }
}

/// The port on which a reader calls this box. It outlives the connections, so that a reader that calls again at once
/// is not refused.
final class ReaderListener {
    private let listener: Listener
    private var pending: Descriptor?
    private var waiting: (() -> Void)?
    /// A reader called while another connection is open: the old one is a dead one.
    var onSecond: (() -> Void)?

    init(port: UInt16, behind gate: PeerGate, on loop: Loop) throws(SystemFault) {
        nonisolated(unsafe) var accept: ((consuming Descriptor, PeerAddress) -> Void)?
        listener = try Listener.tcp(.any6, port: port, behind: gate, on: loop) { accept?($0, $1) }
        accept = { [unowned self] descriptor, _ in
            pending = consume descriptor
            if let waiting { waiting() } else { onSecond?() }
        }
    }

    /// Calls back once with the next connection, or the one that is there.
    func next(_ body: @escaping (consuming Descriptor) -> Void) {
        waiting = { [unowned self] in
            guard let descriptor = pending.take() else { return }
            waiting = nil
            body(descriptor)
        }
        waiting?()
    }

    func stopWaiting() {
        waiting = nil
        onSecond = nil
    }

    func close() {
        stopWaiting()
        pending = nil
        listener.close()
    }
}

final class ListenPort: ReaderPort {
    private let listener: ReaderListener
    private var line: NetworkLine?

    init(_ listener: ReaderListener, heartbeat: Duration?, on loop: Loop, _ handler: @escaping PortHandler) {
        self.listener = listener
        // After this call, as with the other ports: a connection may be there already.
        loop.soon { [weak self] in
            listener.next { descriptor in
                guard let self else { return }
                do throws(SystemFault) {
                    self.line = try NetworkLine(descriptor, heartbeat: heartbeat, on: loop, handler)
                    listener.onSecond = { handler(.lost("the reader called again")) }
                    handler(.opened)
                } catch {
                    handler(.failed(.other("\(error)")))
                }
            }
        }
    }

    func send(_ bytes: [UInt8]) { line?.send(bytes) }

    func close() {
        listener.stopWaiting()
        line?.close()
        line = nil
    }
}
