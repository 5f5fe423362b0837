// SPDX-License-Identifier: Apache-2.0

import AgentCore
import Primitives
import ReleaseWire
import Testing

/// From a next key in the state folder to the one key that is left.
@Suite struct KeyChangeTests {
    private static let rotation = KeyRotation(
        key: KeyHash(checked: [UInt8](repeating: 9, count: 32)), publicKey: [1], signature: [2])

    /// Connected to a server that can do it; the words of the welcome.
    private func connect(_ bench: inout Bench, _ capabilities: Set<Capability> = [.rotation]) -> [String] {
        _ = bench.feed(.linkUp)
        _ = bench.sync()
        return bench.welcome(capabilities: capabilities)
    }

    private func opened() -> Bench {
        var bench = Bench()
        _ = bench.feed(.start)
        _ = connect(&bench)
        return bench
    }

    @Test func aNewKeyIsAnnouncedThenUsedThenAdopted() {
        var bench = opened()
        #expect(bench.feed(.nextKey(Self.rotation)) == ["send rotateKey 1"])
        #expect(bench.feed(.nextKey(Self.rotation)) == [], "it is the same one")
        #expect(bench.receive(.keyAnnounced, to: 1) == ["use next key", "hang up"])
        _ = bench.linkDown()
        #expect(bench.pass(.milliseconds(250)) == ["dial"])
        #expect(connect(&bench) == ["adopt key"])
        // It is over: a later connection says nothing of keys.
        _ = bench.linkDown()
        _ = bench.pass(.seconds(1))
        #expect(connect(&bench) == [])
    }

    @Test func aKeyOfAnEarlierProcessIsAnnouncedOnTheFirstConnection() {
        var bench = Bench()
        #expect(bench.feed(.nextKey(Self.rotation)) == [])
        _ = bench.feed(.start)
        #expect(connect(&bench) == ["send rotateKey 1"])
    }

    @Test func aServerThatCannotDoItIsNotTroubled() {
        var bench = Bench()
        _ = bench.feed(.nextKey(Self.rotation))
        _ = bench.feed(.start)
        #expect(connect(&bench, []) == [])
        _ = bench.linkDown()
        _ = bench.pass(.seconds(1))
        #expect(connect(&bench, [.rotation]) == ["send rotateKey 1"], "after its upgrade")
    }

    @Test func whoWaitsIsServedBeforeTheConnectionIsChanged() {
        var bench = opened()
        _ = bench.feed(.nextKey(Self.rotation))
        _ = bench.read("1")
        #expect(bench.receive(.keyAnnounced, to: 1) == [])
        #expect(
            bench.receive(.refused(Refusal(.unknownCredential)), to: 2)
                == ["show left unknown-badge", "journal unknown", "use next key", "hang up"])
    }

    /// The agent died between the server's welcome to the next key and the renaming of the file.
    @Test(arguments: [Refusal.Code.keyRejected, .unknownAgent])
    func aRefusedPresentKeyGivesWayToTheNext(code: Refusal.Code) {
        var bench = Bench()
        _ = bench.feed(.nextKey(Self.rotation))
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        _ = bench.sync()
        #expect(bench.receive(.refused(Refusal(code)), to: 0) == ["hang up"])
        #expect(bench.linkDown().contains("use next key"))
        _ = bench.pass(.seconds(1))
        #expect(connect(&bench) == ["adopt key"])
    }

    /// The server's store was restored from a copy that does not know the announcement.
    @Test func aRefusedNextKeyIsAnnouncedAgain() {
        var bench = opened()
        _ = bench.feed(.nextKey(Self.rotation))
        _ = bench.receive(.keyAnnounced, to: 1)
        _ = bench.linkDown()
        _ = bench.pass(.seconds(1))
        _ = bench.feed(.linkUp)
        _ = bench.receive(.refused(Refusal(.unknownAgent)), to: 0)
        #expect(bench.linkDown().contains("use present key"))
        _ = bench.pass(.seconds(2))
        #expect(connect(&bench) == ["send rotateKey 1"])
    }

    @Test func aLostConnectionKeepsTheKeyInUse() {
        var bench = opened()
        _ = bench.feed(.nextKey(Self.rotation))
        _ = bench.receive(.keyAnnounced, to: 1)
        _ = bench.linkDown()
        _ = bench.pass(.seconds(1))
        #expect(!bench.linkDown().contains { $0.hasPrefix("use") }, "the server was away")
        _ = bench.pass(.seconds(2))
        #expect(connect(&bench) == ["adopt key"])
    }

    @Test(arguments: [(Refusal.Code.keyRejected, true), (.unexpected, true), (.busy, false), (.storeFull, false)])
    func aRefusedAnnouncementDropsTheKeyOrWaits(code: Refusal.Code, isDropped: Bool) {
        var bench = opened()
        _ = bench.feed(.nextKey(Self.rotation))
        #expect(bench.receive(.refused(Refusal(code)), to: 1) == (isDropped ? ["drop key"] : []))
        _ = bench.linkDown()
        _ = bench.pass(.seconds(1))
        #expect(connect(&bench) == (isDropped ? [] : ["send rotateKey 1"]))
    }

    @Test func aRevokedAgentChangesNothing() {
        var bench = Bench()
        _ = bench.feed(.nextKey(Self.rotation))
        _ = bench.feed(.start)
        _ = bench.feed(.linkUp)
        _ = bench.receive(.refused(Refusal(.revoked)), to: 0)
        #expect(!bench.linkDown().contains { $0.hasPrefix("use") })
    }
}
