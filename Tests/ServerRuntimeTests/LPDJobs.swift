// SPDX-License-Identifier: Apache-2.0

/// Bytes of an LPD client (RFC 1179), one document a job.
enum LPDJobs {
    static func controlFile(owner: String = "anna", number: String = "001") -> [UInt8] {
        Array("Hhost\nP\(owner)\nJdocument \(number)\nldfA\(number)host\nUdfA\(number)host\nNnotes.txt\n".utf8)
    }

    static func control(_ bytes: [UInt8], number: String = "001") -> [UInt8] {
        Array("\u{02}\(bytes.count) cfA\(number)host\n".utf8) + bytes + [0]
    }

    static func data(_ bytes: [UInt8], number: String = "001") -> [UInt8] {
        Array("\u{03}\(bytes.count) dfA\(number)host\n".utf8) + bytes + [0]
    }

    /// Acknowledged by five zero octets.
    static func job(
        _ document: [UInt8], owner: String = "anna", number: String = "001", isDataFirst: Bool = false
    ) -> [UInt8] {
        let control = control(controlFile(owner: owner, number: number), number: number)
        let data = data(document, number: number)
        return Array("\u{02}pool\n".utf8) + (isDataFirst ? data + control : control + data)
    }

    static let acknowledgements: [UInt8] = [0, 0, 0, 0, 0]
}
