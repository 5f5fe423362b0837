// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The documents in Simulators/Documents with the page numbers that a person wrote down.
enum SampleDocuments {
    struct Row: Sendable {
        let name: String
        let pages: Int
        let colorPages: Int
    }

    static let folder = URL(filePath: #filePath).appending(path: "../../../Simulators/Documents").standardized

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    static func manifest() throws -> [String: Row] {
        let text = try String(contentsOf: folder.appending(path: "documents.txt"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ").map(String.init)
            return Row(name: words[0], pages: Int(words[2])!, colorPages: Int(words[3])!)
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0) })
    }
}
