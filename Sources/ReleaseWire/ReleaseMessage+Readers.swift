// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

extension ReaderStatus {
    /// The whole list.
    static func payload(_ readers: [ReaderStatus]) -> [UInt8] {
        precondition(readers.count <= countLimit, "a list is made to fit before it is sent")
        var fields = CBORFieldWriter(count: 1)
        fields.list(1, count: readers.count)
        for reader in readers { reader.write(&fields) }
        return fields.bytes
    }

    static func readList(_ fields: inout CBORFieldReader) throws(WireFault) -> [ReaderStatus] {
        try fields.list(1, "readers", limit: countLimit) { (inner) throws(WireFault) in try ReaderStatus(&inner) }
    }

    private init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            name: try fields.text(1, "reader", limit: Wire.nameLimit),
            kind: try fields.text(2, "reader kind", limit: Self.kindLimit),
            state: try fields.value(3, "reader state"))
        model = try fields.text(4, "model", limit: Wire.nameLimit)
        place = try fields.text(5, "place", limit: Self.placeLimit)
        isTampered = try fields.bool(6, "tampered")
        security = try fields.value(7, "security")
        reads = try fields.count(8, "reads")
        drops = try fields.list(9, "drops", limit: Self.dropLimit) { (inner) throws(WireFault) in
            let reason = try inner.text(1, "drop reason", limit: Self.reasonLimit)
            return Drop(reason: reason, count: try inner.count(2, "drop count"))
        }
        obstacle = try fields.text(10, "obstacle", limit: Self.obstacleLimit)
        since = try fields.milliseconds(11, "since")
        let age = try fields.optionalMilliseconds(12, "last read")
        let what = try fields.text(13, "last read kind", limit: Wire.nameLimit)
        lastRead = age.map { LastRead(what: what, age: $0) }
        if lastRead == nil, !what.isEmpty { throw .badValue(field: "last read kind") }
    }

    private func write(_ fields: inout CBORFieldWriter) {
        fields.item(count: 13)
        fields.label(1, name, limit: Wire.nameLimit)
        fields.label(2, kind, limit: Self.kindLimit)
        fields.value(3, state)
        fields.label(4, model, limit: Wire.nameLimit)
        fields.label(5, place, limit: Self.placeLimit)
        fields.bool(6, isTampered)
        fields.value(7, security)
        fields.unsigned(8, Wire.count(reads))
        let told = drops.prefix(Self.dropLimit)
        fields.list(9, count: told.count)
        for drop in told {
            fields.item(count: 2)
            fields.label(1, drop.reason, limit: Self.reasonLimit)
            fields.unsigned(2, Wire.count(drop.count))
        }
        fields.label(10, obstacle, limit: Self.obstacleLimit)
        fields.unsigned(11, Wire.milliseconds(since))
        fields.optionalUnsigned(12, lastRead.map { Wire.milliseconds($0.age) })
        fields.label(13, lastRead?.what ?? "", limit: Wire.nameLimit)
    }
}
