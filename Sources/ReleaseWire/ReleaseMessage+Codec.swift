// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives

extension ReleaseMessage {
    /// The type number in the frame's header. `ReleaseWire.docc` has the table.
    package var type: UInt16 {
        switch self {
        case .hello: 1
        case .welcome: 2
        case .enrol: 3
        case .enrolled: 4
        case .rotateKey, .keyAnnounced: 5
        case .goAway: 6
        case .credential: 16
        case .challenge: 17
        case .challengeReply: 18
        case .session: 19
        case .sessionEnd: 20
        case .readOutcome: 21
        case .login: 22
        case .accountQuery, .accounts: 23
        case .jobList, .jobs: 24
        case .release, .releases: 25
        case .hold, .held: 26
        case .delete, .deleted: 27
        case .registered: 28
        case .changePIN: 29
        case .documentOpen, .documentOpened: 30
        case .progress: 32
        case .reportQuery: 52
        case .report: 53
        case .readers, .readersNoted: 34
        case .account: 40
        case .offline(let message): message.type
        case .refused: 60
        }
    }

    /// The frame's payload: a CBOR map. An event's map begins with its sequence number under key 0.
    package func payload(sequence: UInt64? = nil) -> [UInt8] {
        precondition((sequence != nil) == isDurable, "durable events, and only they, have a sequence number")
        return switch self {
        case .hello(let hello): hello.payload
        case .welcome(let welcome): welcome.payload
        case .enrol(let enrolment): enrolment.payload
        case .enrolled(let name): Enrolment.enrolledPayload(name)
        case .rotateKey(let rotation): rotation.payload
        case .keyAnnounced: KeyRotation.announcedPayload
        case .goAway(let retryAfter): Refusal.goAwayPayload(retryAfter)
        case .credential(let presented): presented.payload
        case .challenge(let challenge): challenge.payload
        case .challengeReply(let reply): reply.payload
        case .session(let grant): grant.payload
        case .sessionEnd(let end): end.payload
        case .readOutcome(let record): DurableEvent.readOutcome(record).payload(sequence: sequence ?? 0)
        case .login(let login): login.payload
        case .accountQuery(let query): query.payload
        case .accounts(let page): page.payload
        case .jobList(let query): query.payload
        case .jobs(let page): page.payload
        case .release(let order): order.payload
        case .releases(let grants, let elsewhere): ReleaseGrant.payload(grants, elsewhere: elsewhere)
        case .hold(let jobs), .delete(let jobs): jobs.payload
        case .held(let count), .deleted(let count): JobSelection.countPayload(count)
        case .registered(let user): SessionGrant.registeredPayload(user)
        case .changePIN(let session): ReleaseOrder.sessionPayload(session)
        case .documentOpen(let open): open.payload
        case .documentOpened(let size): DocumentOpen.openedPayload(size)
        case .progress(let progress): DurableEvent.progress(progress).payload(sequence: sequence ?? 0)
        case .reportQuery(let query): query.payload
        case .report(let page): page.payload
        case .readers(let readers): ReaderStatus.payload(readers)
        case .readersNoted: CBORFieldWriter(count: 0).bytes
        case .account(let charge): DurableEvent.account(charge).payload(sequence: sequence ?? 0)
        case .offline(let message): message.payload
        case .refused(let refusal): refusal.payload
        }
    }

    /// The message of a request, reply, command or goaway frame; `nil` when this kind has no such type.
    package static func decode(
        kind: FrameKind, type: UInt16, payload: ArraySlice<UInt8>
    ) throws(WireFault) -> ReleaseMessage? {
        let read: (inout CBORFieldReader) throws(WireFault) -> ReleaseMessage
        switch kind {
        case .request:
            guard let known = request(type) else { return nil }
            read = known
        case .reply:
            guard let known = reply(type) else { return nil }
            read = known
        case .command:
            guard let known = command(type) else { return nil }
            read = known
        case .goAway:
            guard type == 6 else { return nil }
            read = { (fields) throws(WireFault) in .goAway(retryAfter: try fields.milliseconds(1, "retry after")) }
        case .event, .acknowledgement, .data, .credit, .ping, .pong: return nil
        }
        var fields = try CBORFieldReader(payload)
        let message = try read(&fields)
        try fields.end()
        return message
    }

    /// A durable event; its message is `nil` when the type is not known.
    package static func decodeEvent(
        type: UInt16, payload: ArraySlice<UInt8>
    ) throws(WireFault) -> (sequence: UInt64, message: ReleaseMessage?) {
        let (sequence, event) = try DurableEvent.decode(type: type, payload: payload)
        return (sequence, event.map(ReleaseMessage.init))
    }

    package init(_ event: DurableEvent) {
        switch event {
        case .readOutcome(let record): self = .readOutcome(record)
        case .progress(let progress): self = .progress(progress)
        case .account(let charge): self = .account(charge)
        }
    }

    private typealias Reading = (inout CBORFieldReader) throws(WireFault) -> ReleaseMessage

    private static func request(_ type: UInt16) -> Reading? {
        switch type {
        case 1: { (fields) throws(WireFault) in .hello(try Hello(&fields)) }
        case 3: { (fields) throws(WireFault) in .enrol(try Enrolment(&fields)) }
        case 5: { (fields) throws(WireFault) in .rotateKey(try KeyRotation(&fields)) }
        case 16: { (fields) throws(WireFault) in .credential(try Presented(&fields)) }
        case 18: { (fields) throws(WireFault) in .challengeReply(try ChallengeReply(&fields)) }
        case 20: { (fields) throws(WireFault) in .sessionEnd(try SessionEnd(&fields)) }
        case 22: { (fields) throws(WireFault) in .login(try Login(&fields)) }
        case 23: { (fields) throws(WireFault) in .accountQuery(try AccountQuery(&fields)) }
        case 24: { (fields) throws(WireFault) in .jobList(try JobListQuery(&fields)) }
        case 25: { (fields) throws(WireFault) in .release(try ReleaseOrder(&fields)) }
        case 26: { (fields) throws(WireFault) in .hold(try JobSelection(&fields)) }
        case 27: { (fields) throws(WireFault) in .delete(try JobSelection(&fields)) }
        case 29: { (fields) throws(WireFault) in .changePIN(session: try fields.id(1, "session")) }
        case 30: { (fields) throws(WireFault) in .documentOpen(try DocumentOpen(&fields)) }
        case 52: { (fields) throws(WireFault) in .reportQuery(try ReportQuery(&fields)) }
        case 34: { (fields) throws(WireFault) in .readers(try ReaderStatus.readList(&fields)) }
        default: offline(.request, type)
        }
    }

    private static func command(_ type: UInt16) -> Reading? {
        switch type {
        case 20: { (fields) throws(WireFault) in .sessionEnd(try SessionEnd(&fields)) }
        default: offline(.command, type)
        }
    }

    private static func offline(_ kind: FrameKind, _ type: UInt16) -> Reading? {
        guard let read = OfflineMessage.reading(kind, type) else { return nil }
        return { (fields) throws(WireFault) in .offline(try read(&fields)) }
    }

    private static func reply(_ type: UInt16) -> Reading? {
        switch type {
        case 2: { (fields) throws(WireFault) in .welcome(try Welcome(&fields)) }
        case 4:
            { (fields) throws(WireFault) in .enrolled(name: try fields.text(1, "name", limit: Wire.nameLimit)) }
        case 5: { _ in .keyAnnounced }
        case 17: { (fields) throws(WireFault) in .challenge(try Challenge(&fields)) }
        case 19: { (fields) throws(WireFault) in .session(try SessionGrant(&fields)) }
        case 20: { (fields) throws(WireFault) in .sessionEnd(try SessionEnd(&fields)) }
        case 23: { (fields) throws(WireFault) in .accounts(try AccountPage(&fields)) }
        case 24: { (fields) throws(WireFault) in .jobs(try JobPage(&fields)) }
        case 25: { (fields) throws(WireFault) in try ReleaseGrant.readList(&fields) }
        case 26: { (fields) throws(WireFault) in .held(try fields.count(1, "count")) }
        case 27: { (fields) throws(WireFault) in .deleted(try fields.count(1, "count")) }
        case 28:
            { (fields) throws(WireFault) in .registered(user: try fields.text(1, "user", limit: Wire.labelLimit)) }
        case 30: { (fields) throws(WireFault) in .documentOpened(size: try fields.unsigned(1, "size")) }
        case 53: { (fields) throws(WireFault) in .report(try ReportPage(&fields)) }
        case 34: { (_) throws(WireFault) in .readersNoted }
        case 60: { (fields) throws(WireFault) in .refused(try Refusal(&fields)) }
        default: offline(.reply, type)
        }
    }
}
