// SPDX-License-Identifier: Apache-2.0

import CMicrohttpd
package import HostIO

/// What one server takes on at most.
package struct HTTPServerLimits: Hashable, Sendable {
    /// A longer body is answered with 413.
    package var bodyBytes = 1 << 20
    /// How much of a too long body is read, for the client to get its 413, before the connection is cut.
    package var drainedBytes = 4 << 20
    /// A connection above this number is closed at once.
    package var connections = 256
    /// A connection on which nothing moves for so long is closed; one that waits for our answer is not.
    package var idleSeconds = 30
    /// Request line and header fields of one request must fit; otherwise it is answered with 414 or 431.
    package var memoryPerConnection = 32 << 10

    package init() {}
}

/// The library could not start; it does not say why.
package enum HTTPServerFault: Error, Hashable, Sendable {
    case notStarted
    case system(SystemFault)
}

/// HTTP/1.1 on our loop, in the loop's thread: libmicrohttpd in external epoll mode. It gets its connections from a
/// ``Listener`` and sleeps when they do.
package final class HTTPServer {
    /// Takes a request and answers it through the closure, at once or later, once, on the loop's thread.
    package typealias Handler = (HTTPRequest, @escaping (HTTPResponse) -> Void) -> Void

    private let loop: Loop
    private let limits: HTTPServerLimits
    private let handler: Handler
    private var daemon: OpaquePointer?
    private var watch: WatchToken?
    private var timer: TimerToken?
    private var exchanges: [UInt: Exchange] = [:]
    private var isRunning = false
    private var isClosing = false
    private var isTurnWanted = false

    package init(
        on loop: Loop, limits: HTTPServerLimits = HTTPServerLimits(), handler: @escaping Handler
    ) throws(HTTPServerFault) {
        self.loop = loop
        self.limits = limits
        self.handler = handler
        var options = mh_options()
        options.connections = CUnsignedInt(limits.connections)
        options.idle_seconds = CUnsignedInt(limits.idleSeconds)
        options.memory_per_connection = limits.memoryPerConnection
        options.context = Unmanaged.passUnretained(self).toOpaque()
        options.handle = { context, connection, url, method, _, bytes, count, slot in
            guard let context, let connection, let count, let slot else { return .NO }
            let server = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
            guard let held = slot.pointee else {
                return server.begin(connection, method: method, url: url, slot: slot)
            }
            let body = UnsafeRawBufferPointer(start: bytes, count: count.pointee)
            count.pointee = 0
            return server.proceed(UInt(bitPattern: held), body)
        }
        options.completed = { context, _, slot, _ in
            guard let context, let held = slot?.pointee else { return }
            let server = Unmanaged<HTTPServer>.fromOpaque(context).takeUnretainedValue()
            server.exchanges.removeValue(forKey: UInt(bitPattern: held))?.finish()
            slot?.pointee = nil
        }
        guard let daemon = mh_start(&options) else { throw .notStarted }
        self.daemon = daemon
        do throws(SystemFault) {
            watch = try loop.watch(mh_epoll_descriptor(daemon), .read) { [weak self] _ in self?.run() }
        } catch {
            MHD_stop_daemon(daemon)
            self.daemon = nil
            throw .system(error)
        }
    }

    deinit { stop() }

    /// Takes over a connection. It is closed at once when there are too many.
    package func serve(_ connection: consuming Descriptor) {
        guard let daemon, !isClosing else { return }
        guard mh_add_connection(daemon, connection.release()) == .YES else { return }
        run()
    }

    /// Ends all connections. Answers that come later go nowhere.
    package func close() {
        isClosing = true
        if !isRunning { stop() }
    }

    // MARK: The library's turn

    /// Lets the library do what it can do now, and asks it when it wants to be called even if nothing happens.
    private func run() {
        guard let daemon, !isRunning else { return }
        isRunning = true
        _ = MHD_run(daemon)
        isRunning = false
        if isClosing { return stop() }
        if let timer { loop.cancel(timer) }
        timer = nil
        var milliseconds: CUnsignedLongLong = 0
        guard MHD_get_timeout(daemon, &milliseconds) == .YES else { return }
        timer = loop.schedule(after: .milliseconds(Int64(clamping: milliseconds))) { [weak self] in
            self?.timer = nil
            self?.run()
        }
    }

    private func runSoon() {
        guard !isTurnWanted else { return }
        isTurnWanted = true
        loop.soon { [weak self] in
            self?.isTurnWanted = false
            self?.run()
        }
    }

    private func stop() {
        guard let daemon else { return }
        self.daemon = nil
        if let watch { loop.unwatch(watch) }
        if let timer { loop.cancel(timer) }
        // The library does not stop while a connection sleeps.
        for exchange in exchanges.values { exchange.answer(.text(503, "The server is stopping.")) }
        _ = MHD_run(daemon)
        MHD_stop_daemon(daemon)
        exchanges = [:]
    }

    // MARK: Callbacks of the library

    private func begin(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, url: UnsafePointer<CChar>?,
        slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    ) -> MHD_Result {
        guard let method, let url, let method = String(validatingCString: method),
            let path = String(validatingCString: url)
        else { return .NO }
        let fields = Pairs.collect(.HEADER_KIND, of: connection)
        let request = HTTPRequest(
            method, path, query: Pairs.collect(.GET_ARGUMENT_KIND, of: connection).map(Self.queryItem),
            headers: Dictionary(fields.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 }),
            peer: PeerIdentity(of: mh_connection_descriptor(connection)))
        let exchange = Exchange(request, on: connection, limits: limits) { [weak self] in self?.runSoon() }
        let key = UInt(bitPattern: connection)
        exchanges[key] = exchange
        slot.pointee = UnsafeMutableRawPointer(connection)
        return exchange.begin()
    }

    private func proceed(_ key: UInt, _ body: UnsafeRawBufferPointer) -> MHD_Result {
        guard let exchange = exchanges[key] else { return .NO }
        return body.isEmpty ? exchange.proceed(handler) : exchange.receive(body)
    }

    /// What does not decode stays as it was sent; whoever looks for a known value will not find it there.
    private static func queryItem(_ pair: Pairs.Pair) -> QueryItem {
        QueryItem(String(percentDecoding: pair.name) ?? pair.name, String(percentDecoding: pair.value) ?? pair.value)
    }
}

/// Collects name–value pairs from the library's callback.
private final class Pairs {
    typealias Pair = (name: String, value: String)

    private var pairs: [Pair] = []

    static func collect(_ kind: MHD_ValueKind, of connection: OpaquePointer) -> [Pair] {
        let collector = Pairs()
        let context = Unmanaged.passUnretained(collector).toOpaque()
        MHD_get_connection_values(
            connection, kind,
            { context, _, name, value in
                guard let context, let name else { return .YES }
                let collector = Unmanaged<Pairs>.fromOpaque(context).takeUnretainedValue()
                let text = value.map { String(decoding: $0) } ?? ""
                collector.pairs.append((String(decoding: name), text))
                return .YES
            }, context)
        return withExtendedLifetime(collector) { collector.pairs }
    }
}

extension String {
    /// Broken UTF-8 becomes replacement characters.
    fileprivate init(decoding text: UnsafePointer<CChar>) { self = String(cString: text) }
}
