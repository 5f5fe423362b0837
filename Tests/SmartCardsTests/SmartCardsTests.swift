// SPDX-License-Identifier: Apache-2.0

import Credentials
import Glibc
import HostIO
import SmartCards
import Testing
import TestKit

/// With pcscd and a virtual reader in a network namespace, in which the test runs itself again.
@Suite struct SmartCardsTests {
    private static let inside = "LANYARD_INSIDE_NAMESPACE"
    private static let needed = ["/usr/sbin/pcscd", "/usr/lib/pcsc/drivers/serial/libifdvpcd.so", "/usr/bin/unshare"]

    /// Files appear without waking anybody.
    private static let glance = Duration.milliseconds(20)

    @Test func withoutTheLibraryTheRemedyIsNamed() throws {
        let loop = try Loop()
        var events: [SmartCards.Event] = []
        let cards = try SmartCards(libraryName: "libno-such-pcsc.so.1", on: loop) { events.append($0) }
        #expect(try loop.turn(lookingEvery: Self.glance) { !events.isEmpty })
        guard case .trouble(let trouble)? = events.first, case .noLibrary = trouble else {
            Issue.record("\(events)")
            return
        }
        #expect(trouble.remedy.contains("libpcsclite1"))
        cards.stop()
    }

    @Test func aBadgeIsReadWhenItIsHeldToTheReader() throws {
        if getenv(Self.inside) != nil { return try readsBadges() }
        guard Self.needed.allSatisfy({ access($0, X_OK) == 0 || access($0, R_OK) == 0 }), try canIsolate() else {
            StandardStream.error.write(
                line: "SKIPPED: no test of PC/SC: it needs pcscd, vsmartcard-vpcd, and root that may make namespaces")
            return
        }
        try runInside(test: "aBadgeIsReadWhenItIsHeldToTheReader")
    }

    /// Not without root, nor in a chroot whose root is no mount of its own.
    private func canIsolate() throws -> Bool {
        let arguments = ["--net", "--mount", "--pid", "--fork", "/bin/true"]
        return try run(Self.needed[2], arguments, on: try Loop()).status == .exited(0)
    }

    private func readsBadges() throws {
        let loop = try Loop()
        let seen = Seen()
        let service = try Child(
            ChildSettings(
                path: Self.needed[0], arguments: ["--foreground"], environment: [:],
                descriptors: [1: .collect(limit: 1000), 2: .collect(limit: 1000)]), on: loop
        ) { _ in }
        defer { service.kill(SIGKILL) }
        #expect(try loop.turn(lookingEvery: Self.glance) { access("/run/pcscd/pcscd.comm", F_OK) == 0 })
        let cards = try SmartCards(on: loop) { seen.events.append($0) }
        #expect(
            try loop.turn(lookingEvery: Self.glance) { seen.events.contains(.added("Virtual PCD 00 00")) },
            "\(seen.events)")
        cards.attend("Virtual PCD 00 00")

        let uid: [UInt8] = [0x04, 0xCE, 0xFE, 0xD9, 0xA1, 0x25, 0x80]
        let badge = try insert(on: loop) { command in
            command == [0xFF, 0xCA, 0, 0, 0]
                ? [0x6C, 7] : command == [0xFF, 0xCA, 0, 0, 7] ? uid + [0x90, 0] : [0x6D, 0]
        }
        let first = try #require(try presented(3, seen, on: loop))
        #expect(try first.get().description == "iso14443a, 56 bits")
        badge.remove()

        let phone = try insert(on: loop) { _ in [0x08, 1, 2, 3, 0x90, 0] }
        #expect(try presented(3, seen, on: loop) == .failure(.randomUID))
        phone.remove()

        cards.ignore("Virtual PCD 00 00")
        let ignored = try insert(on: loop) { _ in uid + [0x90, 0] }
        #expect(try presented(1, seen, on: loop) == nil)
        #expect(ignored.commands.isEmpty)
        ignored.remove()
        cards.stop()
        #expect(!seen.events.contains { if case .trouble = $0 { true } else { false } }, "\(seen.events)")
    }

    private func insert(on loop: Loop, answer: @escaping ([UInt8]) -> [UInt8]) throws -> VirtualCard {
        // The last badge has to be seen gone before the next one comes.
        var isOver = false
        _ = loop.schedule(after: .milliseconds(1200)) { isOver = true }
        #expect(try loop.turn(lookingEvery: Self.glance) { isOver })
        var card: VirtualCard?
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: VirtualCard.port), on: loop) { result in
            guard case .success(let descriptor) = consume result, let stream = try? Stream(descriptor, on: loop) else {
                return
            }
            card = VirtualCard(
                stream, atr: [0x3B, 0x81, 0x80, 0x01, 0x80, 0x80], answer: answer)
        }
        #expect(try loop.turn(lookingEvery: Self.glance) { card != nil })
        withExtendedLifetime(connector) {}
        return try #require(card)
    }

    private func presented(
        _ seconds: Int, _ seen: Seen, on loop: Loop
    ) throws -> Result<RawRead, ContactlessBadge.Unreadable>? {
        var isLate = false
        let limit = loop.schedule(after: .seconds(seconds)) { isLate = true }
        defer { loop.cancel(limit) }
        while !isLate {
            for case .presented(_, let result) in seen.events {
                seen.events = []
                return result
            }
            try loop.turn()
        }
        return nil
    }

    private func runInside(test: String) throws {
        // vpcd listens on every address, so it gets a network of its own; pcscd wants its folder for itself.
        let script = """
            mkdir -p /run/pcscd && mount -t tmpfs none /run/pcscd && ip link set lo up && exec "$0" "$@"
            """
        let isolated = [Self.needed[2], "--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]
        try runAgain(test, through: isolated, environment: [Self.inside: "1"])
    }
}

/// A class, so that closures can fill it while the test looks.
private final class Seen {
    var events: [SmartCards.Event] = []
}
