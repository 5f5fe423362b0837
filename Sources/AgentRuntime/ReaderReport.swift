// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Primitives
import ReaderMachines

/// How the readers of this box are, for `lanyard-agent readers` and whoever asks at the display socket.
struct ReaderReport {
    struct Reader {
        let name: String
        let kind: String
        let place: String
        let isAutomatic: Bool
        let state: String
        let record: ReaderRecord
        /// Since the last read.
        let age: Duration?
    }

    struct Ignored {
        let node: String
        let model: String
        let place: String
        let reason: String
    }

    /// The questions that a client of the display socket may ask.
    static let question = "readers"
    static let textQuestion = "readers-text"
    /// Followed by a reader's name; for root and the agent's own user.
    static let installQuestion = "install "
    /// Ends an answer in text.
    static let end = "."

    let readers: [Reader]
    let ignored: [Ignored]

    func answer(to question: String) -> String? {
        switch question {
        case Self.question: json + "\n"
        case Self.textQuestion: text + Self.end + "\n"
        default: nil
        }
    }

    // MARK: JSON

    var json: String {
        let readers = readers.map(Self.json).joined(separator: ",")
        let ignored = ignored.map { device in
            Self.object([
                ("node", quotedJSON(device.node)), ("model", quotedJSON(device.model)),
                ("place", quotedJSON(device.place)),
                ("reason", quotedJSON(device.reason)),
            ])
        }
        return "{\"readers\":[\(readers)],\"ignored\":[\(ignored.joined(separator: ","))]}"
    }

    private static func json(_ reader: Reader) -> String {
        let record = reader.record
        let drops = record.drops.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        var fields = [
            ("name", quotedJSON(reader.name)), ("kind", quotedJSON(reader.kind)), ("place", quotedJSON(reader.place)),
            ("automatic", "\(reader.isAutomatic)"), ("state", quotedJSON(reader.state)), ("reads", "\(record.reads)"),
            ("drops", object(drops)),
        ]
        if let last = record.last, let age = reader.age {
            fields.append(
                ("last", object([("what", quotedJSON(last.what)), ("secondsAgo", "\(age.components.seconds)")])))
        }
        if let about = record.about { fields.append(("about", quotedJSON(about))) }
        if let trouble = record.trouble { fields.append(("trouble", quotedJSON(trouble))) }
        if let obstacle = record.obstacle {
            fields += [("obstacle", quotedJSON(obstacle.what)), ("remedy", quotedJSON(obstacle.remedy))]
        }
        return object(fields)
    }

    private static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    // MARK: Text

    var text: String {
        let rows = readers.map { reader in
            [
                reader.name, reader.kind, reader.place, reader.state, "\(reader.record.reads)", last(reader),
                drops(reader),
            ]
        }
        var lines = Self.table([["READER", "KIND", "PLACE", "STATE", "READS", "LAST READ", "DROPPED"]] + rows)
        for reader in readers {
            if let about = reader.record.about { lines.append("\(reader.name): \(about)") }
            if let trouble = reader.record.trouble { lines.append("\(reader.name): trouble: \(trouble)") }
            if let obstacle = reader.record.obstacle {
                lines.append("\(reader.name): \(obstacle.what). \(obstacle.remedy)")
            }
        }
        if !ignored.isEmpty {
            let rows = ignored.map { [$0.node, $0.model, $0.place, $0.reason] }
            lines += [""] + Self.table([["IGNORED", "MODEL", "PLACE", "WHY"]] + rows)
        }
        return lines.map { $0.displaySafe(limit: 512) + "\n" }.joined()
    }

    private func last(_ reader: Reader) -> String {
        guard let last = reader.record.last, let age = reader.age else { return "-" }
        return "\(last.what), \(age.components.seconds) s ago"
    }

    private func drops(_ reader: Reader) -> String {
        let drops = reader.record.drops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return drops.isEmpty ? "-" : drops.joined(separator: ", ")
    }

    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension ReaderBench {
    /// To a client of the display socket.
    func answer(to question: String, from peer: PeerCredentials) -> String? {
        guard question.hasPrefix(ReaderReport.installQuestion) else { return report.answer(to: question) }
        let name = String(question.dropFirst(ReaderReport.installQuestion.count))
        let line: String
        if peer.user != 0 && peer.user != getuid() {
            line = "Only root and the agent's own user may install a reader."
        } else if install(name) {
            line = "\(name) can be given a new key for five minutes. Its key is stored once the reader has proved it."
        } else {
            line = "There is no OSDP reader \(name.displaySafe(limit: 64)) in use."
        }
        return line + "\n" + ReaderReport.end + "\n"
    }

    var report: ReaderReport {
        let readers = pool.machine.listing.flatMap { line in
            line.setting.model.readerNames(of: line.setting.name).map { name in
                let record = records[name] ?? records[line.setting.name] ?? ReaderRecord()
                return ReaderReport.Reader(
                    name: name, kind: line.setting.model.kind.rawValue, place: Self.place(line),
                    isAutomatic: line.isAutomatic, state: Self.word(line.state), record: record,
                    age: record.last.map { loop.now.elapsed(since: $0.at) })
            }
        }
        let ignored = foreign.values.map { facts, why in
            ReaderReport.Ignored(
                node: facts.node ?? "", model: facts.model ?? "", place: facts.port, reason: why.rawValue)
        }
        return ReaderReport(readers: readers, ignored: ignored.sorted { $0.node < $1.node })
    }

    static func place(_ line: ReaderListing) -> String {
        guard let device = line.device, let node = device.node else { return line.setting.place.text }
        switch line.setting.place {
        case .path, .dial, .listen: return line.setting.place.text
        case .usb, .port, .smartCard: return node
        }
    }

    private static func word(_ state: ReaderPool.ReaderState) -> String {
        switch state {
        case .attached: "attached"
        case .waiting: "waiting"
        case .lost(let reason): "lost (\(reason))"
        }
    }
}
