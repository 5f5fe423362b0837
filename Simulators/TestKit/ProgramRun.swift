// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO

/// How a program's run ended.
package struct ProgramRun {
    package let result: ChildResult

    package var status: HostIO.ExitStatus { result.status }
    package var output: String { text(1) }
    package var errors: String { text(2) }

    private func text(_ number: CInt) -> String { String(decoding: result.output[number] ?? [], as: UTF8.self) }
}

/// What a program gets that a test starts: nothing of the user's.
private let environment = ["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]

/// The most that is kept of a program's output and of its complaints.
private let outputLimit = 100_000

/// Runs a program to its end while the loop serves it. One that does not end in time is killed.
package func run(
    _ program: String, _ arguments: [String], on loop: Loop, _ descriptors: [CInt: ChildDescriptor] = [:],
    more: [String: String] = [:]
) throws -> ProgramRun {
    var wanted: [CInt: ChildDescriptor] = [1: .collect(limit: outputLimit), 2: .collect(limit: outputLimit)]
    wanted.merge(descriptors) { _, new in new }
    let settings = ChildSettings(
        path: program, arguments: arguments, environment: environment.merging(more) { _, new in new },
        descriptors: wanted, hasOwnGroup: true)
    let result = Box<ChildResult?>(nil)
    let child = try Child(settings, on: loop) { result.value = $0 }
    // Twice, because a program may itself wait as long as a test does.
    _ = try loop.turn(atMost: Patience.limit * 2) { result.value != nil }
    guard let result = result.value else {
        child.end()
        throw TestFault("\(program) \(arguments.joined(separator: " ")) does not end")
    }
    return ProgramRun(result: result)
}

/// Runs one test of this program in a process of its own, which another program starts: the words before ours.
package func runAgain(_ test: String, through words: [String], environment: [String: String]) throws {
    var environment = environment
    environment["LD_LIBRARY_PATH"] = getenv("LD_LIBRARY_PATH").map { String(cString: $0) }
    let own = [try ownPath(), "--testing-library", "swift-testing", "--filter", test]
    let run = try run(words[0], words.dropFirst() + own, on: try Loop(), more: environment)
    guard run.status == .exited(0) else { throw TestFault("\(run.status): \(run.output)\(run.errors)") }
    guard (run.output + run.errors).contains("1 test") else {
        throw TestFault("the test did not run inside: \(run.output)\(run.errors)")
    }
}

private func ownPath() throws(SystemFault) -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &path, path.count - 1)
    guard length > 0 else { throw SystemFault(call: "readlink /proc/self/exe", errno: errno) }
    return String(decoding: path[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
}
