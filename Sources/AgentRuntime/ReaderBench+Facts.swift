// SPDX-License-Identifier: Apache-2.0

import AgentCore
import HostIO
import PrintModel
import Primitives
import ReaderMachines

extension ReaderBench {
    /// One reader, with what is known of it and of the way to it.
    struct Known {
        let line: ReaderListing
        let name: String
        let record: ReaderRecord

        var health: ReaderHealth { ReaderHealth(line, record.signs) }
    }

    var known: [Known] {
        pool.machine.listing.flatMap { line in
            line.setting.model.readerNames(of: line.setting.name).map { name in
                var record = records[name] ?? ReaderRecord()
                // What is in the way of a line is in the way of each reader on it.
                record.signs.obstacle = record.signs.obstacle ?? records[line.setting.name]?.signs.obstacle
                if line.setting.model.kind.transport == .pcsc {
                    record.signs.obstacle = record.signs.obstacle ?? smartCardObstacle
                }
                return Known(line: line, name: name, record: record)
            }
        }
    }

    /// How the readers are, for the server.
    var facts: [ReaderFacts] { known.map { ReaderFacts($0) } }

    static func place(_ line: ReaderListing) -> String {
        guard let device = line.device, let node = device.node else { return line.setting.place.text }
        switch line.setting.place {
        case .path, .dial, .listen: return line.setting.place.text
        case .usb, .port, .smartCard: return node
        }
    }
}

extension ReaderFacts {
    init(_ known: ReaderBench.Known) {
        let (line, record, health) = (known.line, known.record, known.health)
        let model = line.setting.model
        var status = ReaderStatus(name: known.name, kind: model.kind.rawValue, state: health.state)
        status.model = record.signs.about ?? line.device?.model ?? ""
        status.place = ReaderBench.place(line)
        status.isTampered = record.signs.isTampered
        if model.kind == .osdp {
            status.security = model.osdp.isSecure && status.state == .attached ? .secure : .insecure
        }
        status.reads = record.reads
        status.drops = record.drops.map { ReaderStatus.Drop(reason: $0.key, count: $0.value) }
            .sorted { $0.reason < $1.reason }
        status.obstacle = health.obstacle?.text ?? ""
        status.lastRead = record.last.map { ReaderStatus.LastRead(what: $0.what, age: .zero) }
        self.init(status, lastReadAt: record.last?.at, hasKeys: model.hasKeys)
    }
}
