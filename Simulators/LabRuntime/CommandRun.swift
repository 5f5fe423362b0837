// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops

/// A program that is run to its end.
package struct CommandRun: Sendable {
    package static let outputLimit = 4 << 20
    package static let patience = Duration.seconds(20)

    package let exit: Int32
    package let output: String
    package let errors: String

    /// - Parameter input: what it reads from its standard input.
    package init(
        _ path: String, _ arguments: [String], input: String = "", on pump: Pump
    ) throws(LabFault) {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let ended = Ended()
        let child: Child
        do throws(SystemFault) {
            let memory = try SealedMemory(name: "lab-input", Array(input.utf8))
            let settings = ChildSettings(
                path: path, arguments: arguments,
                environment: ["PATH": "/usr/bin:/bin", "SWIFT_BACKTRACE": "enable=no"],
                descriptors: [
                    0: .use(memory.descriptor.raw), 1: .collect(limit: Self.outputLimit),
                    2: .collect(limit: Self.outputLimit),
                ], hasOwnGroup: true)
            child = try Child(settings, on: pump.loop) { ended.result = $0 }
        } catch {
            throw LabFault(error, while: "running \(name)")
        }
        do throws(LabFault) {
            let line = ([name] + arguments).joined(separator: " ")
            try pump.wait(line, atMost: Self.patience) { ended.result != nil }
        } catch {
            child.kill(SIGKILL)
            throw error
        }
        guard let result = ended.result else { preconditionFailure("the wait ended with the result") }
        exit =
            switch result.status {
            case .exited(let code): code
            case .signalled(let signal): 128 + signal
            }
        output = String(decoding: result.output[1] ?? [], as: UTF8.self)
        errors = String(decoding: result.output[2] ?? [], as: UTF8.self)
    }

    private final class Ended {
        var result: ChildResult?
    }
}
