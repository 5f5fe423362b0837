// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// A lent job has one form, on the wire and in the agent's journal.
extension CustodyFacts {
    package static let fieldCount = 9

    package init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            fence: try fields.id(1, "fence"),
            job: try fields.id(2, "job"),
            user: try fields.id(3, "user"),
            label: try fields.text(4, "label", limit: Self.titleLimit),
            title: try fields.text(5, "title", limit: Self.titleLimit),
            format: try fields.text(6, "format", limit: Self.formatLimit),
            size: try fields.unsigned(7, "size"),
            sha256: try fields.bytes(8, "sha256", count: Self.digestLength),
            pages: Int(try fields.unsigned(9, "pages", in: 0...DurableEvent.countLimit)))
    }

    package func write(to fields: inout CBORFieldWriter) {
        fields.id(1, fence)
        fields.id(2, job)
        fields.id(3, user)
        fields.label(4, label, limit: Self.titleLimit)
        fields.label(5, title, limit: Self.titleLimit)
        fields.text(6, format, limit: Self.formatLimit)
        fields.unsigned(7, size)
        fields.bytes(8, sha256, count: Self.digestLength)
        fields.unsigned(9, UInt64(clamping: pages))
    }
}

extension OfflinePrinter {
    package static let fieldCount = 3

    package init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            id: try fields.id(1, "printer id"),
            name: try fields.text(2, "printer name", limit: DurableEvent.nameLimit),
            uri: try fields.text(3, "printer uri", limit: Self.uriLimit))
    }

    package func write(to fields: inout CBORFieldWriter) {
        fields.id(1, id)
        fields.label(2, name, limit: DurableEvent.nameLimit)
        fields.text(3, uri, limit: Self.uriLimit)
    }
}

extension OfflinePolicy {
    private enum Mode: UInt8 {
        case deny = 0
        case cached = 1
        case chargeLater = 2
    }

    package static let fieldCount = 4

    /// - Parameter first: the key of the first of four fields.
    package init(_ fields: inout CBORFieldReader, from first: UInt64) throws(WireFault) {
        let mode: Mode = try fields.value(first, "offline mode")
        self.init(
            mode: mode == .deny ? .deny : mode == .cached ? .cached : .chargeLater,
            pages: Int(try fields.unsigned(first + 1, "offline pages", in: 0...DurableEvent.countLimit)),
            lease: try Self.duration(&fields, first + 2, "lease"),
            interval: try Self.duration(&fields, first + 3, "interval"))
    }

    package func write(to fields: inout CBORFieldWriter, from first: UInt64) {
        let number: Mode =
            switch mode {
            case .deny: .deny
            case .cached: .cached
            case .chargeLater: .chargeLater
            }
        fields.value(first, number)
        fields.unsigned(first + 1, UInt64(clamping: pages))
        fields.unsigned(first + 2, UInt64(clamping: lease.components.seconds))
        fields.unsigned(first + 3, UInt64(clamping: interval.components.seconds))
    }

    /// Whole seconds, at least one.
    private static func duration(
        _ fields: inout CBORFieldReader, _ key: UInt64, _ field: String
    ) throws(WireFault) -> Duration {
        .seconds(Int64(try fields.unsigned(key, field, in: 1...UInt64(UInt32.max))))
    }
}

/// What an event and the agent's journal say of it under keys from 1 on.
extension OfflineCharge {
    package var fieldCount: Int { account == nil ? 8 : 9 }

    package init(_ fields: inout CBORFieldReader) throws(WireFault) {
        self.init(
            key: try fields.bytes(1, "release key", count: DurableEvent.keyLength),
            fence: try fields.id(2, "fence"),
            job: try fields.id(3, "job"),
            user: try fields.id(4, "user"),
            outcome: try Outcome(&fields, from: 5),
            evidence: try fields.value(7, "evidence"),
            at: try fields.wallTime(8, "at"))
        if try fields.has(9) { account = try fields.id(9, "billing code") }
    }

    func payload(_ sequence: UInt64) -> [UInt8] {
        var fields = CBORFieldWriter(count: fieldCount + 1)
        fields.unsigned(0, sequence)
        write(to: &fields)
        return fields.bytes
    }

    package func write(to fields: inout CBORFieldWriter) {
        fields.bytes(1, key, count: DurableEvent.keyLength)
        fields.id(2, fence)
        fields.id(3, job)
        fields.id(4, user)
        outcome.write(to: &fields, from: 5)
        fields.value(7, evidence)
        fields.integer(8, at.milliseconds)
        if let account { fields.id(9, account) }
    }
}
