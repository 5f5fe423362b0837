// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import PrintModel
import ServerCore
import ServerRuntime
import Testing
import TestKit

/// Jobs that come in by LPD, through real sockets, into a real store.
@Suite struct IntakeTests {
    private let site: Site

    init() throws {
        site = try Site()
        try site.addUser("anna")
    }

    /// That the server still takes a job of somebody else.
    private func expectStillServing(number: Int = 900) throws {
        let before = try site.jobs().count
        let peer = try site.lpd()
        peer.stream.write(LPDJobs.job(Array("still".utf8), number: number))
        #expect(try site.loop.turn { peer.bytes.count == 5 || peer.isOver })
        #expect(peer.bytes == LPDJobs.acknowledgements)
        #expect(try site.jobs().count == before + 1)
    }

    @Test(arguments: [[], ["--send-data-first"]])
    func theRlprProgramPrints(options: [String]) throws {
        let document = site.folder.path + "/notes.txt"
        try DurableFile.write(Array("hello\n".utf8), to: document)
        let arguments =
            options + ["-q", "-N", "--port=\(try site.runtime.lpdPort)", "-H127.0.0.1", "-Ppool", "-Uanna", document]
        let result = try run("/usr/bin/rlpr", arguments, on: site.loop)
        #expect(result.status == .exited(0), "\(result.errors)")
        let jobs = try site.jobs()
        #expect(jobs.count == 1 && jobs.first?.owner == "anna" && jobs.first?.size == 6)
        #expect(jobs.first?.state == .held)
    }

    @Test(arguments: [[], ["--send-data-first"]])
    func theRlprProgramHearsThatAnEmptyFileIsNotTaken(options: [String]) throws {
        let document = site.folder.path + "/empty.txt"
        try DurableFile.write([], to: document)
        let arguments =
            options + ["-q", "-N", "--port=\(try site.runtime.lpdPort)", "-H127.0.0.1", "-Ppool", "-Uanna", document]
        let result = try run("/usr/bin/rlpr", arguments, on: site.loop)
        guard case .exited(let code) = result.status else { throw Unexpected(what: "the end of rlpr") }
        #expect(code != 0)
        #expect(site.log.has("intake-refused") && site.log.has("empty-document"), "\(site.log.all)")
        try expectStillServing()
    }

    @Test(arguments: [false, true])
    func bothOrdersOfTheFilesAreTaken(isDataFirst: Bool) throws {
        let peer = try site.lpd()
        peer.stream.write(LPDJobs.job([1, 2, 3], isDataFirst: isDataFirst))
        #expect(try site.loop.turn { peer.bytes.count == 5 })
        #expect(peer.bytes == LPDJobs.acknowledgements)
        #expect(try site.jobs().map(\.size) == [3])
        #expect(site.log.has("job-held") && site.log.has("owner=anna"))
    }

    @Test func aClientThatSendsOctetByOctetIsServed() throws {
        let peer = try site.lpd()
        for byte in LPDJobs.job([9]) {
            peer.stream.write([byte])
            try site.loop.turn()
        }
        #expect(try site.loop.turn { peer.bytes.count == 5 })
        #expect(peer.bytes == LPDJobs.acknowledgements)
    }

    @Test(arguments: [
        ("\u{01}\n\u{07}x\n", "unknown-command"), ("\u{02}pool\n\u{02}x cfA001host\n", "malformed-command"),
        ("\u{02}pool\n\u{02}999999999 cfA001host\n", "control-file-too-long"),
        ("\u{02}pool\n\u{03}99999999999 dfA001host\n", "document-too-large"),
        ("\u{02}pool\n\u{02}3 cfA001host\nabc\u{01}", "bad-final-octet"),
        ("\u{02}" + String(repeating: "q", count: 2000), "command-too-long"), ("\u{05}pool anna 1\n", "removal"),
        ("GET / HTTP/1.1\r\n\r\n", "unknown-command"),
    ])
    func nonsenseEndsItsOwnConnectionWithANamedReason(text: String, reason: String) throws {
        let peer = try site.lpd()
        let other = try site.lpd()
        let job = LPDJobs.job(Array("whole".utf8))
        other.stream.write(Array(job.prefix(40)))
        peer.stream.write(Array(text.utf8))
        #expect(try site.loop.turn { peer.isOver })
        if !text.hasPrefix("\u{01}") {
            #expect(peer.bytes.last == 1)
            #expect(site.log.all.contains { $0.contains("intake-refused") && $0.contains(reason) }, "\(site.log.all)")
        }
        other.stream.write(Array(job.dropFirst(40)))
        #expect(try site.loop.turn { other.bytes.count == 5 })
        #expect(other.bytes == LPDJobs.acknowledgements && !other.isOver)
    }

    @Test(arguments: [20, 60, 110, 150])
    func aClientThatLeavesMidJobTakesNothingWithIt(length: Int) throws {
        let job = LPDJobs.job([UInt8](repeating: 0x41, count: 100))
        #expect(job.count > length)
        let peer = try site.lpd()
        peer.stream.write(Array(job.prefix(length)))
        try site.loop.settle()
        peer.stream.close()
        #expect(try site.loop.turn { site.log.has("ended-mid-job") })
        #expect(try site.jobs().isEmpty)
        try expectStillServing()
    }

    @Test func aClientThatHalfClosesAfterItsJobStillHearsTheAcknowledgement() throws {
        let peer = try site.lpd()
        peer.stream.write(LPDJobs.job([1]))
        peer.stream.finishWriting()
        #expect(try site.loop.turn { peer.bytes.count == 5 && peer.isOver })
        #expect(peer.bytes == LPDJobs.acknowledgements)
    }

    @Test func aJobWithoutAnOwnerIsRefused() throws {
        let peer = try site.lpd()
        peer.stream.write(LPDJobs.job([1], owner: ""))
        #expect(try site.loop.turn { peer.bytes.count == 5 || peer.isOver })
        #expect(peer.bytes == [0, 0, 0, 0, 1])
        #expect(site.log.has("job-refused"))
        try expectStillServing()
    }

    @Test func aHostThatIsNotTrustedGetsNoByte() throws {
        let strict = try Site("trusted-hosts = 10.0.0.0/8")
        let peer = try strict.lpd()
        #expect(try strict.loop.turn { peer.isOver })
        #expect(peer.bytes.isEmpty && strict.log.has("host-not-trusted"))
    }

    @Test func aDocumentLargerThanTheLimitIsRefusedAndLeavesNothing() throws {
        let small = try Site("document-limit = 1024")
        try small.addUser("anna")
        let peer = try small.lpd()
        peer.stream.write(LPDJobs.job([UInt8](repeating: 1, count: 1025)))
        #expect(try small.loop.turn { peer.isOver })
        #expect(small.log.has("document-too-large"))
        #expect(try small.jobs().isEmpty)
    }

    @Test func sixtyFourClientsAtOnceAreAllServed() throws {
        let count = 64
        var peers: [Peer] = []
        for number in 0..<count {
            let peer = try site.lpd()
            peer.stream.write(LPDJobs.job([UInt8](repeating: UInt8(number), count: 20_000), number: 100 + number))
            peers.append(peer)
        }
        #expect(try site.loop.turn { peers.allSatisfy { $0.bytes.count == 5 || $0.isOver } })
        #expect(peers.allSatisfy { $0.bytes == LPDJobs.acknowledgements })
        #expect(try site.jobs().count == count)
    }

    @Test(arguments: [false, true])
    func anAcknowledgedJobIsThereAfterARestart(isDropped: Bool) throws {
        var peers: [Peer] = []
        for number in 0..<20 {
            let peer = try site.lpd()
            peer.stream.write(LPDJobs.job([UInt8(number)], number: 200 + number))
            peers.append(peer)
        }
        #expect(try site.loop.turn { peers.contains { $0.bytes.count == 5 } })
        if isDropped { try site.drop() } else { try site.stop() }
        try site.loop.settle()
        let acknowledged = peers.count { $0.bytes == LPDJobs.acknowledgements }
        #expect(acknowledged > 0)
        try site.start()
        #expect(try site.jobs().count >= acknowledged)
        #expect(try site.jobs().allSatisfy { $0.state == .held })
    }

    @Test func theLogOfEveryStepNamesNoContent() throws {
        let peer = try site.lpd()
        peer.stream.write(LPDJobs.job(Array("SECRETSECRET".utf8)))
        #expect(try site.loop.turn { peer.bytes.count == 5 })
        #expect(site.log.has("step machine=intake kind=event name=\"received"))
        let numbers = Array("SECRET".utf8).map { "\($0)" }.joined(separator: ", ")
        #expect(!site.log.has("SECRET") && !site.log.has(numbers))
    }
}
