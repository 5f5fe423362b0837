// SPDX-License-Identifier: Apache-2.0

import SimRandom

/// What goes wrong, and how often. Times are in milliseconds of virtual time; a mean of 0 means never.
package struct SimFaults: Sendable {
    /// Between two resets of an agent's connection.
    var linkReset = 0
    /// Of the resets that only one side learns of for a while.
    var halfOpen = 0.0
    /// Of the pieces on a line that take long.
    var slowPiece = 0.0
    /// Of the pieces that arrive in shreds.
    var shred = 0.0
    /// Between two times that an agent is cut off from the server, and how long that lasts at most.
    var partition = 0
    var partitionLength = 30_000
    /// How many times slower than usual people come and print, and leases run.
    var pace = 1
    /// Of the attempts to connect that nobody answers.
    var deafServer = 0.0
    var serverCrash = 0
    var serverStop = 0
    var agentCrash = 0
    var agentStop = 0
    /// Of the journal's syncs and the store's commits that take long.
    var slowDisk = 0.0
    /// Of the store's groups in which a statement meets a full disk.
    var fullDisk = 0.0
    /// Of the requests that the store is too busy for.
    var busyStore = 0.0
    var lostDocument = 0.0
    var printerTrouble = 0
    var wrongPIN = 0.0
    var walksAway = 0.0
    var unknownBadge = 0.0
    /// Of the badges that are held to two readers at once.
    var twoReaders = 0.0
    /// Of the badges that are held to the reader for longer than it takes to read them.
    var heldLong = 0.0
    /// Of the badges that cannot be read at first.
    var badRead = 0.0
    /// Between two jumps of somebody's clock.
    var clockJump = 0
    /// Between two things that administrators do.
    var administrators = 0
    /// Of the journal's syncs that meet a full disk.
    var fullJournal = 0.0
    /// Of the boxes, and half of it of the server's starts, that are of the version before.
    var oldPeers = 0.0
    /// Of the sites at which jobs are purged soon.
    var expiry = 0.0
    /// The site lends as much as it can.
    var lends = false

    package static let none = SimFaults()

    package static let rough = SimFaults(
        linkReset: 15_000, halfOpen: 0.3, slowPiece: 0.02, shred: 0.3, partition: 25_000, deafServer: 0.2,
        serverCrash: 30_000,
        serverStop: 90_000, agentCrash: 30_000, agentStop: 60_000, slowDisk: 0.02, fullDisk: 0.01, busyStore: 0.01,
        lostDocument: 0.02, printerTrouble: 10_000, wrongPIN: 0.15, walksAway: 0.1, unknownBadge: 0.05,
        twoReaders: 0.15, heldLong: 0.15, badRead: 0.1, clockJump: 20_000, administrators: 5000, fullJournal: 0.003,
        oldPeers: 0.3, expiry: 0.25)

    /// Agents that are cut off from their server for up to two hours at a time, in a quiet office.
    package static let remote = SimFaults(
        halfOpen: 0.3, slowPiece: 0.01, shred: 0.1, partition: 1_800_000, partitionLength: 7_200_000, pace: 60,
        serverCrash: 3_600_000, agentCrash: 3_600_000, agentStop: 7_200_000, slowDisk: 0.01, lostDocument: 0.01,
        printerTrouble: 1_800_000, twoReaders: 0.15, heldLong: 0.15, badRead: 0.1, clockJump: 1_800_000,
        administrators: 900_000)

    /// Everything at once hides what a single fault would show: each seed switches about a third of them off.
    func swarm(_ random: inout SplitMix) -> SimFaults {
        var some = self
        func isOff() -> Bool { random.next() % 3 == 0 }
        for fault in Self.counts where isOff() { some[keyPath: fault] = 0 }
        for fault in Self.chances where isOff() { some[keyPath: fault] = 0 }
        return some
    }

    private static var counts: [WritableKeyPath<SimFaults, Int>] {
        [
            \.linkReset, \.partition, \.serverCrash, \.serverStop, \.agentCrash, \.agentStop, \.printerTrouble,
            \.clockJump,
            \.administrators,
        ]
    }

    private static var chances: [WritableKeyPath<SimFaults, Double>] {
        [
            \.halfOpen, \.slowPiece, \.shred, \.deafServer, \.slowDisk, \.fullDisk, \.busyStore, \.lostDocument,
            \.wrongPIN, \.walksAway, \.unknownBadge, \.twoReaders, \.heldLong, \.badRead, \.fullJournal, \.oldPeers,
            \.expiry,
        ]
    }
}
