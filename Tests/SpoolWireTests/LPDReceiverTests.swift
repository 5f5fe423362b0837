// SPDX-License-Identifier: Apache-2.0

import Primitives
import SpoolWire
import Testing

@Suite struct LPDReceiverTests {
    private func job(_ pieces: [UInt8]...) -> LPDClient {
        var client = LPDClient()
        client.receive(pieces.flatMap { $0 })
        return client
    }

    @Test func aJobIsSubmittedWithItsFactsAndBytes() throws {
        let client = job(LPDText.receive("hold"), LPDText.control(), LPDText.data("%PDF"))
        let job = try #require(client.jobs.first)
        #expect(client.jobs.count == 1)
        #expect(job.queue == LPDQueue(name: "hold"))
        #expect(job.user == "ana" && job.host == "host" && job.jobName == "budget")
        #expect(job.sourceNames == ["budget.pdf"] && job.jobNumber == 123)
        #expect(job.documents == [.init(index: 0, name: "dfA123host", byteCount: 4, copies: 1, letter: "l")])
        #expect(client.documents == [0: Array("%PDF".utf8)])
        #expect(client.sent == [0, 0, 0, 0, 0])
        #expect(!client.isClosed)
    }

    @Test func eachStepIsOneActionOfItsOwn() {
        var receiver = LPDReceiver(openedAt: MonotonicTime(nanoseconds: 0))
        func step(_ event: LPDReceiver.Event) -> [LPDReceiver.Action] {
            receiver.handle(event, at: MonotonicTime(nanoseconds: 0))
        }
        #expect(step(.received(LPDText.receive("q"))) == [.send([0])])
        #expect(step(.received(Array("\u{3}3 dfA1h\n".utf8))) == [.beginDocument(index: 0, name: "dfA1h"), .send([0])])
        #expect(step(.received(Array("abc\0".utf8))) == [.write(index: 0, Array("abc".utf8))])
        #expect(!receiver.wantsInput)
        #expect(step(.written) == [.send([0])])
        #expect(receiver.wantsInput)
        #expect(step(.received(Array("\u{2}6 cfA1h\n".utf8))) == [.send([0])])
        let actions = step(.received(Array("ldfA1h\0".utf8)))
        guard case .submit(let job) = actions.first else {
            Issue.record("no job in \(actions)")
            return
        }
        #expect(actions.count == 1 && job.documents.map(\.byteCount) == [3])
        #expect(!receiver.wantsInput)
        #expect(step(.committed(.accepted)) == [.send([0])])
        #expect(step(.disconnected(.finished)) == [.close])
        #expect(step(.disconnected(.broken)) == [])
    }

    @Test func theLastAckWaitsForTheCommitInEitherOrder() {
        for pieces in [[LPDText.control(), LPDText.data("x")], [LPDText.data("x"), LPDText.control()]] {
            var client = LPDClient()
            client.answersCommits = false
            client.receive(LPDText.receive("q") + pieces[0] + pieces[1])
            #expect(client.jobs.count == 1)
            #expect(client.sent == [0, 0, 0, 0])
            #expect(!client.receiver.wantsInput && client.receiver.deadline == nil)
            client.handle(.committed(.accepted))
            #expect(client.sent == [0, 0, 0, 0, 0])
            #expect(client.receiver.wantsInput)
        }
    }

    @Test func aRefusedJobIsAnsweredAndTheNextOneStillTaken() {
        var client = LPDClient()
        client.verdict = .refused
        client.receive(LPDText.receive("q") + LPDText.control() + LPDText.data("x"))
        #expect(client.sent == [0, 0, 0, 0, 1])
        client.verdict = .accepted
        client.receive(LPDText.control() + LPDText.data("y"))
        #expect(client.sent == [0, 0, 0, 0, 1, 0, 0, 0, 0])
        #expect(client.discarded.isEmpty && client.refusals.isEmpty)
    }

    @Test func severalDataFilesMakeOneJob() throws {
        let control = LPDText.control("Pana\nldfA1h\nldfB1h\nldfB1h\n")
        let (a, b) = (LPDText.data("aa", name: "dfA1h"), LPDText.data("b", name: "dfB1h"))
        for pieces in [[control, a, b], [control, b, a], [a, b, control], [b, control, a]] {
            let client = job(LPDText.receive("q"), pieces[0], pieces[1], pieces[2])
            let documents = try #require(client.jobs.first).documents
            #expect(documents.map(\.name) == ["dfA1h", "dfB1h"])
            #expect(documents.map(\.byteCount) == [2, 1])
            #expect(documents.map(\.copies) == [1, 2])
            #expect(client.jobs.count == 1)
        }
    }

    @Test func manyJobsShareAConnection() {
        let one = LPDText.control() + LPDText.data("1")
        let client = job(LPDText.receive("q"), one, one, LPDText.receive("r"), one)
        #expect(client.jobs.map(\.queue.name) == ["q", "q", "r"])
        #expect(client.jobs.map(\.documents[0].index) == [0, 1, 2])
        #expect(client.discarded.isEmpty)
    }

    @Test func severalControlFilesWaitForTheirOwnData() {
        let client = job(
            LPDText.receive("q"), LPDText.control("J1\nldfA1h\n"), LPDText.control("J2\nldfA2h\n"),
            LPDText.data("2", name: "dfA2h"), LPDText.data("1", name: "dfA1h"))
        #expect(client.jobs.map(\.jobName) == ["2", "1"])
        #expect(client.jobs.map(\.documents[0].name) == ["dfA2h", "dfA1h"])
    }

    @Test func filesOfDifferentNumbersStillMeet() {
        let named = LPDText.control("Pana\nldfA124host\n", name: "cfA124host")
        let unnamed = LPDText.control("Pana\n")
        for control in [named, unnamed] {
            #expect(job(LPDText.receive("q"), control, LPDText.data("x")).jobs.count == 1)
            #expect(job(LPDText.receive("q"), LPDText.data("x"), control).jobs.count == 1)
        }
    }

    @Test(arguments: ["0", "125899906843000", "99999999999999999999999", "1099511627776"])
    func anUnknownLengthLastsUntilTheEnd(count: String) throws {
        var client = job(LPDText.receive("q"), LPDText.control(), LPDText.data("abc", count: count, end: ""))
        client.receive("def")
        #expect(client.jobs.isEmpty)
        client.end()
        #expect(try #require(client.jobs.first).byteCount == 6)
        #expect(client.documents == [0: Array("abcdef".utf8)])
        #expect(client.isClosed && client.discarded.isEmpty)
    }

    @Test func anUnknownLengthThatEndsInAResetIsNotAJob() {
        var client = job(LPDText.receive("q"), LPDText.control(), LPDText.data("abc", count: "0", end: ""))
        client.end(.broken)
        #expect(client.jobs.isEmpty)
        #expect(client.discarded == [0] && client.refusals == [.endedMidJob] && client.isClosed)
    }

    @Test func anUnknownLengthWithoutAControlFileIsNotAJob() {
        var client = job(LPDText.receive("q"), LPDText.data("abc", count: "0", end: ""))
        client.end()
        #expect(client.jobs.isEmpty && client.discarded == [0] && client.refusals == [.endedMidJob])
    }

    @Test(arguments: [LPDReceiver.Ending.finished, .broken])
    func aMissingFinalOctetIsForgivenAtTheEnd(ending: LPDReceiver.Ending) {
        var client = job(LPDText.receive("q"), LPDText.control(), LPDText.data("abc", end: ""))
        #expect(client.jobs.isEmpty)
        client.end(ending)
        #expect(client.jobs.map(\.byteCount) == [3])
        #expect(client.isClosed && client.refusals.isEmpty)
        #expect(client.sent == (ending == .finished ? [0, 0, 0, 0, 0] : [0, 0, 0, 0]))
    }

    @Test func aClientThatWaitsWithoutItsFinalOctetIsAnswered() {
        var client = job(LPDText.receive("q"), LPDText.control(), LPDText.data("abc", end: ""))
        client.wait(.seconds(5))
        #expect(client.jobs.count == 1 && client.sent == [0, 0, 0, 0, 0])
        client.receive([0] + LPDText.control() + LPDText.data("x"))
        #expect(client.jobs.count == 2)
    }

    @Test func anEndWhileTheDiskIsBusyIsHandledAfterIt() {
        var client = LPDClient()
        client.answersWrites = false
        client.answersCommits = false
        client.receive(LPDText.receive("q") + LPDText.control() + LPDText.data("abc"))
        client.end()
        #expect(client.jobs.isEmpty && !client.isClosed)
        client.handle(.written)
        #expect(client.jobs.count == 1 && !client.isClosed)
        client.handle(.committed(.accepted))
        #expect(client.isClosed)
    }

    @Test func aLineFeedAfterTheAckIsSkipped() {
        let client = job(
            LPDText.receive("q"), [0x0A], LPDText.control(), [0x0A], LPDText.data("abc"), [0x0A], LPDText.control(),
            [0x0A], LPDText.data("x"))
        #expect(client.jobs.count == 2 && client.refusals.isEmpty)
    }

    @Test func abortThrowsAwayWhatIsNotYetAJob() {
        var client = job(LPDText.receive("q"), LPDText.data("abc"), Array("\u{1}\n".utf8))
        #expect(client.discarded == [0] && client.sent == [0, 0, 0, 0])
        client.receive(LPDText.data("x") + LPDText.control())
        #expect(client.jobs.map(\.byteCount) == [1])
    }

    @Test(arguments: [
        ("hold+4711", LPDQueue(name: "hold", account: "4711")),
        ("hold/draft", LPDQueue(name: "hold", instance: "draft")), ("a+b", LPDQueue(name: "a+b")),
        ("hold", LPDQueue(name: "hold")),
    ])
    func queueNamesAreTakenApart(operand: String, queue: LPDQueue) {
        var client = LPDClient(queues: ["hold", "a+b"])
        client.receive(LPDText.receive(operand) + LPDText.control() + LPDText.data("x"))
        #expect(client.jobs.map(\.queue) == [queue])
    }

    @Test func queueStateIsAskedForAndSent() {
        var client = LPDClient()
        client.receive("\u{4}hold ana 17\n")
        #expect(client.questions == [.askQueueState(LPDQueue(name: "hold"), isLong: true, list: ["ana", "17"])])
        #expect(!client.receiver.wantsInput)
        client.handle(.queueState("no entries\n"))
        #expect(client.sent == Array("no entries\n".utf8) && client.isClosed)
        var short = LPDClient()
        short.receive("\u{3}hold \n")
        #expect(short.questions == [.askQueueState(LPDQueue(name: "hold"), isLong: false, list: [])])
    }

    @Test func printWaitingClosesAndRemovalIsRefused() {
        var waiting = LPDClient()
        waiting.receive("\u{1}hold\n")
        #expect(waiting.isClosed && waiting.sent.isEmpty && waiting.refusals.isEmpty)
        var removal = LPDClient()
        removal.receive("\u{5}hold ana 17\n")
        #expect(removal.isClosed && removal.sent == [1] && removal.refusals == [.removalNotOffered])
    }

    @Test func aConnectionWithoutAWordJustCloses() {
        var client = LPDClient()
        client.end()
        #expect(client.isClosed && client.refusals.isEmpty)
    }
}
