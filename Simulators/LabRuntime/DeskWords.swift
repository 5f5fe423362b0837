// SPDX-License-Identifier: Apache-2.0

import Ops

/// What is done at a touch screen, as words of a command line.
package enum DeskWords {
    /// As the agent's display socket has them.
    private static let sides = ["as-sent", "one", "long-edge", "short-edge"]

    package static let forms =
        "list, pick JOB…, unpick [JOB…], release, release-all, delete [JOB…], hold [JOB…], mono on|off, "
        + "sides \(sides.joined(separator: "|")), accounts CODE, account ID, answer SECRET, change-pin, logout"

    /// A line for the agent's display socket.
    package static func line(_ words: [String], reader: String?) throws(LabFault) -> JSONValue {
        guard let word = words.first else { throw unknown }
        var line: [String: JSONValue] = ["do": .string(word)]
        line["reader"] = reader.map { .string($0) }
        let rest = Array(words.dropFirst())
        switch word {
        case "list", "release", "release-all", "change-pin", "logout": guard rest.isEmpty else { throw unknown }
        case "pick": line["jobs"] = .array(try numbers(rest))
        case "unpick", "delete", "hold": if !rest.isEmpty { line["jobs"] = .array(try numbers(rest)) }
        case "mono": line["on"] = .bool(try one(rest, of: ["on", "off"]) == "on")
        case "sides": line["sides"] = .string(try one(rest, of: sides))
        case "accounts": line["begins"] = .string(rest.first ?? "")
        case "account": line["id"] = try numbers([try one(rest)])[0]
        case "answer": line["secret"] = .string(try one(rest))
        default: throw unknown
        }
        return .object(line)
    }

    /// How it stands, for people.
    package static func text(_ answer: JSONValue) -> [String] {
        if let error = answer["error"]?.string { return ["not taken: \(error)"] }
        let shown = answer["shown"]?["text"]?.string.map { [$0] } ?? []
        guard let dialogue = answer["dialogue"] else { return shown }
        let head = [dialogue["reader"]?.string, dialogue["stage"]?.string, dialogue["user"]?.string]
        let documents = (dialogue["documents"]?.array ?? []).map { job in
            let pages = job["pages"]?.integer.map { "\($0) pages" }
            let facts = [job["title"]?.string, pages, job["price"]?.string, job["state"]?.string]
            let mark = job["picked"]?.bool == true ? "*" : " "
            return "\(mark) \(job["id"]?.integer ?? 0) " + facts.compactMap { $0 }.joined(separator: ", ")
        }
        return shown + [head.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")] + documents
    }

    private static func one(_ words: [String]) throws(LabFault) -> String {
        guard words.count == 1 else { throw unknown }
        return words[0]
    }

    private static func one(_ words: [String], of choice: [String]) throws(LabFault) -> String {
        let word = try one(words)
        guard choice.contains(word) else { throw unknown }
        return word
    }

    private static func numbers(_ words: [String]) throws(LabFault) -> [JSONValue] {
        guard !words.isEmpty else { throw unknown }
        return try words.map { word throws(LabFault) -> JSONValue in
            guard let number = Int(word) else { throw unknown }
            return .integer(number)
        }
    }

    private static let unknown = LabFault("at the screen there are: \(forms)", exit: .usage)
}
