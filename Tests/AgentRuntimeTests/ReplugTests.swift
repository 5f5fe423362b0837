// SPDX-License-Identifier: Apache-2.0

import Credentials
import Glibc
import HostIO
import LabRuntime
import Ops
import ReaderMachines
import Testing
import TestKit

@testable import AgentRuntime

/// Readers that are plugged in, pulled out in the middle of a read and plugged in again, by umockdev: once through each
/// of the kernel's ways to a reader. The tests run themselves again with umockdev's library loaded.
@Suite(.serialized) struct ReplugTests {
    private static let inside = "LANYARD_WITH_UMOCKDEV"
    private static let wrapper = "/usr/bin/umockdev-wrapper"

    @Test func aTypingReaderComesBackAsItself() throws {
        try run("aTypingReaderComesBackAsItself") { try Rig(.wedge, "kind = wedge") }
    }

    @Test func aReaderOfRawReportsComesBackAsItself() throws {
        try run("aReaderOfRawReportsComesBackAsItself") { try Rig(.reports, "kind = boot-keyboard") }
    }

    @Test func aReaderOnASerialAdapterComesBackAsItself() throws {
        try run("aReaderOnASerialAdapterComesBackAsItself") { try Rig(.serial, "kind = id12") }
    }

    private func run(_ test: String, _ make: () throws -> Rig) throws {
        if getenv(Self.inside) != nil { return try comesBack(try make()) }
        guard access(Self.wrapper, X_OK) == 0 else {
            StandardStream.error.write(
                line: "SKIPPED: no test of readers pulled out, because umockdev is not installed")
            return
        }
        try runAgain(test, through: [Self.wrapper], environment: [Self.inside: "1"])
    }

    private func comesBack(_ rig: Rig) throws {
        let first = try rig.plug()
        #expect(try rig.turn { rig.bench.states[rig.name] == .attached }, "\(rig.log.all)")
        try rig.present(0..<4)
        #expect(rig.bench.reads.isEmpty && rig.bench.broken.isEmpty)
        rig.unplug()
        #expect(try rig.turn { rig.bench.states[rig.name] != .attached }, "\(rig.log.all)")
        #expect(rig.bench.broken == [rig.name] && rig.bench.reads.isEmpty, "\(rig.log.all)")
        #expect(rig.bench.bench.report.json.contains(#""drops":{"cut-short":1}"#))
        let second = try rig.plug()
        #expect(second.node != first.node)
        #expect(try rig.turn { rig.bench.states[rig.name] == .attached }, "\(rig.log.all)")
        try rig.present(0..<rig.pieces.count)
        #expect(try rig.turn { rig.bench.reads.count == 1 }, "\(rig.log.all)")
        #expect(rig.bench.reads.first?.0 == rig.name && rig.bench.reads.first?.1 == rig.read)
        #expect(rig.bench.broken.count == 1 && rig.bench.states.count == 1)
        rig.close()
    }
}

/// A bench and the devices that are plugged into it.
private final class Rig {
    enum Way { case wedge, reports, serial }

    private static let digits = "0006547886"
    private static let frame = "\u{2}010063E9AE25\u{3}"

    let log = Lines()
    let bench: Watched
    /// What the reader sends for one badge, in pieces that are read one by one.
    let pieces: [[UInt8]]
    let read: RawRead?
    /// By its place, or as the settings call it.
    let name: String
    private let way: Way
    private let testbed: Testbed
    private let loop: Loop
    private let quirks: TemporaryDirectory
    private var device: SimulatedDevice?
    /// The far end of the serial adapter's line.
    private var line: HostIO.Stream?
    /// The near end once more: tells what nobody has read yet.
    private var nearEnd: CInt = -1

    init(_ way: Way, _ quirk: String) throws {
        self.way = way
        testbed = try Testbed()
        loop = try Loop()
        quirks = try TemporaryDirectory()
        try DurableFile.write(Array("[16c0:27db]\n\(quirk)\n".utf8), to: quirks.path + "/test.conf")
        let readers = way == .serial ? "reader.front = id12 \(quirks.path)/front.tty\n" : ""
        name = way == .serial ? "front" : "usb-7"
        let text = "quirks = \(quirks.path)\n" + readers
        let settings = try AgentSettings.parse(text, file: "agent.conf", hostName: "box").0
        bench = Watched(
            try ReaderBench(settings, resolver: try Resolver(on: loop), on: loop, observer: log.observer))
        switch way {
        case .wedge:
            pieces = (Self.digits.map { Self.key($0) } + [28]).map { Self.press($0) }
            read = RawRead(technology: .wedge, text: Array(Self.digits.utf8))
        case .reports:
            pieces = (Self.digits.map { Self.usage($0) } + [0x28]).flatMap { [Self.report($0), Self.report(0)] }
            read = RawRead(technology: .wedge, text: Array(Self.digits.utf8))
        case .serial:
            pieces = Self.frame.utf8.map { [$0] }
            read = try ID12Frame.decode(Array(Self.frame.utf8.dropFirst().dropLast()))
        }
    }

    func turn(until isSo: () -> Bool) throws -> Bool { try loop.turn(until: isSo) }

    /// Always at the same port.
    func plug() throws -> SimulatedDevice {
        let way = way
        if way == .serial { try makeLine() }
        let device = try testbed.plug { number in
            switch way {
            case .wedge: .keyboard(number, port: 7, name: "Reader", vendor: 0x16C0, product: 0x27DB)
            case .reports: .hidraw(number, port: 7, name: "Reader", vendor: 0x16C0, product: 0x27DB)
            case .serial: .serialAdapter(number, port: 7, name: "Reader")
            }
        }
        self.device = device
        return device
    }

    /// A pseudo terminal for each time it is plugged in, to which a link leads that stays the same.
    private func makeLine() throws {
        let pty = try Pty.open()
        let link = quirks.path + "/front.tty"
        unlink(link)
        try retrying("symlink") { symlink(pty.slavePath, link) }
        nearEnd = try Descriptor.open(pty.slavePath, flags: O_RDONLY | O_NOCTTY | O_NONBLOCK).release()
        line = try HostIO.Stream(pty.takeMaster(), on: loop)
        // Nobody has it open yet, which a pseudo terminal reports as an end.
        line?.pauseReading()
    }

    func unplug() {
        line?.close()
        line = nil
        if nearEnd >= 0 { Glibc.close(nearEnd) }
        nearEnd = -1
        if let device { testbed.unplug(device) }
        device = nil
    }

    func present(_ range: Range<Int>) throws {
        let device = try #require(device)
        try loop.settle()
        for piece in pieces[range] {
            guard let line else {
                try testbed.send(piece, from: device)
                // Nothing else can wake the loop meanwhile but what was sent.
                try loop.turn()
                continue
            }
            line.write(piece)
            // The kernel carries it over when it gets to it.
            #expect(hasArrived(within: 10_000))
            #expect(try loop.turn { !hasArrived(within: 0) })
        }
    }

    private func hasArrived(within milliseconds: Int32) -> Bool {
        var question = pollfd(fd: nearEnd, events: Int16(POLLIN), revents: 0)
        return poll(&question, 1, milliseconds) == 1
    }

    func close() {
        bench.bench.close()
        unplug()
    }

    /// linux/input-event-codes.h: KEY_1 is 2, KEY_0 is 11.
    private static func key(_ digit: Character) -> UInt16 {
        UInt16(digit.wholeNumberValue == 0 ? 11 : (digit.wholeNumberValue ?? 0) + 1)
    }

    private static func press(_ key: UInt16) -> [UInt8] {
        let events = [(1, key, 1), (0, 0, 0), (1, key, 0), (0, 0, 0)] as [(UInt16, UInt16, Int32)]
        // struct input_event: a time of 16 bytes, type, code and value.
        return events.flatMap { type, code, value in
            var record = [UInt8](repeating: 0, count: 16)
            for number in [type, code] { record += withUnsafeBytes(of: number) { Array($0) } }
            return record + withUnsafeBytes(of: value) { Array($0) }
        }
    }

    /// HID usage tables, chapter 10: 1 is 0x1E, 0 is 0x27.
    private static func usage(_ digit: Character) -> UInt8 {
        UInt8(digit.wholeNumberValue == 0 ? 0x27 : (digit.wholeNumberValue ?? 0) + 0x1D)
    }

    private static func report(_ usage: UInt8) -> [UInt8] { [0, 0, usage, 0, 0, 0, 0, 0] }
}
