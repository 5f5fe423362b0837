// SPDX-License-Identifier: Apache-2.0

import PrintFormats
import SpoolWire
import Testing

@Suite struct LPDJobTests {
    private func job(_ name: String, documents: [LPDJob.Document] = []) throws -> LPDJob {
        let control = try LPDControlFile(parsing: Array("Pana\n".utf8))
        return LPDJob(
            queue: LPDQueue(name: "q"), controlFileName: name, controlFile: control, documents: documents)
    }

    @Test(
        arguments: [
            ("cfA123host", 123), ("cfA000host", 0), ("cfB017host", 17), ("cfA123456host", 123_456), ("cfAhost", nil),
            ("budget", nil), ("", nil), ("cfA99999999host", 999_999),
        ] as [(String, Int?)])
    func theJobNumberComesFromTheControlFilesName(name: String, number: Int?) throws {
        #expect(try job(name).jobNumber == number)
    }

    @Test func sizesAddUpAndTheMostCopiesCount() throws {
        let job = try job(
            "cfA1h",
            documents: [
                .init(index: 0, name: "dfA1h", byteCount: 3, copies: 1, letter: "l"),
                .init(index: 1, name: "dfB1h", byteCount: 4, copies: 5, letter: nil),
            ])
        #expect(job.byteCount == 7 && job.copies == 5)
        #expect(try self.job("cfA1h").copies == 1)
    }
}
