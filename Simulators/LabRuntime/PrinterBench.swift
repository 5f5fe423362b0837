// SPDX-License-Identifier: Apache-2.0

import Crypto
package import HostIO
import Primitives
package import SimDevices

/// A simulated printer on a TCP port.
package final class PrinterBench {
    package private(set) var facts = PrinterFacts()
    /// Called when a job is through.
    package var onPrinted: ((SimPrintedJob) -> Void)?
    /// Called when bytes have come, before they are looked at.
    package var onBytes: (() -> Void)?

    package let port: UInt16

    /// Keeps the port ours while connections are refused.
    private let place: HeldPort
    private let loop: Loop
    private var listener: Listener?
    private let runner: MachineRunner<SimPrinter>
    private var streams: [Int: HostIO.Stream] = [:]
    private var lastConnection = 0

    /// - Parameter port: 0 for any that is free.
    package init(_ settings: SimPrinter.Settings, port: UInt16, on loop: Loop) throws(SystemFault) {
        place = try HeldPort(port)
        self.port = place.number
        self.loop = loop
        runner = MachineRunner(SimPrinter(settings: settings, cryptography: .openSSL), on: loop)
        runner.perform = { [weak self] in self?.perform($0) }
        try listen()
    }

    private func listen() throws(SystemFault) {
        listener = try Listener.tcp(.loopback4, port: port, on: loop) { [weak self] descriptor, _ in
            self?.connected(descriptor)
        }
    }

    package func obey(_ fault: PrinterFault) { runner.feed(.command(fault.command)) }

    private func connected(_ descriptor: consuming Descriptor) {
        guard let stream = try? HostIO.Stream(descriptor, on: loop) else { return }
        lastConnection += 1
        facts.connections += 1
        let id = lastConnection
        streams[id] = stream
        stream.onBytes = { [weak self] bytes in
            self?.onBytes?()
            self?.facts.bytes += bytes.count
            self?.runner.feed(.received(id, bytes))
        }
        stream.onClosed = { [weak self] _ in
            self?.streams[id] = nil
            self?.runner.feed(.disconnected(id))
        }
        runner.feed(.connected(id))
    }

    private func perform(_ action: SimPrinter.Action) {
        switch action {
        case .send(let id, let bytes): streams[id]?.write(bytes)
        case .close(let id): streams.removeValue(forKey: id)?.close()
        case .pauseReading(let id): streams[id]?.pauseReading()
        case .resumeReading(let id): streams[id]?.resumeReading()
        case .listen(false):
            listener?.close()
            listener = nil
        case .listen(true):
            // Nobody else can have taken the port.
            if listener == nil { try? listen() }
        case .printed(let job):
            facts.jobs += 1
            facts.pages += job.pages
            onPrinted?(job)
        case .violation(let what):
            if facts.violations.count < PrinterFacts.violationLimit { facts.violations.append(what) }
        }
    }
}

/// What a simulated printer has seen since it was started.
package struct PrinterFacts: Hashable, Sendable {
    /// Later ones are not kept.
    package static let violationLimit = 100

    package var connections = 0
    /// As they came in, job control included.
    package var bytes = 0
    package var jobs = 0
    package var pages = 0
    /// What the other side did that no print server may do.
    package var violations: [String] = []

    package init() {}

    package var json: JSONValue {
        [
            "connections": .integer(connections), "bytes": .integer(bytes), "jobs": .integer(jobs),
            "pages": .integer(pages), "violations": .array(violations.map { .string($0) }),
        ]
    }

    package init(_ json: JSONValue) {
        connections = json["connections"]?.integer ?? 0
        bytes = json["bytes"]?.integer ?? 0
        jobs = json["jobs"]?.integer ?? 0
        pages = json["pages"]?.integer ?? 0
        violations = json["violations"]?.array?.compactMap(\.string) ?? []
    }
}

/// What a simulated printer tells about a job that is through.
package struct PrintedDocument: Hashable, Sendable {
    package let name: String
    package let user: String
    package let title: String
    package let bytes: Int
    /// Of the document alone, in lower-case hexadecimal.
    package let sha256: String
    package let pages: Int
    /// Ended as a job ends, not by a lost connection.
    package let isWhole: Bool
    /// How the printer was told to print: RENDERMODE, DUPLEX, BINDING.
    package let modes: [String: String]

    package init(_ job: SimPrintedJob) {
        name = job.name
        user = job.user
        title = job.title
        bytes = job.byteCount
        sha256 = job.sha256
        pages = job.pages
        isWhole = job.isWhole
        modes = job.modes
    }

    package var json: JSONValue {
        [
            "name": .string(name), "user": .string(user), "title": .string(title), "bytes": .integer(bytes),
            "sha256": .string(sha256), "pages": .integer(pages), "whole": .bool(isWhole),
            "modes": .object(modes.mapValues { .string($0) }),
        ]
    }

    package init(_ json: JSONValue) {
        name = json["name"]?.string ?? ""
        user = json["user"]?.string ?? ""
        title = json["title"]?.string ?? ""
        bytes = json["bytes"]?.integer ?? 0
        sha256 = json["sha256"]?.string ?? ""
        pages = json["pages"]?.integer ?? 0
        isWhole = json["whole"]?.bool ?? false
        guard case .object(let fields) = json["modes"] else {
            modes = [:]
            return
        }
        modes = fields.compactMapValues(\.string)
    }
}
