// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing

@Suite struct TerminalTests {
    @Test func aPipeThatDoesNotWaitIsReadToItsEnd() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (source, target) = (ends[0], ends[1])
        try #require(fcntl(source, F_SETFL, O_NONBLOCK) == 0)
        defer { close(source) }
        // Each piece is written when the one before was taken, so the reader meets an empty pipe in between.
        let writer = Thread {
            for piece: UInt8 in 1...50 {
                _ = withUnsafeBytes(of: piece) { write(target, $0.baseAddress, 1) }
                var left: CInt = 1
                while left > 0 && ioctl(source, UInt(FIONREAD), &left) == 0 { sched_yield() }
                for _ in 0..<100 { sched_yield() }
            }
            close(target)
        }
        let bytes = try Terminal.all(1000, of: source)
        // Were it not read to its end, the writer would wait for ever.
        var rest: UInt8 = 0
        _ = fcntl(source, F_SETFL, 0)
        while read(source, &rest, 1) == 1 {}
        writer.join()
        #expect(bytes == Array(1...50))
    }

    @Test func noMoreThanOneByteBeyondTheLimitIsRead() throws {
        let zero = open("/dev/zero", O_RDONLY | O_CLOEXEC)
        defer { close(zero) }
        #expect(try Terminal.all(70_000, of: zero).count == 70_001)
    }

    @Test func whatCannotBeReadIsNoEnd() throws {
        let folder = open("/", O_RDONLY | O_CLOEXEC)
        defer { close(folder) }
        #expect(throws: SystemFault(call: "read", errno: EISDIR)) { try Terminal.all(10, of: folder) }
    }
}

/// A pthread, because the reader waits in a system call.
private struct Thread {
    private let id: pthread_t

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    init(_ body: @escaping () -> Void) {
        var id = pthread_t()
        pthread_create(
            &id, nil,
            { work in
                if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Work(body)).toOpaque())
        self.id = id
    }

    func join() { pthread_join(id, nil) }
}
