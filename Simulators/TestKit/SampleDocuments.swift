// SPDX-License-Identifier: Apache-2.0

import HostIO

/// The documents in Simulators/Documents with the page numbers that a person wrote down.
package enum SampleDocuments {
    package struct Row: Sendable {
        package let name: String
        package let pages: Int
        package let colorPages: Int
    }

    package static let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Documents"

    package static func bytes(_ name: String) throws -> [UInt8] {
        try DurableFile.read(folder + "/" + name, limit: 64 << 20)
    }

    package static func manifest() throws -> [String: Row] {
        let text = String(decoding: try bytes("documents.txt"), as: UTF8.self)
        let rows = try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, let pages = Int(words[2]), let colorPages = Int(words[3]) else {
                throw TestFault("documents.txt: cannot understand \(line)")
            }
            return Row(name: words[0], pages: pages, colorPages: colorPages)
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0) })
    }
}
