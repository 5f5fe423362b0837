// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import Testing

extension Loop {
    /// Turns until `condition` holds; false after ten seconds, which no healthy test needs.
    func turn(until condition: () -> Bool) throws -> Bool {
        var isLate = false
        let limit = schedule(after: .seconds(10)) { isLate = true }
        defer { cancel(limit) }
        while !condition() && !isLate { try turn() }
        return condition()
    }

    /// Turns while there is something to do without waiting.
    func settle() throws { for _ in 0..<20 { try turn(mayWait: false) } }
}

/// A directory that is gone when its owner is.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let tag = try SystemRandom.bytes(8).map { String($0, radix: 16) }.joined()
        path = "/tmp/lanyard-test-" + tag
        try DurableFile.makeDirectory(path)
    }

    deinit { removeAll(path) }

    /// What is in it, in order.
    var names: [String] { Self.names(in: path) }

    private static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func removeAll(_ path: String) {
        for name in Self.names(in: path) { removeAll(path + "/" + name) }
        remove(path)
    }
}

/// A log that is looked at.
final class Lines {
    private final class Store {
        var lines: [String] = []
    }

    let observer: Observer
    private let store = Store()

    init() { observer = Observer(threshold: .debug) { [store] in store.lines.append($0) } }

    var all: [String] { store.lines }

    func has(_ part: String) -> Bool { all.contains { $0.contains(part) } }
}

/// The other end of a socket, and what it heard.
final class Peer {
    let stream: HostIO.Stream
    var bytes: [UInt8] = []
    var isOver = false

    init(_ descriptor: consuming Descriptor, on loop: Loop) throws {
        stream = try Stream(descriptor, on: loop)
        stream.onBytes = { [unowned self] in bytes += $0 }
        stream.onEnd = { [unowned self] in isOver = true }
        stream.onClosed = { [unowned self] _ in isOver = true }
    }

    deinit { stream.close() }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }

    static func tcp(_ port: UInt16, on loop: Loop) throws -> Peer {
        var peer: Peer?
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: loop) { result in
            if case .success(let descriptor) = consume result { peer = try? Peer(descriptor, on: loop) }
        }
        #expect(try loop.turn { peer != nil })
        connector.cancel()
        return try #require(peer)
    }
}

/// Runs a program to its end while the loop serves it.
func run(
    _ program: String, _ arguments: [String], on loop: Loop, _ descriptors: [CInt: ChildDescriptor] = [:]
) throws -> (status: HostIO.ExitStatus, output: String, errors: String) {
    var wanted: [CInt: ChildDescriptor] = [1: .collect(limit: 65_536), 2: .collect(limit: 65_536)]
    wanted.merge(descriptors) { _, new in new }
    var result: ChildResult?
    let settings = ChildSettings(
        path: program, arguments: arguments, environment: ["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"],
        descriptors: wanted)
    let child = try Child(settings, on: loop) { result = $0 }
    if try !loop.turn(until: { result != nil }) { child.end() }
    let ended = try #require(result)
    return (
        ended.status, String(decoding: ended.output[1] ?? [], as: UTF8.self),
        String(decoding: ended.output[2] ?? [], as: UTF8.self)
    )
}

/// For scripts that take their time; its whole output.
func runLong(
    _ program: String, _ arguments: [String], on loop: Loop
) throws -> (output: String, errors: String) {
    var result: ChildResult?
    let settings = ChildSettings(
        path: program, arguments: arguments,
        environment: ["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
        descriptors: [1: .collect(limit: 65_536), 2: .collect(limit: 65_536)])
    let child = try Child(settings, on: loop) { result = $0 }
    var isLate = false
    let timer = loop.schedule(after: .seconds(60)) { isLate = true }
    while result == nil && !isLate { try loop.turn() }
    loop.cancel(timer)
    if result == nil { child.end() }
    let ended = try #require(result, "it took too long")
    return (
        String(decoding: ended.output[1] ?? [], as: UTF8.self),
        String(decoding: ended.output[2] ?? [], as: UTF8.self)
    )
}
