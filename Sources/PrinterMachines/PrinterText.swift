// SPDX-License-Identifier: Apache-2.0

/// The PJL around a document.
enum PrinterText {
    private static let exit = "\u{1B}%-12345X"

    static func header(for ticket: PrintTicket) -> [UInt8] {
        var lines = [
            "USTATUSOFF", "USTATUS JOB = ON", "USTATUS PAGE = ON", "USTATUS DEVICE = ON",
            "JOB NAME = \"\(ticket.releaseName)\" DISPLAY = \"\(plain(ticket.user))\"",
            "SET JOBNAME = \"\(plain(ticket.title))\"", "SET USERNAME = \"\(plain(ticket.user))\"",
        ]
        if let language = language(of: ticket.format) { lines.append("ENTER LANGUAGE = \(language)") }
        return Array((exit + "@PJL\r\n" + lines.map { "@PJL \($0)\r\n" }.joined()).utf8)
    }

    static func trailer(for ticket: PrintTicket) -> [UInt8] {
        Array("\(exit)@PJL\r\n@PJL EOJ NAME = \"\(ticket.releaseName)\"\r\n\(exit)".utf8)
    }

    private static func language(of format: String) -> String? {
        switch format {
        case "pdf": "PDF"
        case "postscript": "POSTSCRIPT"
        case "pcl": "PCL"
        case "pclxl": "PCLXL"
        default: nil
        }
    }

    /// Quoted PJL strings hold no quotes and no control characters; other letters are not safe on old devices.
    private static func plain(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(80).map {
                $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F && $0 != "\"" ? Character($0) : "_"
            })
    }
}
