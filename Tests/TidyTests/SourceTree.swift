// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// One Swift file of the package.
struct SourceFile: CustomTestStringConvertible, Sendable {
    let target: String
    let path: String
    let lines: [Substring]

    var testDescription: String { path }

    var imports: [String] {
        lines.compactMap { line in
            guard let match = line.firstMatch(of: #/^\s*(?:@\w+\s+)?(?:package |private |internal )?import (\w+)/#)
            else {
                return nil
            }
            return String(match.1)
        }
    }
}

enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    static let sources = ["Sources", "Simulators"].flatMap(read)
    static let tests = read("Tests")

    private static func read(_ top: String) -> [SourceFile] {
        let folder = root.appending(path: top)
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = (try? String(contentsOf: folder.appending(path: path), encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return SourceFile(target: String(path.prefix { $0 != "/" }), path: "\(top)/\(path)", lines: lines)
        }
    }
}
