// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseRules
import ServerCore
import SpoolWire
import Testing

@Suite struct IntakeServiceTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)
    private let link = LinkID(1)
    private static let document = StoredDocument(place: .spool(name: "d"), wrappedKey: [1], size: 3, sha256: [2])

    private func connected() -> IntakeService {
        var service = IntakeService(queues: nil, wall: WallTime(milliseconds: 0))
        _ = service.handle(.connected(link, host: "pc", isTrusted: true), at: now)
        return service
    }

    /// Sends a whole job of so many documents; the actions of its last octet.
    private func send(documents: Int, to service: inout IntakeService) -> [IntakeService.Action] {
        let files = (0..<documents).map { "df\("ABC".dropFirst($0).prefix(1))001pc" }
        let control = "Hpc\nPada\nJletter\n" + files.map { "l\($0)\n" }.joined()
        var actions = receive("\u{2}q\n\u{2}\(control.utf8.count) cfA001pc\n\(control)\0", by: &service)
        for (index, file) in files.enumerated() {
            actions = receive("\u{3}3 \(file)\nabc", by: &service)
            _ = service.handle(.appended(DocumentToken(link: link, index: index), isStored: true), at: now)
            actions = receive("\0", by: &service)
        }
        return actions
    }

    private func receive(_ text: String, by service: inout IntakeService) -> [IntakeService.Action] {
        service.handle(.received(link, Array(text.utf8)), at: now)
    }

    private func token(_ index: Int) -> DocumentToken { DocumentToken(link: link, index: index) }

    @Test func theLastOctetLeavesAfterTheCommit() {
        var service = connected()
        #expect(send(documents: 1, to: &service) == [.finish(token(0)), .pause(link)])
        let asked = service.handle(.finished(token(0), Self.document), at: now)
        guard case .ask(let question, .acceptJob(let job))? = asked.first else {
            Issue.record("the job is not handed over")
            return
        }
        #expect(job.owner == "ada" && job.title == "letter" && job.host == "pc" && job.clientNumber == "1/0")
        let done = service.handle(.answered(question, .jobAccepted(JobID(4), isNew: true)), at: now)
        #expect(done.contains(.send(link, [0])) && done.contains(.analyse(JobID(4), Self.document)))
        #expect(done.last == .resume(link))
    }

    /// Before the disk is really full; whoever has begun may end.
    @Test func aDiskThatFillsTakesNoNewJobs() {
        var service = connected()
        #expect(receive("\u{2}q\n\u{3}3 dfA001pc\nab", by: &service).contains(.begin(token(0))))
        #expect(service.handle(.take(.noJobs), at: now) == [])
        _ = service.handle(.appended(token(0), isStored: true), at: now)
        #expect(receive("c", by: &service) == [.append(token(0), Array("c".utf8)), .pause(link)])
        _ = service.handle(.appended(token(0), isStored: true), at: now)
        #expect(receive("\0", by: &service) == [.send(link, [0])])
        let late = LinkID(2)
        _ = service.handle(.connected(late, host: "pc", isTrusted: true), at: now)
        let refused = service.handle(.received(late, Array("\u{2}q\n".utf8)), at: now)
        #expect(
            refused == [.note(.intakeRefused(host: "pc", reason: "spool-full")), .send(late, [1]), .close(late)])
        _ = service.handle(.take(.open), at: now)
        let next = LinkID(3)
        _ = service.handle(.connected(next, host: "pc", isTrusted: true), at: now)
        #expect(service.handle(.received(next, Array("\u{2}q\n".utf8)), at: now) == [.send(next, [0])])
    }

    @Test func aFullStoreIsToldToWhoHasAReserve() {
        var service = connected()
        _ = send(documents: 1, to: &service)
        guard case .ask(let question, _)? = service.handle(.finished(token(0), Self.document), at: now).first else {
            Issue.record("the job is not handed over")
            return
        }
        #expect(service.handle(.answered(question, .failed(.full)), at: now).contains(.storeIsFull))
    }

    @Test func ofTwoDocumentsOneCannotBeStored() {
        var service = connected()
        #expect(send(documents: 2, to: &service) == [.finish(token(0)), .finish(token(1)), .pause(link)])
        #expect(service.handle(.finished(token(0), Self.document), at: now) == [])
        let actions = service.handle(.finished(token(1), nil), at: now)
        #expect(actions == [.remove(Self.document), .send(link, [1]), .resume(link)])
    }

    @Test(arguments: [StoreReply.failed(.full), .failed(.busy), .jobRefused(.ownerMissing)])
    func aJobThatTheStoreDoesNotTakeIsNotAcknowledged(answer: StoreReply) {
        var service = connected()
        _ = send(documents: 1, to: &service)
        _ = service.handle(.finished(token(0), Self.document), at: now)
        let actions = service.handle(.answered(QuestionID(1), answer), at: now)
        #expect(actions.contains(.remove(Self.document)) && actions.contains(.send(link, [1])))
        #expect(!actions.contains(.send(link, [0])))
    }

    @Test func aRepeatedJobIsAcknowledgedAndItsSecondDocumentRemoved() {
        var service = connected()
        _ = send(documents: 1, to: &service)
        _ = service.handle(.finished(token(0), Self.document), at: now)
        let actions = service.handle(.answered(QuestionID(1), .jobAccepted(JobID(4), isNew: false)), at: now)
        #expect(actions.contains(.remove(Self.document)) && actions.contains(.send(link, [0])))
    }

    @Test func aClientThatLeavesWhileItsJobIsCommittedLosesNothing() {
        var service = connected()
        _ = send(documents: 1, to: &service)
        _ = service.handle(.disconnected(link, .broken), at: now)
        let asked = service.handle(.finished(token(0), Self.document), at: now)
        #expect(asked.count == 1)
        let done = service.handle(.answered(QuestionID(1), .jobAccepted(JobID(4), isNew: true)), at: now)
        #expect(done.contains(.close(link)) && !done.contains(.remove(Self.document)))
    }

    @Test func aHostThatIsNotTrustedIsTurnedAway() {
        var service = IntakeService(queues: nil, wall: WallTime(milliseconds: 0))
        #expect(
            service.handle(.connected(link, host: "x", isTrusted: false), at: now) == [
                .note(.intakeRefused(host: "x", reason: "host-not-trusted")), .close(link),
            ])
        #expect(receive("\u{2}q\n", by: &service) == [])
    }

    @Test func aHostHasOnlySoManyConnections() {
        var service = IntakeService(queues: nil, wall: WallTime(milliseconds: 0))
        func connect(_ number: Int, from host: String) -> Int {
            service.handle(.connected(LinkID(UInt64(number)), host: host, isTrusted: true), at: now).count
        }
        for number in 1...IntakeService.connectionsPerHostLimit { #expect(connect(number, from: "a") == 0) }
        #expect(connect(1000, from: "a") == 2)
        let rest = IntakeService.connectionLimit - IntakeService.connectionsPerHostLimit
        for number in 1...rest { #expect(connect(2000 + number, from: "b\(number)") == 0) }
        #expect(connect(3000, from: "c") == 2)
    }
}
