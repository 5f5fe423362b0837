// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

extension Hello {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            software: try fields.text(1, "software", limit: Wire.nameLimit),
            stream: try fields.bytes(2, "stream", count: Wire.keyLength),
            nextSequence: try fields.unsigned(3, "next sequence", in: Wire.sequences),
            unsettled: try fields.unsignedList(4, "unsettled", limit: Self.unsettledLimit, in: Wire.records)
                .map { ReleaseID(Int64($0)) },
            capabilities: try fields.capabilities(5))
    }

    var payload: [UInt8] {
        precondition(unsettled.count <= Self.unsettledLimit, "the agent holds its unsettled releases below the limit")
        var fields = CBORFieldWriter(count: 4 + capabilities.fieldCount)
        fields.label(1, software, limit: Wire.nameLimit)
        fields.bytes(2, stream, count: Wire.keyLength)
        fields.unsigned(3, nextSequence)
        fields.unsignedList(4, unsettled.map { UInt64($0.value) })
        fields.capabilities(5, capabilities)
        return fields.bytes
    }
}

extension Welcome {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            agent: try fields.text(1, "agent", limit: Wire.nameLimit),
            epoch: try fields.unsigned(2, "epoch", in: Wire.records),
            committed: try fields.unsigned(3, "committed", in: Wire.records),
            serverTime: try fields.wallTime(4, "server time"),
            capabilities: try fields.capabilities(5))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 4 + capabilities.fieldCount)
        fields.label(1, agent, limit: Wire.nameLimit)
        fields.unsigned(2, epoch)
        fields.unsigned(3, committed)
        fields.integer(4, serverTime.milliseconds)
        fields.capabilities(5, capabilities)
        return fields.bytes
    }
}

extension Enrolment {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            name: try fields.text(1, "name", limit: Wire.nameLimit),
            proof: try fields.bytes(2, "proof", count: Wire.digestLength),
            purpose: try fields.has(3) ? try fields.value(3, "purpose") : nil)
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: purpose == nil ? 2 : 3)
        fields.label(1, name, limit: Wire.nameLimit)
        fields.bytes(2, proof, count: Wire.digestLength)
        if let purpose { fields.value(3, purpose) }
        return fields.bytes
    }

    static func enrolledPayload(_ name: String) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.label(1, name, limit: Wire.nameLimit)
        return fields.bytes
    }
}

extension Refusal {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            try fields.value(1, "refusal code"),
            retryAfter: try fields.optionalMilliseconds(2, "retry after"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 2)
        fields.value(1, code)
        fields.optionalUnsigned(2, retryAfter.map(Wire.milliseconds))
        return fields.bytes
    }

    static func goAwayPayload(_ retryAfter: Duration) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.unsigned(1, Wire.milliseconds(retryAfter))
        return fields.bytes
    }
}
