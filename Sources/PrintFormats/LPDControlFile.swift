// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Why a control file was not understood. Always the client's fault; names the line, counted from 1.
package enum LPDControlFileFault: Error, Hashable, Sendable {
    case tooLong(length: Int, limit: Int)
    case lineTooLong(line: Int, limit: Int)
    case missingName(line: Int)
    case tooManyDocuments(line: Int, limit: Int)
}

extension LPDControlFileFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let length, let limit): "control file of \(length) bytes, limit \(limit)"
        case .lineTooLong(let line, let limit): "line \(line): longer than \(limit) bytes"
        case .missingName(let line): "line \(line): no data file is named"
        case .tooManyDocuments(let line, let limit): "line \(line): more than \(limit) data files"
        }
    }
}

/// What the control file of an LPD job says (RFC 1179 section 7): one letter and its operand a line.
///
/// Nothing in it is proven: the user is whatever the client claims. Letters that say nothing about who prints what
/// (indent, banner, mail, width, fonts, LPRng's extensions) are passed over.
package struct LPDControlFile: Hashable, Sendable {
    package static let sizeLimit = 64 * 1024
    /// Octets of one line. The RFC allows 131 at most; clients send more.
    package static let lineLimit = 1024
    /// Bytes of UTF-8 kept of a name; the rest is cut off.
    package static let nameLimit = 255
    package static let documentLimit = 100
    package static let sourceNameLimit = 100

    /// One data file to print. A client asks for copies by repeating the print line.
    package struct Document: Hashable, Sendable {
        /// The print letter of the first line that names the file, one of `cdfglnoprtv`.
        package let letter: Character
        package let dataFile: String
        package let copies: Int

        package init(letter: Character, dataFile: String, copies: Int) {
            self.letter = letter
            self.dataFile = dataFile
            self.copies = copies
        }
    }

    package private(set) var host: String?
    package private(set) var user: String?
    package private(set) var jobName: String?
    package private(set) var jobClass: String?
    package private(set) var title: String?
    package private(set) var sourceNames: [String] = []
    /// In the order in which the print lines first name them.
    package private(set) var documents: [Document] = []

    package init(parsing bytes: [UInt8]) throws(LPDControlFileFault) {
        guard bytes.count <= Self.sizeLimit else { throw .tooLong(length: bytes.count, limit: Self.sizeLimit) }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, raw) in lines.enumerated() {
            let line = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
            guard line.count <= Self.lineLimit else { throw .lineTooLong(line: index + 1, limit: Self.lineLimit) }
            guard let letter = line.first else { continue }
            try read(letter: letter, operand: Array(line.dropFirst()), line: index + 1)
        }
    }

    /// What a person would call the job; nil when the client gave no name at all.
    package var displayName: String? { jobName ?? sourceNames.first ?? title }

    /// The copies of the document printed most often; 1 when there is none.
    package var copies: Int { documents.map(\.copies).max() ?? 1 }

    private mutating func read(letter: UInt8, operand: [UInt8], line: Int) throws(LPDControlFileFault) {
        switch letter {
        case UInt8(ascii: "H"): host = name(operand) ?? host
        case UInt8(ascii: "P"): user = name(operand) ?? user
        case UInt8(ascii: "J"): jobName = name(operand) ?? jobName
        case UInt8(ascii: "C"): jobClass = name(operand) ?? jobClass
        case UInt8(ascii: "T"): title = name(operand) ?? title
        case UInt8(ascii: "N"):
            if let source = name(operand), sourceNames.count < Self.sourceNameLimit { sourceNames.append(source) }
        case _ where Self.printLetters.contains(letter):
            try readPrintLine(Character(Unicode.Scalar(letter)), operand: operand, line: line)
        default: break
        }
    }

    private mutating func readPrintLine(
        _ letter: Character, operand: [UInt8], line: Int
    ) throws(LPDControlFileFault) {
        guard let file = name(operand) else { throw .missingName(line: line) }
        if let known = documents.firstIndex(where: { $0.dataFile == file }) {
            let document = documents[known]
            documents[known] = Document(letter: document.letter, dataFile: file, copies: document.copies + 1)
            return
        }
        guard documents.count < Self.documentLimit else {
            throw .tooManyDocuments(line: line, limit: Self.documentLimit)
        }
        documents.append(Document(letter: letter, dataFile: file, copies: 1))
    }

    private func name(_ operand: [UInt8]) -> String? {
        let isBlank = operand.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == 0 }
        return isBlank ? nil : String(foreignText: operand, limit: Self.nameLimit)
    }

    private static let printLetters = Set("cdfglnoprtv".utf8)
}
