// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing

/// Runs one test of this program in a process of its own, which another program starts: the words before ours.
func runAgain(_ test: String, through words: [String], environment: [String: String]) throws {
    var program = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &program, program.count - 1)
    try #require(length > 0)
    let path = String(decoding: program[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let own = [path, "--testing-library", "swift-testing", "--filter", test]
    var environment = environment
    environment.merge(["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"]) { own, _ in own }
    environment["LD_LIBRARY_PATH"] = getenv("LD_LIBRARY_PATH").map { String(cString: $0) }
    let settings = ChildSettings(
        path: words[0], arguments: words.dropFirst() + own, environment: environment,
        descriptors: [1: .collect(limit: 100_000), 2: .collect(limit: 100_000)])
    let loop = try Loop()
    var result: ChildResult?
    _ = try Child(settings, on: loop) { result = $0 }
    while result == nil { try loop.turn() }
    let output = String(decoding: (result?.output[1] ?? []) + (result?.output[2] ?? []), as: UTF8.self)
    #expect(result?.status == .exited(0), "\(output)")
    #expect(output.contains("1 test"), "the test did not run inside: \(output)")
}
