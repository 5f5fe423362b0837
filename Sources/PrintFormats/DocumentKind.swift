// SPDX-License-Identifier: Apache-2.0

/// The language of a document, told by its first bytes and by nothing the client says.
package enum DocumentKind: String, Sendable, CaseIterable {
    case pdf
    case postScript = "postscript"
    case pwgRaster = "pwg-raster"
    case urf
    case pcl5
    case pclXL = "pcl-xl"
    case text
    case unknown

    /// Enough bytes to decide; more are not looked at.
    package static let sniffLength = 4096

    /// A PJL wrapper in front (UEL, `@PJL` lines) is passed over; its ENTER LANGUAGE decides only where the bytes
    /// behind it do not.
    package init(sniffing first: some Sequence<UInt8>) {
        let window = Array(first.prefix(Self.sniffLength))
        let (length, language) = Self.wrapper(of: window)
        let own = Self.kind(of: window.dropFirst(length))
        let isVague = own == .unknown || own == .text
        self = isVague ? language ?? own : own
    }

    /// The octets of the PJL wrapper in front of a document, 0 when there is none.
    package static func wrapperLength(_ first: some Sequence<UInt8>) -> Int {
        wrapper(of: Array(first.prefix(sniffLength))).length
    }

    private static func wrapper(of window: [UInt8]) -> (length: Int, language: DocumentKind?) {
        var rest = window[...]
        var language: DocumentKind?
        if rest.starts(with: PJL.uel) { rest = rest.dropFirst(PJL.uel.count) }
        while rest.starts(with: "@PJL".utf8) {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") && $0 != PJL.escape }
            language = Self.language(entering: line) ?? language
            rest = rest.dropFirst(line.count)
            if rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
            if rest.starts(with: PJL.uel) { rest = rest.dropFirst(PJL.uel.count) }
        }
        return (rest.startIndex, language)
    }

    private static func kind(of bytes: ArraySlice<UInt8>) -> DocumentKind {
        let pdfHeader = bytes.prefix(1024)
        if bytes.starts(with: "RaS2".utf8) { return .pwgRaster }
        if bytes.starts(with: Array("UNIRAST\0".utf8)) { return .urf }
        if bytes.dropFirst().starts(with: " HP-PCL XL;".utf8) { return .pclXL }
        let start = bytes.drop { $0 <= UInt8(ascii: " ") && $0 != PJL.escape }
        if start.starts(with: "%!".utf8) { return .postScript }
        if contains("%PDF-", in: pdfHeader) { return .pdf }
        if start.first == PJL.escape, let next = start.dropFirst().first {
            return "E&*()%9=".utf8.contains(next) ? .pcl5 : .unknown
        }
        return isText(bytes) ? .text : .unknown
    }

    private static func contains(_ mark: String, in bytes: ArraySlice<UInt8>) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: mark.utf8) }
    }

    /// Printable octets of any encoding and the usual format effectors (BS, TAB, LF, FF, CR).
    private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
        let effectors: Set<UInt8> = [8, 9, 10, 12, 13]
        return !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || effectors.contains($0) }
    }

    private static func language(entering line: ArraySlice<UInt8>) -> DocumentKind? {
        let words = PJL.words(of: line)
        guard words.count >= 5, words[1...3] == ["ENTER", "LANGUAGE", "="] else { return nil }
        switch words[4] {
        case "PDF": return .pdf
        case "POSTSCRIPT": return .postScript
        case "PCL": return .pcl5
        case "PCLXL": return .pclXL
        case "PWGRASTER", "PWG": return .pwgRaster
        case "URF": return .urf
        default: return nil
        }
    }
}
