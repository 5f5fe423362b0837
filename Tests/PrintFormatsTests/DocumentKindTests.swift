// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import Testing
import TestKit

@Suite struct DocumentKindTests {
    static let uel = "\u{1B}%-12345X"

    @Test(arguments: [
        ("%PDF-1.7\n", DocumentKind.pdf), ("\u{FEFF}%PDF-1.4", .pdf), ("junk\n%PDF-1.4", .pdf),
        ("%!PS-Adobe-3.0\n", .postScript), ("\u{4}%!PS\n", .postScript), ("%!PS-Adobe-3.0\n%PDF-1.4", .postScript),
        ("RaS2PwgRaster", .pwgRaster), ("UNIRAST\0\0\0\0\u{1}", .urf), ("\u{1B}E\u{1B}&l0O", .pcl5),
        ("\u{1B}&k2G", .pcl5), (") HP-PCL XL;2;0\n", .pclXL), ("Hello\r\nworld\t!\u{0C}", .text), ("", .unknown),
        ("\u{0}\u{1}\u{2}", .unknown), ("PK\u{3}\u{4}", .unknown), ("\u{1B}zz", .unknown),
    ])
    func theFirstBytesTell(start: String, kind: DocumentKind) {
        #expect(DocumentKind(sniffing: start.utf8) == kind)
    }

    @Test(arguments: [
        ("@PJL\r\n@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE = PDF\r\n%PDF-1.4", DocumentKind.pdf),
        ("@PJL ENTER LANGUAGE=POSTSCRIPT\n%!PS\n", .postScript),
        ("@PJL ENTER LANGUAGE=PCL\n%!PS\n", .postScript),
        ("@PJL enter language = pclxl\r\n", .pclXL), ("@PJL ENTER LANGUAGE=PCL\n", .pcl5),
        ("@PJL ENTER LANGUAGE=PCL\nplain", .pcl5), ("@PJL COMMENT x\n\(uel)@PJL\n\u{1B}E", .pcl5),
        ("@PJL COMMENT only", .unknown), ("@PJL ENTER LANGUAGE=ZJS\n\u{1}\u{2}", .unknown),
    ])
    func aPJLWrapperIsLookedThrough(start: String, kind: DocumentKind) {
        #expect(DocumentKind(sniffing: (Self.uel + start).utf8) == kind)
        #expect(DocumentKind(sniffing: start.utf8) == kind)
    }

    @Test func theSampleDocumentsAreWhatTheirNamesSay() throws {
        for (name, kind) in [
            ("budget.pdf", DocumentKind.pdf), ("handbook.pdf", .pdf), ("letter.ps", .postScript),
            ("poster.pwg", .pwgRaster),
        ] {
            #expect(DocumentKind(sniffing: try SampleDocuments.bytes(name)) == kind)
        }
    }

    @Test func onlyTheFirstBytesCount() {
        let late = [UInt8](repeating: 0, count: 1024) + Array("%PDF-1.4".utf8)
        #expect(DocumentKind(sniffing: late) == .unknown)
        #expect(DocumentKind(sniffing: late.dropFirst(8)) == .pdf)
    }
}
