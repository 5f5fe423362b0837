// SPDX-License-Identifier: Apache-2.0

/// A job as an LPD client writes it (RFC 1179, sections 5.2, 6 and 7): one document, its control file first.
package struct SimLPDJob: Sendable {
    /// Of the queue, and of each file's command and content.
    package static let acknowledgements = 5
    /// Job numbers have three digits.
    private static let numbers = 1000

    package var queue: String
    package var host: String
    package var owner: String
    package var title: String
    package var number: Int
    /// As the client calls the document's file.
    package var source: String
    /// Whether the client asks for the file's removal after printing, as most do.
    package var isRemoved = true

    package init(queue: String, host: String, owner: String, title: String, number: Int, source: String? = nil) {
        self.queue = queue
        self.host = host
        self.owner = owner
        self.title = title
        self.number = number
        self.source = source ?? title
    }

    package var controlFile: [UInt8] {
        let removal = isRemoved ? "Udf\(name)\n" : ""
        return Array("H\(host)\nP\(owner)\nJ\(title)\nldf\(name)\n\(removal)N\(source)\n".utf8)
    }

    /// What is written before the document, step by step; a client waits for an acknowledgement after each.
    package func opening(size: Int) -> [[UInt8]] {
        let control = controlFile
        return [
            Self.receive(queue), Self.command(2, count: control.count, "cf\(name)"), control + [0],
            Self.command(3, count: size, "df\(name)"),
        ]
    }

    package func steps(_ document: [UInt8]) -> [[UInt8]] { opening(size: document.count) + [document + [0]] }

    /// All of it at once, by a client that does not wait.
    package func bytes(_ document: [UInt8], isDataFirst: Bool = false) -> [UInt8] {
        let steps = steps(document)
        let (control, data) = (steps[1] + steps[2], steps[3] + steps[4])
        return steps[0] + (isDataFirst ? data + control : control + data)
    }

    package static func receive(_ queue: String) -> [UInt8] { Array("\u{2}\(queue)\n".utf8) }

    /// That a file follows: 2 is a control file, 3 is data.
    package static func command(_ code: UInt8, count: some CustomStringConvertible, _ name: String) -> [UInt8] {
        [code] + Array("\(count) \(name)\n".utf8)
    }

    private var name: String {
        let digits = String(number % Self.numbers)
        return "A" + String(repeating: "0", count: 3 - digits.count) + digits + host
    }
}
