// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import HostIO
import Ops
import Testing
import TestKit

/// `lanyard report --via`, with the built programs.
@Suite struct ReportViaTests {
    private static let bin = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
    private let loop: Loop
    private let folder: TemporaryDirectory

    init() throws {
        loop = try Loop()
        folder = try TemporaryDirectory()
    }

    private final class Server {
        let port: UInt16
        private let child: Child

        init(_ bin: String, _ folder: String, on loop: Loop) throws {
            let conf = """
                state = \(folder)/state
                listen = 127.0.0.1
                release-port = 0
                lpd-port = 0
                admin-socket = \(folder)/admin.sock
                """
            try DurableFile.write(Array(conf.utf8), to: folder + "/conf")
            let ends = try Descriptor.pipe(nonBlocking: true).take()
            let reader = Descriptor(owning: ends.reader)
            let writer = Descriptor(owning: ends.writer)
            var said: [UInt8] = []
            child = try Child(
                ChildSettings(
                    path: bin + "/lanyard-server", arguments: ["--config", folder + "/conf", "--ready-fd", "3"],
                    environment: ["SWIFT_BACKTRACE": "enable=no"],
                    descriptors: [3: .use(writer.raw)]), on: loop
            ) { _ in }
            let watch = try loop.watch(reader.raw, .read) { _ in
                if let piece = try? reader.read(limit: 256) { said += piece }
            }
            let isReady = try loop.turn { said.contains(0x0A) }
            loop.unwatch(watch)
            #expect(isReady)
            let words = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            let word = try #require(words.first { $0.hasPrefix("release=") })
            port = try #require(UInt16(word.dropFirst("release=".count)))
        }

        deinit { child.end() }
    }

    private func lanyard(
        _ words: [String], input: String = ""
    ) throws -> ProgramRun {
        let ends = try Descriptor.pipe(nonBlocking: false).take()
        let reader = Descriptor(owning: ends.reader)
        let writer = Descriptor(owning: ends.writer)
        try writer.writeAll(Array(input.utf8)[...])
        _ = Glibc.close(writer.release())
        return try run(Self.bin + "/lanyard", words, on: loop, [0: .use(reader.raw)])
    }

    /// Each has the key of all: the server would end the connection of one when the next one comes.
    @Test func reportsAtOnceWithOneKeyAreAllAnswered() throws {
        let server = try Server(Self.bin, folder.path, on: loop)
        let there = ["--via", "127.0.0.1:\(server.port)", "--identity", folder.path + "/id"]
        let made = try lanyard(["--socket", folder.path + "/admin.sock", "agent", "enrol-code", "--right", "reports"])
        _ = try lanyard(["report", "enrol"] + there, input: String(made.output.prefix { $0 != "\n" }) + "\n")
        var ended: [ChildResult] = []
        let children = try (0..<8).map { _ in
            try Child(
                ChildSettings(
                    path: Self.bin + "/lanyard", arguments: ["report", "history"] + there,
                    environment: ["SWIFT_BACKTRACE": "enable=no"],
                    descriptors: [1: .collect(limit: 65_536), 2: .collect(limit: 65_536)]), on: loop
            ) { ended.append($0) }
        }
        defer { for child in children { child.end() } }
        _ = try loop.turn { ended.count == children.count }
        let errors = ended.map { String(decoding: $0.output[2] ?? [], as: UTF8.self) }
        #expect(ended.count == 8 && ended.allSatisfy { $0.status == .exited(0) }, "\(errors)")
    }

    @Test func aProgramEnrolsAndReadsReportsFromElsewhere() throws {
        let server = try Server(Self.bin, folder.path, on: loop)
        let admin = ["--socket", folder.path + "/admin.sock"]
        let there = ["--via", "127.0.0.1:\(server.port)", "--identity", folder.path + "/id"]
        let early = try lanyard(["report", "users"] + there)
        #expect(early.status == .exited(Exit.settings.rawValue) && early.errors.contains("report enrol"))
        let made = try lanyard(admin + ["agent", "enrol-code", "--right", "reports"])
        let code = String(made.output.prefix { $0 != "\n" })
        let enrolled = try lanyard(["report", "enrol", "--name", "desk"] + there, input: code + "\n")
        #expect(enrolled.output == "Enrolled at 127.0.0.1:\(server.port) as desk.\n", "\(enrolled)")
        for report in ["users", "departments", "history"] {
            let here = try lanyard(admin + ["report", report])
            let far = try lanyard(["report", report] + there)
            #expect(far.output == here.output && far.status == .exited(0), "\(far)")
        }
        let csv = try lanyard(["report", "users", "--summary", "--format", "csv"] + there)
        #expect(csv.output.hasPrefix("user,department,releases"), "\(csv)")
        let again = try lanyard(["report", "enrol"] + there, input: code + "\n")
        #expect(again.status == .exited(Exit.unavailable.rawValue), "a code works once: \(again)")
        let audit = try lanyard(admin + ["audit"])
        #expect(audit.output.contains("desk") && audit.output.contains("history all"), "\(audit)")
        let seen = audit.output.split(separator: "\n").filter { $0.contains("report-seen") }
        // The same question within a minute is counted.
        let subjects = ["users all", "history all"]
        #expect(subjects.allSatisfy { subject in seen.contains { $0.contains(subject) } }, "\(audit)")
        _ = try lanyard(admin + ["agent", "revoke-right", "desk", "reports"])
        let refused = try lanyard(["report", "users"] + there)
        #expect(refused.status == .exited(Exit.permission.rawValue) && refused.errors.contains("agent grant"))
        _ = try lanyard(admin + ["agent", "revoke", "desk"])
        #expect(try lanyard(["report", "users"] + there).status == .exited(Exit.permission.rawValue))
    }
}
