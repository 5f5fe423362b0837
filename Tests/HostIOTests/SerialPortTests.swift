// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

@Suite struct SerialPortTests {
    static func line() throws -> SerialPort.Line { try #require(SerialPort.Line(speed: 9600)) }

    @Test func everyByteGoesThroughBothWays() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        let path = pty.slavePath
        let far = try Stream(pty.takeMaster(), on: loop)
        let port = try SerialPort(path, Self.line(), on: loop)
        var (near, distant): ([UInt8], [UInt8]) = ([], [])
        port.stream.onBytes = { near += $0 }
        far.onBytes = { distant += $0 }
        let all = (0...255).map { UInt8($0) }
        far.write(all)
        port.stream.write(all)
        #expect(try loop.turn { near.count == 256 && distant.count == 256 })
        #expect(near == all && distant == all)
        port.stream.close()
        far.close()
    }

    @Test func theLineIsSetAndRestored() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        func settings() -> termios {
            var now = termios()
            tcgetattr(pty.master.raw, &now)
            return now
        }
        let before = settings()
        let line = try #require(SerialPort.Line(speed: 19200, stopBits: 2))
        let port = try SerialPort(pty.slavePath, line, on: loop)
        var during = settings()
        #expect(cfgetospeed(&during) == speed_t(B19200) && during.c_cflag & tcflag_t(CSTOPB) != 0)
        port.stream.close()
        var after = settings()
        var old = before
        #expect(cfgetospeed(&after) == cfgetospeed(&old) && after.c_cflag == before.c_cflag)
    }

    @Test func anUnpluggedLineCloses() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        let path = pty.slavePath
        let far = try Stream(pty.takeMaster(), on: loop)
        let port = try SerialPort(path, Self.line(), on: loop)
        var isClosed = false
        port.stream.onClosed = { fault in isClosed = fault == nil || fault?.errno == EIO }
        far.close()
        #expect(try loop.turn { isClosed })
    }

    @Test func aLineInUseIsBusy() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        let port = try SerialPort(pty.slavePath, Self.line(), on: loop)
        do {
            _ = try SerialPort(pty.slavePath, Self.line(), on: loop)
            Issue.record("two owners of one line")
        } catch {
            #expect((error as? SystemFault)?.isBusy == true)
        }
        port.stream.close()
    }

    /// A pseudo terminal has no direction to switch.
    @Test func aDriverWithoutRS485IsAFaultOnlyWhereItMustHaveIt() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        for wish in [SerialPort.RS485.auto, .off] {
            let port = try SerialPort(pty.slavePath, Self.line(), rs485: wish, on: loop)
            #expect(!port.isRS485)
            port.stream.close()
        }
        let line = try Self.line()
        do throws(SystemFault) {
            _ = try SerialPort(pty.slavePath, line, rs485: .kernel, on: loop)
            Issue.record("RS-485 on a pseudo terminal")
        } catch {
            #expect(error.isRS485Missing && !error.isBusy, "\(error)")
        }
    }

    @Test(arguments: [(300, 8, 1), (9600, 6, 1), (9600, 9, 1), (9600, 8, 0), (9600, 8, 3)])
    func otherLinesAreRefused(speed: Int, dataBits: Int, stopBits: Int) {
        #expect(SerialPort.Line(speed: speed, dataBits: dataBits, stopBits: stopBits) == nil)
    }
}
