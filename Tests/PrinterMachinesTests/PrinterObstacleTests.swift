// SPDX-License-Identifier: Apache-2.0

import PrintModel
import PrinterMachines
import Primitives
import Testing

@Suite struct PrinterObstacleTests {
    private static let all: [PrinterObstacle] = [
        .badAddress(.scheme), .unknownName("nobody: no such name"), .refused, .unreachable("no route"), .silent,
        .hungUp, .stalled, .noReport,
    ]

    @Test func eachHasACauseAndARemedyOfItsOwn() {
        #expect(Set(Self.all.map(\.cause)).count == Self.all.count)
        #expect(Set(Self.all.map(\.remedy)).count == Self.all.count)
        #expect(Self.all.allSatisfy { !$0.cause.isEmpty && ($0.remedy.hasSuffix(".") || $0.remedy.hasSuffix("?")) })
    }

    private let start = MonotonicTime(nanoseconds: 0)

    private func printer() -> RawPrinter {
        RawPrinter(
            ticket: PrintTicket(releaseName: "lanyard-1", title: "t", user: "u", format: ""), openedAt: start)
    }

    @Test(arguments: all) func whatTheShellSawIsKept(obstacle: PrinterObstacle) {
        var printer = printer()
        _ = printer.handle(.connectFailed(obstacle), at: start)
        #expect(printer.obstacle == obstacle)
    }

    @Test func whatTheMachineSeesItselfIsToldToo() {
        var silent = printer()
        _ = silent.tick(at: start + .seconds(10))
        #expect(silent.obstacle == .silent)
        var rude = printer()
        _ = rude.handle(.connected, at: start)
        _ = rude.handle(.disconnected, at: start)
        #expect(rude.obstacle == .hungUp)
        var full = printer()
        for event in [RawPrinter.Event.connected, .pulled([1]), .mayBegin] { _ = full.handle(event, at: start) }
        _ = full.tick(at: start + .seconds(120))
        #expect(full.obstacle == .stalled)
        var mute = printer()
        for event in [RawPrinter.Event.connected, .pulled([1]), .mayBegin, .drained, .pulled(nil), .drained] {
            _ = mute.handle(event, at: start)
        }
        _ = mute.tick(at: start + .seconds(120))
        #expect(mute.obstacle == .noReport)
    }

    @Test func aServerThatIsLostIsNoFaultOfThePrinter() {
        var printer = printer()
        _ = printer.handle(.connected, at: start)
        _ = printer.tick(at: start + .seconds(60))
        #expect(printer.obstacle == nil)
        var other = self.printer()
        _ = other.handle(.cancelled(.serverLost), at: start)
        #expect(other.obstacle == nil)
    }
}
