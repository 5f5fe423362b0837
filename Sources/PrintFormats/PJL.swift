// SPDX-License-Identifier: Apache-2.0

/// The Printer Job Language around a job that we send (HP PJL Technical Reference).
package enum PJL {
    /// Universal exit language: leaves whatever language is active.
    package static let uel: [UInt8] = Array("\u{1B}%-12345X".utf8)
    package static let nameLimit = 80

    /// Values of ENTER LANGUAGE. A document of another kind is sent without the command and the printer decides.
    package enum Language: String, Sendable {
        case pdf = "PDF"
        case postScript = "POSTSCRIPT"
        case pcl = "PCL"
        case pclXL = "PCLXL"

        package init?(_ kind: DocumentKind) {
            switch kind {
            case .pdf: self = .pdf
            case .postScript: self = .postScript
            case .pcl5: self = .pcl
            case .pclXL: self = .pclXL
            case .pwgRaster, .urf, .text, .unknown: return nil
            }
        }
    }

    /// On which sides of the paper (DUPLEX and BINDING).
    package enum Sides: Hashable, Sendable {
        case one, longEdge, shortEdge

        fileprivate var lines: [String] {
            switch self {
            case .one: ["SET DUPLEX = OFF"]
            case .longEdge: ["SET DUPLEX = ON", "SET BINDING = LONGEDGE"]
            case .shortEdge: ["SET DUPLEX = ON", "SET BINDING = SHORTEDGE"]
            }
        }
    }

    /// What to put around one document.
    package struct Job: Hashable, Sendable {
        /// Comes back in the printer's reports; it must name one release and no other.
        package var name: String
        package var title: String
        package var user: String
        package var language: Language?
        /// Comes back before anything about this job, so that older reports can be passed over.
        package var echo: String?
        package var asksPageCount: Bool
        /// RENDERMODE = GRAYSCALE. Printers without colour pass over it.
        package var isMono = false
        /// `nil`: as the document says.
        package var sides: Sides?

        package init(
            name: String, title: String, user: String, language: Language? = nil, echo: String? = nil,
            asksPageCount: Bool = false
        ) {
            self.name = name
            self.title = title
            self.user = user
            self.language = language
            self.echo = echo
            self.asksPageCount = asksPageCount
        }
    }

    /// Only `[A-Za-z0-9 ._-]`, at most ``nameLimit`` long: no quote, control character or line end of a user's text
    /// can become a command.
    package static func safeName(_ text: String) -> String {
        let reduced = text.unicodeScalars.prefix(nameLimit).map { isSafe($0) ? Character($0) : "_" }
        let trimmed = String(reduced).drop { $0 == " " }
        return trimmed.isEmpty ? "untitled" : String(trimmed)
    }

    /// What goes in front of the document. SET follows JOB, because JOB resets the environment (PJL Technical Reference
    /// Manual, chapter 6, for RENDERMODE, DUPLEX and BINDING). It sets what holds where the page language says nothing:
    /// a document that chooses for itself in PostScript or PCL gets what it chooses.
    package static func header(_ job: Job) -> [UInt8] {
        var lines = ["COMMENT Lanyard", "USTATUSOFF", "USTATUS JOB = ON", "USTATUS PAGE = ON", "USTATUS DEVICE = ON"]
        if let echo = job.echo { lines.append("ECHO \(safeName(echo))") }
        if job.asksPageCount { lines.append("INFO PAGECOUNT") }
        lines.append("JOB NAME = \"\(safeName(job.name))\"")
        lines.append("SET JOBNAME = \"\(safeName(job.title))\"")
        lines.append("SET USERNAME = \"\(safeName(job.user))\"")
        if job.isMono { lines.append("SET RENDERMODE = GRAYSCALE") }
        lines += job.sides?.lines ?? []
        if let language = job.language { lines.append("ENTER LANGUAGE = \(language.rawValue)") }
        return uel + text(lines)
    }

    /// What goes behind the document.
    package static func trailer(_ job: Job) -> [UInt8] {
        var lines = ["EOJ NAME = \"\(safeName(job.name))\""]
        if job.asksPageCount { lines.append("INFO PAGECOUNT") }
        return uel + text(lines) + uel
    }

    /// The first line after a UEL is an empty command: some devices lose what follows the UEL directly.
    private static func text(_ lines: [String]) -> [UInt8] {
        Array("@PJL\r\n".utf8) + lines.flatMap { Array("@PJL \($0)\r\n".utf8) }
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", " ", ".", "_", "-": true
        default: false
        }
    }

    /// The variables that this job sets, so that the document's own PJL does not set them back.
    package static func variables(of job: Job) -> Set<String> {
        Set((job.isMono ? ["RENDERMODE"] : []) + (job.sides == nil ? [] : ["DUPLEX", "BINDING"]))
    }

    static let escape: UInt8 = 0x1B

    /// The words of a command line in upper case, `=` and `:` as words of their own, quoted text as one word.
    static func words(of line: some Sequence<UInt8>) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var isQuoted = false
        func end() {
            if !word.isEmpty { words.append(String(foreignText: word, limit: word.count).uppercased()) }
            word = []
        }
        for byte in line {
            switch byte {
            case UInt8(ascii: "\""):
                isQuoted.toggle()
                word.append(byte)
            case _ where isQuoted: word.append(byte)
            case 0...UInt8(ascii: " "): end()
            case UInt8(ascii: "="), UInt8(ascii: ":"):
                end()
                words.append(byte == UInt8(ascii: "=") ? "=" : ":")
            default: word.append(byte)
            }
        }
        end()
        return words
    }
}
