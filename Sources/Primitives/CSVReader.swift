// SPDX-License-Identifier: Apache-2.0

/// Reads comma-separated values (RFC 4180) as spreadsheets and directories write them: lines end in CR LF or LF, the
/// last one perhaps in neither, and another character may stand between the fields.
package struct CSVReader {
    package struct Record: Hashable, Sendable {
        /// On which it begins, from 1.
        package let line: Int
        package let fields: [String]
        /// Else the bytes of a field were changed.
        package var isUTF8 = true
    }

    private var rest: ArraySlice<UInt8>
    private let separator: UInt8
    private let fieldLimit: Int
    private var line = 1
    /// All fields of this record so far are.
    private var isUTF8 = true

    /// - Parameter fieldLimit: bytes of one field.
    package init(_ bytes: ArraySlice<UInt8>, separator: UInt8 = UInt8(ascii: ","), fieldLimit: Int) {
        rest = bytes
        self.separator = separator
        self.fieldLimit = fieldLimit
    }

    /// `nil` at the end. After a fault the rest means nothing.
    package mutating func next() throws(CSVFault) -> Record? {
        guard !rest.isEmpty else { return nil }
        let start = line
        var fields: [String] = []
        isUTF8 = true
        while true {
            fields.append(try takeField())
            guard let byte = rest.popFirst() else { return Record(line: start, fields: fields, isUTF8: isUTF8) }
            switch byte {
            case separator: continue
            case Self.newline:
                line += 1
                return Record(line: start, fields: fields, isUTF8: isUTF8)
            case Self.carriageReturn:
                guard rest.popFirst() == Self.newline else { throw CSVFault(line: line, .strayReturn) }
                line += 1
                return Record(line: start, fields: fields, isUTF8: isUTF8)
            default: throw CSVFault(line: line, .strayQuote)
            }
        }
    }

    private mutating func takeField() throws(CSVFault) -> String {
        if rest.first == Self.quote { return try takeQuoted() }
        let end = rest.firstIndex {
            $0 == separator || $0 == Self.newline || $0 == Self.carriageReturn || $0 == Self.quote
        }
        let bare = rest[..<(end ?? rest.endIndex)]
        rest = rest[bare.endIndex...]
        return try text(bare, at: line)
    }

    private mutating func takeQuoted() throws(CSVFault) -> String {
        let start = line
        rest.removeFirst()
        var field: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == Self.quote {
                guard rest.first == Self.quote else { return try text(field[...], at: start) }
                rest.removeFirst()
            }
            if byte == Self.newline { line += 1 }
            guard field.count < fieldLimit else { throw CSVFault(line: start, .tooLong(limit: fieldLimit)) }
            field.append(byte)
        }
        throw CSVFault(line: start, .openQuote)
    }

    /// What is no UTF-8 hides no separator, so the records behind it can be read.
    private mutating func text(_ bytes: ArraySlice<UInt8>, at line: Int) throws(CSVFault) -> String {
        guard bytes.count <= fieldLimit else { throw CSVFault(line: line, .tooLong(limit: fieldLimit)) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            isUTF8 = false
            return String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}

/// Why bytes are no comma-separated values. It repeats none of them.
package struct CSVFault: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Within a bare field, or something but a separator behind the closing one.
        case strayQuote
        case openQuote
        /// A carriage return without a newline.
        case strayReturn
        case tooLong(limit: Int)
    }

    package let line: Int
    package let kind: Kind

    package init(line: Int, _ kind: Kind) {
        self.line = line
        self.kind = kind
    }
}

extension CSVFault: CustomStringConvertible {
    package var description: String {
        switch kind {
        case .strayQuote:
            "a quote stands where none may: a field with a quote in it has quotes around it, and the inner one doubled"
        case .openQuote: "the quote that begins a field here is never closed"
        case .strayReturn: "a carriage return stands alone: lines end in CR LF or LF"
        case .tooLong(let limit): "a field is longer than \(limit) bytes: is a quote missing?"
        }
    }
}
