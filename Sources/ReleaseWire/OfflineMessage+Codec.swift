// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives

extension OfflineMessage {
    package var type: UInt16 {
        switch self {
        case .ask, .answer: 35
        case .askNow: 36
        case .learn, .learned: 37
        case .open: 38
        case .policy: 51
        }
    }

    var isRequest: Bool {
        switch self {
        case .ask, .learn, .open: true
        case .answer, .askNow, .learned, .policy: false
        }
    }

    /// Whether the server says it unasked.
    var isCommand: Bool {
        switch self {
        case .askNow, .policy: true
        case .ask, .answer, .learn, .learned, .open: false
        }
    }

    func answers(type asked: UInt16) -> Bool {
        switch self {
        case .answer: asked == 35
        case .learned: asked == 37
        case .ask, .askNow, .learn, .open, .policy: false
        }
    }

    var payload: [UInt8] {
        switch self {
        case .ask(let ask): return ask.payload
        case .answer(let answer): return answer.payload
        case .askNow: return CBORFieldWriter(count: 0).bytes
        case .learn(let session):
            var fields = CBORFieldWriter(count: 1)
            fields.id(1, session)
            return fields.bytes
        case .learned(let learned): return learned.payload
        case .open(let open): return open.payload
        case .policy(let policy):
            var fields = CBORFieldWriter(count: OfflinePolicy.fieldCount)
            policy.write(to: &fields, from: 1)
            return fields.bytes
        }
    }

    typealias Reading = (inout CBORFieldReader) throws(WireFault) -> OfflineMessage

    /// `nil` when this kind has no such type among these.
    static func reading(_ kind: FrameKind, _ type: UInt16) -> Reading? {
        switch (kind, type) {
        case (.request, 35): { (fields) throws(WireFault) in .ask(try CustodyAsk(&fields)) }
        case (.reply, 35): { (fields) throws(WireFault) in .answer(try CustodyAnswer(&fields)) }
        case (.command, 36): { (_) throws(WireFault) in .askNow }
        case (.request, 37): { (fields) throws(WireFault) in .learn(session: try fields.id(1, "session")) }
        case (.reply, 37): { (fields) throws(WireFault) in .learned(try Learned(&fields)) }
        case (.request, 38): { (fields) throws(WireFault) in .open(try CustodyOpen(&fields)) }
        case (.command, 51): { (fields) throws(WireFault) in .policy(try OfflinePolicy(&fields, from: 1)) }
        default: nil
        }
    }
}

extension CustodyAsk {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            items: try fields.list(1, "custodies", limit: Self.limit) { (item) throws(WireFault) in
                Item(try item.id(1, "fence"), try item.value(2, "listing"))
            },
            room: try fields.unsigned(2, "room"),
            forgotten: try fields.unsigned(3, "forgotten", in: Wire.records))
    }

    var payload: [UInt8] {
        precondition(items.count <= Self.limit, "an agent holds its custodies below the limit")
        var fields = CBORFieldWriter(count: 3)
        fields.list(1, count: items.count)
        for item in items {
            fields.item(count: 2)
            fields.id(1, item.fence)
            fields.value(2, item.listing)
        }
        fields.unsigned(2, room)
        fields.unsigned(3, forgotten)
        return fields.bytes
    }
}

extension CustodyAnswer {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            lent: try fields.unsignedList(1, "lent", limit: CustodyAsk.limit, in: Wire.records)
                .map { Fence(Int64($0)) },
            lease: try fields.milliseconds(2, "lease"),
            offers: try fields.list(3, "offers", limit: Self.offerLimit) { (item) throws(WireFault) in
                try CustodyFacts(&item)
            },
            printer: try fields.list(4, "printer", limit: 1) { (item) throws(WireFault) in try OfflinePrinter(&item) }
                .first,
            forget: try fields.unsignedList(5, "forget", limit: Self.forgetLimit, in: Wire.records)
                .map { UserID(Int64($0)) },
            forgotten: try fields.unsigned(6, "forgotten", in: Wire.records))
    }

    var payload: [UInt8] {
        precondition(lent.count <= CustodyAsk.limit && offers.count <= Self.offerLimit, "an answer has its limits")
        precondition(forget.count <= Self.forgetLimit, "the rest is for the next answer")
        var fields = CBORFieldWriter(count: 6)
        fields.unsignedList(1, lent.map { UInt64($0.value) })
        fields.unsigned(2, Wire.milliseconds(lease))
        fields.list(3, count: offers.count)
        for offer in offers {
            fields.item(count: CustodyFacts.fieldCount)
            offer.write(to: &fields)
        }
        fields.list(4, count: printer == nil ? 0 : 1)
        if let printer {
            fields.item(count: OfflinePrinter.fieldCount)
            printer.write(to: &fields)
        }
        fields.unsignedList(5, forget.map { UInt64($0.value) })
        fields.unsigned(6, forgotten)
        return fields.bytes
    }
}

extension Learned {
    private enum Factor: UInt8 {
        case badgeAlone = 0
        case second = 1
    }

    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        let user: UserID = try fields.id(1, "user")
        let label = try fields.text(2, "label", limit: Wire.labelLimit)
        let factor: Factor = try fields.value(3, "second factor")
        self.init(user: user, label: label, needsSecondFactor: factor == .second)
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 3)
        fields.id(1, user)
        fields.label(2, label, limit: Wire.labelLimit)
        fields.value(3, needsSecondFactor ? Factor.second : .badgeAlone)
        return fields.bytes
    }
}

extension CustodyOpen {
    init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            fence: try fields.id(1, "fence"),
            offset: try fields.unsigned(2, "offset"),
            window: try fields.word(3, "window"))
    }

    var payload: [UInt8] {
        var fields = CBORFieldWriter(count: 3)
        fields.id(1, fence)
        fields.unsigned(2, offset)
        fields.unsigned(3, UInt64(window))
        return fields.bytes
    }
}

extension ReleaseMessage {
    /// What a request for a document wants: from where, and how much before more is granted. `nil` for every other
    /// message.
    var documentWanted: (offset: UInt64, window: UInt32)? {
        switch self {
        case .documentOpen(let open): (open.offset, open.window)
        case .offline(.open(let open)): (open.offset, open.window)
        default: nil
        }
    }
}
