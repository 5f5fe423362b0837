// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Glibc
import HostIO
import Ops
import PrintModel
import Testing
import TestKit

@testable import AgentRuntime

@Suite struct JournalFileTests {
    private let folder: TemporaryDirectory
    private let loop: Loop
    private let log = Lines()

    init() throws {
        folder = try TemporaryDirectory()
        loop = try Loop()
    }

    private var path: String { folder.path + "/journal" }

    private func open(_ path: String? = nil) throws -> (JournalFile, JournalState) {
        try JournalFile.open(path ?? self.path, on: loop, observer: log.observer) { Issue.record("\($0)") }
    }

    private func bytes() throws -> [UInt8] { try DurableFile.read(path, limit: 1 << 20) }

    /// A journal with some releases begun, closed again.
    private func written(_ count: Int = 3) throws -> JournalState {
        let (file, state) = try open()
        var expected = state
        for number in 1...count {
            let entry = JournalEntry.began(ReleaseID(Int64(number)))
            expected.apply(entry)
            file.append([entry]) {}
        }
        file.stop()
        return expected
    }

    @Test func aNewJournalHasAnIdentityOfItsOwn() throws {
        let (file, state) = try open()
        file.stop()
        #expect(state.stream.count == 16)
        let (again, same) = try open()
        again.stop()
        #expect(same == state)
        #expect(folder.names == ["journal"])
    }

    @Test func appendsAreConfirmedInTheirOrderAndAllThereAfterwards() throws {
        let (file, state) = try open()
        var expected = state
        var confirmed: [Int] = []
        for number in 0..<500 {
            let entry = JournalEntry.began(ReleaseID(Int64(number)))
            expected.apply(entry)
            file.append([entry]) { confirmed.append(number) }
        }
        #expect(confirmed.isEmpty, "never from within the call")
        #expect(try loop.turn { confirmed.count == 500 })
        #expect(confirmed == Array(0..<500))
        file.stop()
        let (again, recovered) = try open()
        again.stop()
        #expect(recovered == expected)
    }

    @Test func stoppingWaitsForWhatWasAppended() throws {
        let (file, _) = try open()
        var isConfirmed = false
        file.append([.began(ReleaseID(7))]) { isConfirmed = true }
        file.stop()
        #expect(isConfirmed)
        let (again, state) = try open()
        again.stop()
        #expect(state.begun == [ReleaseID(7)])
    }

    @Test func aReplacementHoldsItsPlaceAmongTheAppends() throws {
        let (file, start) = try open()
        var state = start
        for number in 0..<40 {
            let entry = JournalEntry.began(ReleaseID(Int64(number)))
            state.apply(entry)
            file.append([entry]) {}
            if number % 7 == 3 { file.replace(by: state.compacted()) }
        }
        file.stop()
        let (again, recovered) = try open()
        again.stop()
        #expect(recovered == state)
    }

    @Test func atEveryCutTheWholeRecordsAreKeptAndTheCutIsLogged() throws {
        let full = try written()
        let bytes = try bytes()
        for length in 0..<bytes.count {
            try DurableFile.write(Array(bytes.prefix(length)), to: path)
            let lines = Lines()
            let (file, state) = try JournalFile.open(path, on: loop, observer: lines.observer) {
                Issue.record("\($0)")
            }
            file.append([.began(ReleaseID(99))]) {}
            file.stop()
            #expect(state.stream.count == 16 && state.begun.count <= full.begun.count)
            #expect(full.begun.starts(with: state.begun))
            let recovery = try Journal.recover(from: Array(bytes.prefix(length)))
            #expect(lines.has("journal-cut dropped-bytes=") == (recovery.droppedBytes > 0), "cut to \(length)")
            #expect(try Journal.recover(from: self.bytes()).droppedBytes == 0)
        }
        #expect(folder.names == ["journal"])
    }

    @Test func damagedJournalsAreSetAsideEachUnderItsOwnName() throws {
        for _ in 0..<2 {
            _ = try written()
            var broken = try bytes()
            broken[Journal.header.count + 9] ^= 1
            try DurableFile.write(broken, to: path)
            let (file, state) = try open()
            file.stop()
            #expect(state.begun.isEmpty && state.stream.count == 16)
        }
        #expect(folder.names == ["journal", "journal.damaged-1", "journal.damaged-2"])
        #expect(log.has("operator-error code=store-failed") && log.has("journal.damaged-2"))
    }

    @Test func aJournalOfANewerVersionStaysWhereItIs() throws {
        _ = try written()
        var newer = try bytes()
        newer[Journal.header.count - 1] = Journal.deferringHeader[Journal.header.count - 1] + 1
        try DurableFile.write(newer, to: path)
        let error = try #require(throws: OperatorError.self) { try open() }
        #expect(error.code == .storeFailed && error.what.contains("newer version") && error.what.contains(path))
        #expect(try bytes() == newer && folder.names == ["journal"])
    }

    @Test func aFileInWhichNoChargeWaitsAnyMoreIsOneForTheVersionBefore() throws {
        let state = try written()
        try DurableFile.write(state.compacted(isDeferring: true), to: path)
        let (file, recovered) = try open()
        file.stop()
        #expect(recovered == state)
        #expect(try bytes() == state.compacted() && bytes().starts(with: Journal.header))
    }

    @Test func noDamagedJournalIsEverOverwritten() throws {
        for number in 1...JournalFile.damagedLimit {
            try DurableFile.write([UInt8(number)], to: "\(path).damaged-\(number)")
        }
        try DurableFile.write([1, 2, 3, 4, 5, 6, 7, 8, 9], to: path)
        let error = try #require(throws: OperatorError.self) { try open() }
        #expect(error.exit == .cannotWrite)
        #expect(try bytes() == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    }

    @Test func aPlaceThatCannotBeWrittenIsAnErrorWithARemedy() throws {
        try DurableFile.write([], to: folder.path + "/file")
        for path in [folder.path + "/file/journal", "/proc/lanyard/journal", folder.path] {
            let error = try #require(throws: OperatorError.self) { try open(path) }
            #expect(error.code == .stateUnwritable && error.exit == .cannotWrite)
            #expect(error.what.contains(path) && error.remedy.contains("write"))
        }
    }

    @Test func afterAFailedWriteNothingIsConfirmedAnyMore() throws {
        var errors: [OperatorError] = []
        let (file, state) = try JournalFile.open(path, on: loop, observer: log.observer) { errors.append($0) }
        // The replacement's temporary name is taken by a folder.
        try DurableFile.makeDirectory(path + ".new")
        file.replace(by: state.compacted())
        #expect(try loop.turn { errors.count == 1 })
        var confirmed = 0
        file.append([.began(ReleaseID(1))]) { confirmed += 1 }
        file.stop()
        #expect(errors.count == 2 && confirmed == 0)
        #expect(errors.allSatisfy { $0.exit == .inputOutput })
        #expect(try Journal.recover(from: bytes()).state.begun.isEmpty)
    }
}
