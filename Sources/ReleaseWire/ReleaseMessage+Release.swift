// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

extension ReleaseGrant {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            release: try fields.id(1, "release"),
            job: try fields.id(2, "job"),
            title: try fields.text(3, "title", limit: Wire.labelLimit),
            user: try fields.text(4, "user", limit: Wire.labelLimit),
            format: try fields.text(5, "format", limit: Wire.formatLimit),
            size: try fields.unsigned(6, "size"),
            pages: try fields.optionalUnsigned(7, "pages", in: Wire.counts).map { Int($0) })
        override = try fields.has(8) ? try PrintOverride(&fields, from: 8) : nil
    }

    static func readList(_ fields: inout CBORFieldReader) throws(WireFault) -> ReleaseMessage {
        let grants = try fields.list(1, "releases", limit: Self.countLimit) { (item) throws(WireFault) in
            try ReleaseGrant(&item)
        }
        let elsewhere = try fields.has(2) ? try fields.count(2, "jobs elsewhere") : nil
        return .releases(grants, elsewhere: elsewhere)
    }

    static func payload(_ grants: [ReleaseGrant], elsewhere: Int?) -> [UInt8] {
        precondition(grants.count <= countLimit, "one release request grants at most \(countLimit) jobs")
        var fields = CBORFieldWriter(count: elsewhere == nil ? 1 : 2)
        fields.list(1, count: grants.count)
        for grant in grants { grant.write(to: &fields) }
        if let elsewhere { fields.unsigned(2, Wire.count(elsewhere)) }
        return fields.bytes
    }

    private func write(to fields: inout CBORFieldWriter) {
        fields.item(count: 7 + (override == nil ? 0 : PrintOverride.fieldCount))
        fields.id(1, release)
        fields.id(2, job)
        fields.label(3, title, limit: Wire.labelLimit)
        fields.label(4, user, limit: Wire.labelLimit)
        fields.text(5, format, limit: Wire.formatLimit)
        fields.unsigned(6, size)
        fields.optionalUnsigned(7, pages.map(Wire.count))
        override?.write(to: &fields, from: 8)
    }

    /// At most this many bytes of payload, whatever the texts are: the fixed parts with all heads are below 64.
    static let longestPayload = 64 + 2 * Wire.labelLimit + Wire.formatLimit
    /// How many grants always fit one frame; a longer list goes in several.
    package static let frameCount = (FrameHeader.payloadLimit - 8) / longestPayload
}

extension DocumentOpen {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            release: try fields.id(1, "release"),
            offset: try fields.unsigned(2, "offset"),
            window: try fields.word(3, "window"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 3)
        fields.id(1, release)
        fields.unsigned(2, offset)
        fields.unsigned(3, UInt64(window))
        return fields.bytes
    }

    static func openedPayload(_ size: UInt64) -> [UInt8] {
        var fields = CBORFieldWriter(count: 1)
        fields.unsigned(1, size)
        return fields.bytes
    }
}
