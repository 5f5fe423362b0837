// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

@Suite struct ChildTests {
    /// Runs a shell script to its end.
    static func shell(
        _ script: String, _ descriptors: [CInt: ChildDescriptor] = [:], environment: [String: String] = [:]
    ) throws -> ChildResult {
        let loop = try Loop()
        var result: ChildResult?
        let settings = ChildSettings(
            path: "/bin/sh", arguments: ["-c", script], environment: environment, descriptors: descriptors)
        _ = try Child(settings, on: loop) { result = $0 }
        #expect(try loop.turn { result != nil })
        return try #require(result)
    }

    @Test func theExitCodeIsReported() throws {
        #expect(try Self.shell("exit 42").status == .exited(42))
        #expect(try Self.shell("kill -9 $$").status == .signalled(9))
    }

    @Test func outputIsCollectedUpToItsLimit() throws {
        let descriptors: [CInt: ChildDescriptor] = [
            1: .collect(limit: 5), 2: .collect(limit: 5), 3: .collect(limit: 9),
        ]
        let result = try Self.shell("printf 12345; printf 123456 >&2; printf three >&3", descriptors)
        #expect(result.output[1] == Array("12345".utf8) && result.output[2] == Array("12345".utf8))
        #expect(result.output[3] == Array("three".utf8))
        #expect(result.cut == [2])
    }

    @Test func moreOutputThanAPipeHoldsDoesNotBlockTheChild() throws {
        let result = try Self.shell("head -c 1000000 /dev/zero; exit 3", [1: .collect(limit: 200_000)])
        #expect(result.status == .exited(3) && result.output[1]?.count == 200_000 && result.cut == [1])
    }

    @Test func descriptorsMayTradePlaces() throws {
        let one = try Descriptor.pipe(nonBlocking: false)
        let two = try Descriptor.pipe(nonBlocking: false)
        try one.writer.writeAll([0x41, 0x0A])
        try two.writer.writeAll([0x42, 0x0A])
        let (low, high) = (min(one.reader.raw, two.reader.raw), max(one.reader.raw, two.reader.raw))
        let result = try Self.shell(
            "read a </dev/fd/\(low); read b </dev/fd/\(high); printf $a$b",
            [low: .use(high), high: .use(low), 1: .collect(limit: 10)])
        let lowIsOne = low == one.reader.raw
        #expect(result.output[1] == Array((lowIsOne ? "BA" : "AB").utf8))
    }

    @Test func onlyTheGivenDescriptorsAndVariablesArePassedOn() throws {
        let result = try Self.shell(
            "ls /proc/self/fd | wc -l; env | sort | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=",
            [1: .collect(limit: 1000)], environment: ["A": "1", "PATH": "/usr/bin:/bin"])
        let lines = String(decoding: result.output[1] ?? [], as: UTF8.self).split(separator: "\n")
        // Three of its own, and the one that ls lists with.
        #expect(lines == ["4", "A=1", "PATH=/usr/bin:/bin"])
    }

    @Test func noSignalIsBlockedOrIgnored() throws {
        _ = try Loop()
        let result = try Self.shell("grep -E 'SigBlk|SigIgn' /proc/self/status", [1: .collect(limit: 1000)])
        let lines = String(decoding: result.output[1] ?? [], as: UTF8.self).split(separator: "\n")
        // Signals 32 and 33 belong to the C library.
        let masks = lines.map { UInt64($0.suffix(16), radix: 16).map { $0 & ~0x1_8000_0000 } }
        #expect(masks == [0, 0])
    }

    @Test func anEndedChildIsGoneAtOnceAndNobodyIsTold() throws {
        let loop = try Loop()
        var isTold = false
        let settings = ChildSettings(
            path: "/bin/sleep", arguments: ["100"], descriptors: [1: .collect(limit: 10), 2: .null])
        let child = try Child(settings, on: loop) { _ in isTold = true }
        child.end()
        child.end()
        child.kill(SIGTERM)
        #expect(kill(child.process, 0) < 0 && errno == ESRCH)
        for _ in 0..<5 { try loop.turn(mayWait: false) }
        #expect(!isTold)
    }

    @Test func aGroupIsKilledAsAWhole() throws {
        let loop = try Loop()
        var result: ChildResult?
        let pipe = try Descriptor.pipe(nonBlocking: true).take()
        let settings = ChildSettings(
            path: "/bin/sh", arguments: ["-c", "sleep 100 & echo started; wait"],
            descriptors: [1: .use(pipe.writer)], hasOwnGroup: true)
        let child = try Child(settings, on: loop) { result = $0 }
        close(pipe.writer)
        let output = try Stream(Descriptor(owning: pipe.reader), on: loop)
        var isClosed = false
        output.onBytes = { _ in child.kill(SIGKILL) }
        output.onClosed = { _ in isClosed = true }
        // The pipe ends only when the grandchild is gone, too.
        #expect(try loop.turn { result != nil && isClosed })
        #expect(result?.status == .signalled(SIGKILL))
        child.kill(SIGKILL)
    }

    @Test func aMissingProgramIsAFault() throws {
        let loop = try Loop()
        #expect(throws: SystemFault(call: "posix_spawn /no/such", errno: ENOENT)) {
            _ = try Child(ChildSettings(path: "/no/such"), on: loop) { _ in }
        }
    }
}
