// SPDX-License-Identifier: Apache-2.0

import Glibc
import Primitives

/// The process's own input and output, for a person or a pipe.
package enum Terminal {
    /// A person sits at standard input.
    package static var isThere: Bool { isatty(STDIN_FILENO) == 1 }

    /// A longer line is cut there.
    package static let lineLimit = 4096

    package static func write(_ text: String, to descriptor: CInt) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    package static func line() -> String? {
        var line: [UInt8] = []
        while line.count < lineLimit {
            guard let byte = byte() else { return line.isEmpty ? nil : text(line) }
            if byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return text(line)
    }

    package static func all(_ limit: Int, of descriptor: CInt = STDIN_FILENO) throws(SystemFault) -> [UInt8] {
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        defer { piece.overwrite() }
        while all.count <= limit {
            let count = try read(descriptor, &piece, min(piece.count, limit + 1 - all.count))
            guard count > 0 else { break }
            all += piece[..<count]
        }
        return all
    }

    /// 0 at the end. Whoever started this program may have left it a pipe that does not wait.
    private static func read(
        _ descriptor: CInt, _ bytes: UnsafeMutablePointer<UInt8>, _ limit: Int
    ) throws(SystemFault) -> Int {
        while true {
            do throws(SystemFault) {
                return try retrying("read") { Glibc.read(descriptor, bytes, limit) }
            } catch {
                guard error.isBusy else { throw error }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                try retrying("poll") { poll(&waiting, 1, -1) }
            }
        }
    }

    /// The terminal gives keys as they are typed, Ctrl-C too, so that nobody is left with a terminal without echo.
    package static func hiddenLine(_ prompt: String) -> String? {
        var saved = termios()
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return nil }
        var hidden = saved
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
            _ = write("\n", to: STDERR_FILENO)
        }
        _ = write(prompt, to: STDERR_FILENO)
        return keys()
    }

    /// From the first pause on, whoever interrupts the program is heard at the next one, so that it can tidy up.
    package static func pause(_ duration: Duration) -> Bool {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        guard pthread_sigmask(SIG_BLOCK, &signals, nil) == 0 else { return false }
        let (seconds, attoseconds) = duration.components
        var limit = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        return sigtimedwait(&signals, nil, &limit) < 0
    }

    private static func keys() -> String? {
        var line: [UInt8] = []
        while let byte = byte() {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return text(line)
            case 0x03, 0x04: return nil
            case 0x08, 0x7F: _ = line.popLast()
            default: if line.count < lineLimit { line.append(byte) }
            }
        }
        return nil
    }

    private static func byte() -> UInt8? {
        var byte: UInt8 = 0
        let count = try? read(STDIN_FILENO, &byte, 1)
        return count == 1 ? byte : nil
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
