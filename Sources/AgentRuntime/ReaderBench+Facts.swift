// SPDX-License-Identifier: Apache-2.0

import AgentCore
import HostIO
import PrintModel
import Primitives
import ReaderMachines

extension ReaderBench {
    /// How the readers are, for the server.
    var facts: [ReaderFacts] {
        pool.machine.listing.flatMap { line in
            line.setting.model.readerNames(of: line.setting.name).map { name in
                var record = records[name] ?? ReaderRecord()
                // What is in the way of a line is in the way of each reader on it.
                record.obstacle = record.obstacle ?? records[line.setting.name]?.obstacle
                if line.setting.model.kind.transport == .pcsc { record.obstacle = record.obstacle ?? smartCardObstacle }
                return ReaderFacts(line, name: name, record: record)
            }
        }
    }
}

extension ReaderFacts {
    init(_ line: ReaderListing, name: String, record: ReaderRecord) {
        let model = line.setting.model
        var status = ReaderStatus(name: name, kind: model.kind.rawValue, state: Self.state(line, record))
        status.model = record.about ?? line.device?.model ?? ""
        status.place = ReaderBench.place(line)
        status.isTampered = record.isTampered
        if model.kind == .osdp {
            status.security = model.osdp.isSecure && status.state == .attached ? .secure : .insecure
        }
        status.reads = record.reads
        status.drops = record.drops.map { ReaderStatus.Drop(reason: $0.key, count: $0.value) }
            .sorted { $0.reason < $1.reason }
        status.obstacle = Self.obstacle(line, record)
        status.lastRead = record.last.map { ReaderStatus.LastRead(what: $0.what, age: .zero) }
        self.init(status, lastReadAt: record.last?.at, hasKeys: model.hasKeys)
    }

    /// A line may be open while the reader on it is silent or has the wrong key.
    private static func state(_ line: ReaderListing, _ record: ReaderRecord) -> ReaderStatus.State {
        guard line.condition == .attached, line.setting.model.kind == .osdp, !record.isOnline else {
            return line.condition
        }
        switch record.trouble.flatMap({ OSDPTrouble(rawValue: $0) }) {
        case .noAnswer, nil: return record.about == nil ? .waiting : .lost
        default: return .blocked
        }
    }

    private static func obstacle(_ line: ReaderListing, _ record: ReaderRecord) -> String {
        if line.condition != .attached, let obstacle = record.obstacle { return obstacle.text }
        if let trouble = record.trouble { return OSDPTrouble(rawValue: trouble).map { Obstacle($0).text } ?? trouble }
        if case .lost(let reason) = line.state { return reason }
        return ""
    }
}

extension Obstacle {
    fileprivate var text: String { "\(what). \(remedy)" }
}
