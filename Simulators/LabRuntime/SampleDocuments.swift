// SPDX-License-Identifier: Apache-2.0

import Crypto
import Ops
import Primitives

/// A document that is shipped for the lab, with what is known about it from how it was made.
package struct SampleDocument: Hashable, Sendable {
    package let name: String
    package let path: String
    /// Lower-case hexadecimal.
    package let sha256: String
    package let pages: Int
    package let colorPages: Int

    package init(name: String, path: String, sha256: String, pages: Int, colorPages: Int) {
        self.name = name
        self.path = path
        self.sha256 = sha256
        self.pages = pages
        self.colorPages = colorPages
    }
}

/// The folder of sample documents and its list `documents.txt`: name, SHA-256, pages, colour pages.
package struct SampleDocuments: Sendable {
    package let folder: String
    package let all: [SampleDocument]

    package init(folder: String) throws(LabFault) {
        self.folder = folder
        let list = String(decoding: try LabFolder.read(folder + "/documents.txt"), as: UTF8.self)
        var all: [SampleDocument] = []
        for line in list.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 4, let pages = Int(words[2]), let colorPages = Int(words[3]) else {
                throw LabFault("\(folder)/documents.txt: cannot understand \(line.debugDescription)", exit: .badData)
            }
            let path = folder + "/" + words[0]
            let document = SampleDocument(
                name: words[0], path: path, sha256: words[1], pages: pages, colorPages: colorPages)
            guard Hexadecimal.text(SHA256.hash(try LabFolder.read(path))) == document.sha256 else {
                throw LabFault("\(path) is not the document that documents.txt describes", exit: .badData)
            }
            all.append(document)
        }
        self.all = all
    }

    package func document(_ name: String) throws(LabFault) -> SampleDocument {
        guard let document = all.first(where: { $0.name == name }) else {
            throw LabFault("\(folder) has no \(name)", exit: .badData)
        }
        return document
    }

    /// Pages by SHA-256: what a simulated printer takes from each document.
    package var catalogue: [String: Int] { Dictionary(all.map { ($0.sha256, $0.pages) }) { first, _ in first } }
}
