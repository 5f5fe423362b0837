// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO

/// Where the programs are that a lab starts.
package struct Programs: Sendable {
    /// Of all programs of this package, the lab's own included.
    package let folder: String

    /// - Parameter folder: `nil` for that of the running program.
    package init(folder: String?) throws(LabFault) {
        if let folder { self.folder = folder } else { self.folder = try Self.own() }
        for name in ["lanyard-server", "lanyard-agent", "lanyard", "lanyard-lab"] {
            guard access(path(name), X_OK) == 0 else {
                throw LabFault("\(path(name)) is missing; build everything, or name the folder with --bin")
            }
        }
    }

    package func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// `nil` when no folder of PATH has it.
    package static func search(_ name: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The LPD client of the distribution.
    package static func printClient() throws(LabFault) -> String {
        guard let client = search("rlpr") else {
            throw LabFault("rlpr is missing: it is the LPD client that the lab prints with. apt-get install rlpr")
        }
        return client
    }

    /// The sample documents, in the source tree around the programs or installed.
    package func documents(_ wanted: String?) throws(LabFault) -> SampleDocuments {
        if let wanted { return try SampleDocuments(folder: wanted) }
        var above = folder[...]
        while let slash = above.lastIndex(of: "/") {
            above = above[..<slash]
            let candidate = "\(above)/Simulators/Documents"
            if LabFolder.exists(candidate + "/documents.txt") { return try SampleDocuments(folder: candidate) }
        }
        let installed = "/usr/share/lanyard/documents"
        guard LabFolder.exists(installed + "/documents.txt") else {
            throw LabFault("the sample documents are not found; name their folder with --documents")
        }
        return try SampleDocuments(folder: installed)
    }

    private static func own() throws(LabFault) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw LabFault("/proc/self/exe cannot be read; is /proc mounted?") }
        let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }
}
