// SPDX-License-Identifier: Apache-2.0

/// Documents that nobody prints in good faith. They have no cross-reference table, so the reader must rebuild it.
enum HostilePDF {
    static func document(_ objects: [String]) -> [UInt8] {
        let body = objects.enumerated().map { "\($0.offset + 1) 0 obj\n\($0.element)\nendobj\n" }.joined()
        return Array("%PDF-1.4\n\(body)trailer\n<< /Root 1 0 R /Size \(objects.count + 1) >>\n%%EOF\n".utf8)
    }

    static let catalog = "<< /Type /Catalog /Pages 2 0 R >>"
    static let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"

    static let onePage = document([catalog, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page])
    static let millionClaimed = document([catalog, "<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>", page])
    static let negativeClaim = document([catalog, "<< /Type /Pages /Kids [3 0 R] /Count -5 >>", page])
    static let loop = document([
        catalog, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Pages /Kids [2 0 R] /Parent 2 0 R /Count 1 >>",
    ])
    static let ownChild = document([catalog, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"])
    static let noPages = document([catalog, "<< /Type /Pages /Kids [] /Count 0 >>"])
    static let noTree = document(["<< /Type /Catalog >>"])

    /// Arrays within arrays, where the reader must look.
    static let deepArrays = document([
        catalog,
        "<< /Type /Pages /Kids " + String(repeating: "[", count: 100_000)
            + String(repeating: "]", count: 100_000) + " /Count 1 >>",
    ])

    /// A page tree with one node a level.
    static func deepTree(levels: Int) -> [UInt8] {
        let nodes = (3..<(levels + 2)).map { "<< /Type /Pages /Kids [\($0) 0 R] /Count 1 >>" }
        return document([catalog] + nodes + ["<< /Type /Page /MediaBox [0 0 9 9] >>"])
    }
}
