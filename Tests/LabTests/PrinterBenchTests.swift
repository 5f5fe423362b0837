// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import SimDevices
import Testing

@Suite struct PrinterBenchTests {
    private static let sent =
        "\u{1B}%-12345X@PJL\r\n@PJL USTATUS JOB = ON\r\n@PJL JOB NAME = \"lanyard-7\"\r\n"
        + "@PJL SET USERNAME = \"ana\"\r\n"
        + "@PJL ENTER LANGUAGE = PCL\r\nhello\u{1B}%-12345X@PJL EOJ NAME = \"lanyard-7\"\r\n\u{1B}%-12345X"

    @Test func aJobComesOutWithItsFactsAndIsReported() throws {
        let pump = try Pump()
        let bench = try PrinterBench(Self.quick, port: 0, on: pump.loop)
        var jobs: [SimPrintedJob] = []
        bench.onPrinted = { jobs.append($0) }
        let client = try Client(bench.port, on: pump)
        try pump.wait("being taken", atMost: .seconds(10)) { bench.facts == PrinterFacts(["connections": 1]) }
        client.stream.write(Array(Self.sent.utf8))
        try pump.wait("the report", atMost: .seconds(10)) { client.text.contains("PAGES=1") }
        let printed = PrintedDocument(try #require(jobs.first))
        #expect(printed.name == "lanyard-7" && printed.user == "ana" && printed.bytes == 5 && printed.isWhole)
        #expect(printed.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        #expect(PrintedDocument(printed.json) == printed)
        #expect(bench.facts.bytes == Self.sent.utf8.count && bench.facts.jobs == 1 && bench.facts.pages == 1)
        #expect(PrinterFacts(bench.facts.json) == bench.facts)
        client.stream.close()
    }

    @Test func aPrinterThatRefusesTakesNothingUntilItIsWellAgain() throws {
        let pump = try Pump()
        let bench = try PrinterBench(Self.quick, port: 0, on: pump.loop)
        bench.obey(try PrinterFault(words: ["refuse"]))
        var fault: SystemFault?
        let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: bench.port), on: pump.loop) { result in
            if case .failure(let refusal) = consume result { fault = refusal }
        }
        try pump.wait("the refusal", atMost: .seconds(10)) { fault != nil }
        withExtendedLifetime(connector) {}
        #expect(fault?.errno == ECONNREFUSED)
        #expect(bench.facts.connections == 0)
        bench.obey(try PrinterFault(words: ["ok"]))
        let client = try Client(bench.port, on: pump)
        try pump.wait("being taken", atMost: .seconds(10)) { bench.facts.connections == 1 }
        client.stream.close()
    }

    private static var quick: SimPrinter.Settings {
        var settings = SimPrinter.Settings()
        settings.timePerPage = .milliseconds(1)
        return settings
    }

    private final class Client {
        let stream: HostIO.Stream
        var text = ""

        init(_ port: UInt16, on pump: Pump) throws {
            var stream: HostIO.Stream?
            let connector = try Connector.tcp(PeerAddress(ip: .loopback4, port: port), on: pump.loop) { result in
                if case .success(let descriptor) = consume result {
                    stream = try? HostIO.Stream(descriptor, on: pump.loop)
                }
            }
            try pump.wait("a connection", atMost: .seconds(10)) { stream != nil }
            withExtendedLifetime(connector) {}
            self.stream = try #require(stream)
            self.stream.onBytes = { [unowned self] in text += String(decoding: $0, as: UTF8.self) }
        }
    }
}
