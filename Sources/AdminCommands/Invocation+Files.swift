// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import Primitives

/// What a command reads besides its arguments.
extension Invocation {
    static var fileLimit: Int { 4 << 20 }

    /// Of a file, or of standard input for `-`; empty ones and those that begin with # are left out.
    func lines(of path: String) throws(OperatorError) -> [String] {
        var all: [String] = []
        if path == "-" {
            while let line = console.readLine(), all.count < 100_000 { all.append(line) }
        } else {
            let text = String(decoding: try bytes(of: path, limit: Self.fileLimit), as: UTF8.self)
            all = text.split(whereSeparator: \.isNewline).map(String.init)
        }
        return all.filter { line in
            let first = line.first { !$0.isWhitespace }
            return first != nil && first != "#"
        }
    }

    /// Of a file, or all of standard input for `-`.
    func bytes(of path: String, limit: Int) throws(OperatorError) -> [UInt8] {
        do throws(SystemFault) {
            let bytes = try path == "-" ? console.readAll(limit).get() : DurableFile.read(path, limit: limit)
            guard bytes.count <= limit else { throw SystemFault(call: "read", errno: EFBIG) }
            return bytes
        } catch {
            let shown = path.displaySafe(limit: 128).debugDescription
            throw error.errno == EFBIG
                ? OperatorError(.inputInvalid, "the file \(shown) is larger than \(limit >> 20) MiB", remedy: "Cut it.")
                : OperatorError(
                    .inputInvalid, "the file \(shown) cannot be read",
                    remedy: "Is the name right, and may you read it?",
                    cause: error)
        }
    }
}
