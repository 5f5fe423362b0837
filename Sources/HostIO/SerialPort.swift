// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// A serial line in raw mode, held by this program alone. What was set on it before is restored when it is closed.
package final class SerialPort {
    package enum Parity: String, CaseIterable, Sendable {
        case none, even, odd
    }

    /// How the bits travel.
    package struct Line: Hashable, Sendable {
        package let speed: Int
        package let dataBits: Int
        package let parity: Parity
        package let stopBits: Int

        package static let speeds = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400]

        /// `nil` for a speed not in `speeds`, data bits other than 7 and 8, or stop bits other than 1 and 2.
        package init?(speed: Int, dataBits: Int = 8, parity: Parity = .none, stopBits: Int = 1) {
            guard Self.speeds.contains(speed), 7...8 ~= dataBits, 1...2 ~= stopBits else { return nil }
            self.speed = speed
            self.dataBits = dataBits
            self.parity = parity
            self.stopBits = stopBits
        }
    }

    /// Who switches the direction of an RS-485 line.
    package enum RS485: String, CaseIterable, Sendable {
        /// The driver, or it is a fault with ``SystemFault/isRS485Missing``.
        case kernel
        /// The adapter by itself: the driver is left as it is.
        case off
        /// The driver if it can.
        case auto
    }

    /// The driver switches the direction of the line.
    package let isRS485: Bool
    /// Bytes in both directions. Unplugging closes it without a fault, or with EIO or ENXIO.
    package let stream: Stream

    /// Throws a fault with `isBusy` when another program has the line.
    package init(_ path: String, _ line: Line, rs485: RS485 = .off, on loop: Loop) throws(SystemFault) {
        let port = try Descriptor.open(path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
        try retrying("flock \(path)") { flock(port.raw, LOCK_EX | LOCK_NB) }
        try retrying("ioctl TIOCEXCL") { cs_tty_exclusive(port.raw, 1) }
        var before = termios()
        try retrying("tcgetattr \(path)") { tcgetattr(port.raw, &before) }
        var settings = before
        line.apply(to: &settings)
        try retrying("tcsetattr \(path)") { tcsetattr(port.raw, TCSANOW, &settings) }
        try retrying("tcflush") { tcflush(port.raw, TCIOFLUSH) }
        // A driver that cannot do it is as quick as it is.
        _ = cs_tty_low_latency(port.raw)
        let (isRS485, isOurs) = try Self.startRS485(port.raw, rs485)
        self.isRS485 = isRS485
        stream = try Stream(port, on: loop)
        stream.beforeClose = { raw in
            var old = before
            if isOurs { _ = cs_tty_rs485_stop(raw) }
            _ = tcsetattr(raw, TCSANOW, &old)
            _ = cs_tty_exclusive(raw, 0)
        }
    }

    /// Whether the driver switches the line now, and whether that is our doing.
    private static func startRS485(_ raw: CInt, _ wish: RS485) throws(SystemFault) -> (isOn: Bool, isOurs: Bool) {
        guard wish != .off else { return (false, false) }
        var wasOn: CInt = 0
        do throws(SystemFault) {
            try retrying(SystemFault.rs485Call) { cs_tty_rs485_start(raw, &wasOn) }
            return (true, wasOn == 0)
        } catch {
            guard wish == .auto, error.isRS485Missing else { throw error }
            return (false, false)
        }
    }
}

extension SerialPort.Line {
    /// VMIN 1, VTIME 0: a non-blocking read of nothing says EAGAIN, and only an unplugged line reads as ended.
    fileprivate func apply(to settings: inout termios) {
        cfmakeraw(&settings)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        settings.c_cflag &= ~tcflag_t(CSIZE | PARENB | PARODD | CSTOPB) & ~tcflag_t(CRTSCTS)
        settings.c_cflag |= tcflag_t(dataBits == 7 ? CS7 : CS8)
        if stopBits == 2 { settings.c_cflag |= tcflag_t(CSTOPB) }
        switch parity {
        case .none: break
        case .even: settings.c_cflag |= tcflag_t(PARENB)
        case .odd: settings.c_cflag |= tcflag_t(PARENB | PARODD)
        }
        settings.c_cc.6 = 1
        settings.c_cc.5 = 0
        cfsetspeed(&settings, code)
    }

    private var code: speed_t {
        switch speed {
        case 1200: speed_t(B1200)
        case 2400: speed_t(B2400)
        case 4800: speed_t(B4800)
        case 19200: speed_t(B19200)
        case 38400: speed_t(B38400)
        case 57600: speed_t(B57600)
        case 115_200: speed_t(B115200)
        case 230_400: speed_t(B230400)
        default: speed_t(B9600)
        }
    }
}
