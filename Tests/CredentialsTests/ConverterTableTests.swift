// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

@Suite struct ConverterTableTests {
    @Test func aReaderAtItsAgentComesBeforeItsNameAndThatBeforeTheSite() throws {
        let (site, named, exact) = (try Converter("hex2dec"), try Converter("pad(8)"), try Converter("reverse-bits"))
        let table = ConverterTable(site: site, readers: ["front": named, "b/front": exact, "c/front": nil])
        let expected: [(agent: String, reader: String, converter: Converter?)] = [
            ("a", "back", site), ("a", "front", named), ("b", "front", exact), ("c", "front", nil), ("b", "back", site),
            ("", "b/front", site),
        ]
        for (agent, reader, converter) in expected {
            #expect(table.converter(for: ReaderName(agent: agent, reader: reader)) == converter, "\(agent)/\(reader)")
        }
        #expect(table.converter(for: nil) == site)
        let empty = ConverterTable()
        #expect(empty.converter(for: ReaderName(agent: "a", reader: "front")) == Converter?.none)
    }
}
