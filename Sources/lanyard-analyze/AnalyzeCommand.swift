// SPDX-License-Identifier: Apache-2.0

import Documents
import Glibc
import HostIO
import PrintFormats

enum AnalyzeExit {
    static let usage: Int32 = 64
    static let unreadable: Int32 = 65
    static let noInput: Int32 = 66
    static let notConfined: Int32 = 70
}

/// The program: what it is asked, done in the order open, confine, look.
enum AnalyzeCommand {
    /// People may redirect their lines into a file.
    static let fileBytesForPeople: UInt64 = 64 * 1024

    private static let usage = """
        Usage: lanyard-analyze [FILE | --check-confinement | --help]

        Tells what a document is and how many pages it has, without rendering it.

          (no operand)          the document is descriptor 3; the report is CBOR on standard output (for lanyard-server)
          FILE                  the report is lines for people
          --check-confinement   try what the document parsers must not be able to do

        Exit status: 0 with a report, also when counts are unknown; 64 usage; 65 unreadable document; 66 no such file;
        70 the process could not be confined.
        """

    static func run() {
        let arguments = CommandLine.arguments.dropFirst()
        switch (arguments.first, arguments.count) {
        case (nil, _): analyzeForServer()
        case ("--help", 1): StandardStream.output.write(line: usage)
        case ("--check-confinement", 1): checkConfinement()
        case (let path?, 1) where !path.hasPrefix("--"): analyzeForPeople(path)
        default: fail(usage, AnalyzeExit.usage)
        }
    }

    private static func analyzeForServer() {
        guard fcntl(3, F_GETFD) >= 0 else { fail(usage, AnalyzeExit.usage) }
        confine { () throws(SystemFault) in
            try ProcessHardening.dieWithParent()
            try Confinement.enter()
        }
        StandardStream.output.write(report(on: Descriptor(owning: 3)).encoded)
    }

    private static func analyzeForPeople(_ path: String) {
        let file: Descriptor
        do throws(SystemFault) {
            file = try Descriptor.open(path, flags: O_RDONLY)
        } catch { fail(error.description, AnalyzeExit.noInput) }
        confine { () throws(SystemFault) in try Confinement.enter(fileBytes: fileBytesForPeople) }
        let report = report(on: file)
        let rows = [
            ("kind", report.kind.rawValue), ("pages", report.walk.pages.map(String.init) ?? "unknown"),
            ("color pages", report.walk.colorPages.map(String.init) ?? "unknown"), ("copies", String(report.copies)),
            ("title", report.title ?? "none"),
        ]
        for (name, value) in rows {
            let padding = String(repeating: " ", count: 14 - name.count)
            StandardStream.output.write(line: name + padding + value)
        }
    }

    private static func checkConfinement() {
        confine { () throws(SystemFault) in try Confinement.enter(fileBytes: fileBytesForPeople) }
        let breaches = Confinement.breaches()
        guard breaches.isEmpty else {
            fail("not confined, can still \(breaches.joined(separator: ", "))", AnalyzeExit.notConfined)
        }
        StandardStream.output.write(line: "confined")
    }

    private static func report(on file: borrowing Descriptor) -> AnalysisReport {
        do throws(AnalysisFault) {
            return try DocumentAnalysis.report(on: file)
        } catch { fail(error.description, AnalyzeExit.unreadable) }
    }

    private static func confine(_ body: () throws(SystemFault) -> Void) {
        do throws(SystemFault) {
            try body()
        } catch { fail(error.description, AnalyzeExit.notConfined) }
    }

    private static func fail(_ text: String, _ code: Int32) -> Never {
        StandardStream.error.write(line: text)
        exit(code)
    }
}
