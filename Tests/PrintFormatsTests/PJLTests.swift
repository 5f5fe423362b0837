// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import Testing

@Suite struct PJLTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func aJobIsWrappedInTheRightOrder() {
        let job = PJL.Job(
            name: "lan-000123", title: "report.pdf", user: "ana", language: .postScript, echo: "agent-7",
            asksPageCount: true)
        #expect(
            text(PJL.header(job))
                == [
                    "\u{1B}%-12345X@PJL", "@PJL COMMENT Lanyard", "@PJL USTATUSOFF", "@PJL USTATUS JOB = ON",
                    "@PJL USTATUS PAGE = ON", "@PJL USTATUS DEVICE = ON", "@PJL ECHO agent-7", "@PJL INFO PAGECOUNT",
                    "@PJL JOB NAME = \"lan-000123\"",
                    "@PJL SET JOBNAME = \"report.pdf\"", "@PJL SET USERNAME = \"ana\"",
                    "@PJL ENTER LANGUAGE = POSTSCRIPT", "",
                ].joined(separator: "\r\n"))
        #expect(
            text(PJL.trailer(job)) == "\u{1B}%-12345X@PJL\r\n@PJL EOJ NAME = \"lan-000123\"\r\n"
                + "@PJL INFO PAGECOUNT\r\n\u{1B}%-12345X")
    }

    @Test func withoutAKnownLanguageThePrinterDecides() {
        let header = text(PJL.header(PJL.Job(name: "1", title: "t", user: "u")))
        #expect(!header.contains("LANGUAGE") && !header.contains("ECHO") && !header.contains("INFO"))
        #expect(PJL.Language(.pdf) == .pdf && PJL.Language(.pcl5) == .pcl && PJL.Language(.pclXL) == .pclXL)
        for kind in [DocumentKind.pwgRaster, .urf, .text, .unknown] { #expect(PJL.Language(kind) == nil) }
    }

    @Test func namesCannotCarryACommand() {
        #expect(PJL.safeName("a\"\r\n@PJL SET HOLD=ON") == "a____PJL SET HOLD_ON")
        #expect(PJL.safeName("Budget 2027_v1.2-final.pdf") == "Budget 2027_v1.2-final.pdf")
        #expect(PJL.safeName("Résumé\u{1B}") == "R_sum__")
        #expect(PJL.safeName("") == "untitled" && PJL.safeName("   ") == "untitled")
        #expect(PJL.safeName(String(repeating: "x", count: 81)).count == 80)
    }

    @Test(arguments: [
        (PJL.Sides.one, ["DUPLEX = OFF"]), (.longEdge, ["DUPLEX = ON", "BINDING = LONGEDGE"]),
        (.shortEdge, ["DUPLEX = ON", "BINDING = SHORTEDGE"]),
    ])
    func sidesAreSetBehindTheJobAndBeforeItsLanguage(sides: PJL.Sides, lines: [String]) {
        var job = PJL.Job(name: "1", title: "t", user: "u", language: .pdf)
        (job.isMono, job.sides) = (true, sides)
        let expected = ["RENDERMODE = GRAYSCALE"] + lines
        #expect(
            text(PJL.header(job)).hasSuffix(
                "USERNAME = \"u\"\r\n" + expected.map { "@PJL SET \($0)\r\n" }.joined()
                    + "@PJL ENTER LANGUAGE = PDF\r\n"))
        #expect(PJL.variables(of: job) == ["RENDERMODE", "DUPLEX", "BINDING"])
    }

    @Test func whatIsNotAskedForIsNotSet() {
        let job = PJL.Job(name: "1", title: "t", user: "u")
        #expect(!text(PJL.header(job)).contains("DUPLEX") && !text(PJL.header(job)).contains("RENDERMODE"))
        #expect(PJL.variables(of: job).isEmpty)
    }
}
