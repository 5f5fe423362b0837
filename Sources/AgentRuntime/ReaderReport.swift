// SPDX-License-Identifier: Apache-2.0

import HostIO
import Ops
import PrintModel
import Primitives
import ReaderMachines

/// How the readers of this box are, for `lanyard-agent readers` and whoever asks at the display socket.
struct ReaderReport {
    struct Reader {
        let name: String
        let kind: String
        let place: String
        let isAutomatic: Bool
        let health: ReaderHealth
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
    let readers: [Reader]
    let ignored: [Ignored]

    func answer(to question: String) -> String? {
        switch question {
        case Self.question: json + "\n"
        case Self.textQuestion: text + DisplayAnswer.end + "\n"
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
            ("automatic", "\(reader.isAutomatic)"), ("state", quotedJSON(reader.health.state.word)),
            ("reads", "\(record.reads)"),
            ("drops", object(drops)),
        ]
        if let last = record.last, let age = reader.age {
            fields.append(
                ("last", object([("what", quotedJSON(last.what)), ("secondsAgo", "\(age.components.seconds)")])))
        }
        if let about = record.signs.about { fields.append(("about", quotedJSON(about))) }
        if let trouble = record.signs.trouble { fields.append(("trouble", quotedJSON(trouble.word))) }
        if let obstacle = reader.health.obstacle {
            fields.append(("obstacle", quotedJSON(obstacle.what)))
            if !obstacle.remedy.isEmpty { fields.append(("remedy", quotedJSON(obstacle.remedy))) }
        }
        return object(fields)
    }

    private static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    // MARK: Text

    var text: String {
        var table = Table([
            .left("READER", limit: ReaderSetting.nameLimit), .left("KIND"),
            .left("PLACE", limit: ReaderStatus.placeLimit), .left("STATE"), .left("READS"), .left("LAST READ"),
            .left("DROPPED", limit: 128),
        ])
        for reader in readers {
            table.add([
                reader.name, reader.kind, reader.place, reader.health.state.word, "\(reader.record.reads)",
                last(reader), drops(reader),
            ])
        }
        let remarks = readers.flatMap { reader in
            [reader.record.signs.about, reader.health.obstacle?.text].compactMap { $0 }.map { "\(reader.name): \($0)" }
        }
        return table.text + remarks.map { $0.displaySafe(limit: 512) + "\n" }.joined() + ignoredText
    }

    private var ignoredText: String {
        guard !ignored.isEmpty else { return "" }
        var table = Table([
            .left("IGNORED", limit: ReaderStatus.placeLimit), .left("MODEL"), .left("PLACE"), .left("WHY"),
        ])
        for device in ignored { table.add([device.node, device.model, device.place, device.reason]) }
        return "\n" + table.text
    }

    private func last(_ reader: Reader) -> String {
        guard let last = reader.record.last, let age = reader.age else { return "-" }
        return "\(last.what), \(age.components.seconds) s ago"
    }

    private func drops(_ reader: Reader) -> String {
        let drops = reader.record.drops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return drops.isEmpty ? "-" : drops.joined(separator: ", ")
    }
}

extension ReaderBench {
    /// To a client of the display socket.
    func answer(to question: String, from peer: PeerCredentials) -> String? {
        guard question.hasPrefix(ReaderReport.installQuestion) else { return report.answer(to: question) }
        return install(String(question.dropFirst(ReaderReport.installQuestion.count)), for: peer).lines
    }

    private func install(_ name: String, for peer: PeerCredentials) -> DisplayAnswer {
        guard peer.mayChangeThings else {
            return .refused("Only root and the agent's own user may install a reader.")
        }
        guard install(name) else { return .notFound("There is no OSDP reader \(name.displaySafe(limit: 64)) in use.") }
        let time = OSDPControlPanel.Limits().installation.words
        return .done("\(name) can be given a new key for \(time). Its key is stored once the reader has proved it.")
    }

    var report: ReaderReport {
        let readers = known.map { known in
            ReaderReport.Reader(
                name: known.name, kind: known.line.setting.model.kind.rawValue, place: Self.place(known.line),
                isAutomatic: known.line.isAutomatic, health: known.health, record: known.record,
                age: known.record.last.map { loop.now.elapsed(since: $0.at) })
        }
        let ignored = foreign.values.map { facts, why in
            ReaderReport.Ignored(
                node: facts.node ?? "", model: facts.model ?? "", place: facts.port, reason: why.rawValue)
        }
        return ReaderReport(readers: readers, ignored: ignored.sorted { $0.node < $1.node })
    }
}
