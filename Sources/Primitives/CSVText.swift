// SPDX-License-Identifier: Apache-2.0

/// Comma-separated values (RFC 4180).
package enum CSVText {
    package static func record(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\r\n" }

    package static func quoted(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return text }
        var inner = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\"" { inner.append(scalar) }
            inner.append(scalar)
        }
        return "\"\(String(inner))\""
    }

    /// What ``record(_:)`` wrote. `nil` for other text, and for text that was cut: the last line has its end.
    package static func parse(_ text: String) -> [[String]]? {
        guard text.isEmpty || text.utf8.suffix(2).elementsEqual("\r\n".utf8) else { return nil }
        var reader = CSVReader(Array(text.utf8)[...], fieldLimit: text.utf8.count)
        var records: [[String]] = []
        do throws(CSVFault) {
            while let record = try reader.next() { records.append(record.fields) }
        } catch {
            return nil
        }
        return records
    }
}
