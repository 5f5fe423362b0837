// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Buffered, non-blocking bytes over a connected socket, a terminal line or any other descriptor that epoll takes.
package final class Stream: ByteChannel {
    package static let writeLimit = 4 * 1024 * 1024

    package var onBytes: (([UInt8]) -> Void)?
    package var onEnd: (() -> Void)?
    package var onDrained: (() -> Void)?
    package var onClosed: ((SystemFault?) -> Void)?
    package var isOpen: Bool { descriptor != nil }
    package var pendingBytes: Int { output.count }
    /// `nil` once it is closed.
    package var raw: CInt? { descriptor?.raw }

    private let loop: Loop
    private let limit: Int
    private var descriptor: Descriptor?
    private var token: WatchToken?
    private var output = OutputQueue()
    private var isPaused = false
    private var hasPeerEnded = false
    private var isFinishing = false
    private var hasFinished = false
    private var owesDrained = false
    /// Runs on the open descriptor just before it is closed.
    var beforeClose: ((CInt) -> Void)?

    /// Takes over a non-blocking descriptor. The loop keeps the stream until it is closed.
    package init(
        _ descriptor: consuming Descriptor, on loop: Loop, writeLimit: Int = Stream.writeLimit
    ) throws(SystemFault) {
        self.loop = loop
        limit = writeLimit
        let raw = descriptor.raw
        self.descriptor = consume descriptor
        token = try loop.watch(raw, .read) { self.handle($0) }
    }

    package func write(_ bytes: [UInt8]) {
        guard isOpen, !isFinishing, !bytes.isEmpty else { return }
        let wasEmpty = output.isEmpty
        output.append(bytes)
        if wasEmpty { flush() }
        guard output.count <= limit else { return fail(SystemFault(call: "write buffer", errno: ENOBUFS)) }
        watch()
    }

    package func pauseReading() {
        isPaused = true
        watch()
    }

    package func resumeReading() {
        isPaused = false
        watch()
    }

    package func finishWriting() {
        guard isOpen, !isFinishing else { return }
        isFinishing = true
        if output.isEmpty { loop.soon { self.finish() } }
    }

    package func close() {
        onBytes = nil
        onEnd = nil
        onDrained = nil
        onClosed = nil
        release()
    }

    // MARK: From the loop

    private func handle(_ ready: Readiness) {
        if ready.contains(.write) || (ready.contains(.error) && !output.isEmpty) { flush() }
        // A hang-up or an error is learnt of, with its number, by reading.
        if isOpen, !isPaused, !hasPeerEnded, !ready.isDisjoint(with: [.read, .hangUp, .error]) { read() }
        watch()
    }

    private func read() {
        guard let raw else { return }
        do throws(SystemFault) {
            let count = try attempting("read") { Glibc.read(raw, loop.scratch.baseAddress, loop.scratch.count) }
            guard let count else { return }
            if count == 0 { return ended() }
            let bytes = Array(loop.scratch[..<count])
            // It may have been a badge's number; the scratch lives as long as the loop.
            loop.forget(count)
            onBytes?(bytes)
        } catch {
            fail(error)
        }
    }

    private func ended() {
        hasPeerEnded = true
        if hasFinished { return finishClosed() }
        if let onEnd { onEnd() } else { finishWriting() }
    }

    private func flush() {
        guard let raw else { return }
        do throws(SystemFault) {
            while let piece = output.first {
                let count = try attempting("write") {
                    piece.withUnsafeBytes { Glibc.write(raw, $0.baseAddress, $0.count) }
                }
                guard let count else { return }
                output.drop(count)
            }
            settle()
        } catch {
            fail(error)
        }
    }

    /// Everything is written: say so, later and once.
    private func settle() {
        if !owesDrained {
            owesDrained = true
            loop.soon {
                self.owesDrained = false
                guard self.isOpen, self.output.isEmpty else { return }
                self.onDrained?()
            }
        }
        if isFinishing { loop.soon { self.finish() } }
    }

    private func finish() {
        guard let raw, !hasFinished, output.isEmpty else { return }
        hasFinished = true
        let isSocket = shutdown(raw, CInt(SHUT_WR)) == 0 || errno != ENOTSOCK
        if hasPeerEnded || !isSocket { finishClosed() }
    }

    private func finishClosed() { end(nil) }

    /// From now on the stream is dead; the owner hears it when none of its own calls is on the stack.
    private func fail(_ fault: SystemFault) {
        guard isOpen else { return }
        release()
        loop.soon { self.end(fault) }
    }

    private func end(_ fault: SystemFault?) {
        let told = onClosed
        close()
        told?(fault)
    }

    private func watch() {
        guard let token, isOpen else { return }
        var interest: Interest = isPaused || hasPeerEnded ? [] : .read
        if !output.isEmpty { interest.insert(.write) }
        do throws(SystemFault) { try loop.change(token, interest) } catch { fail(error) }
    }

    private func release() {
        if let token { loop.unwatch(token) }
        token = nil
        if let raw { beforeClose?(raw) }
        beforeClose = nil
        descriptor = nil
        output = OutputQueue()
    }
}

/// Written pieces in order. Pieces stay apart, because to a hidraw or packet descriptor one write is one report.
struct OutputQueue {
    private var pieces: [[UInt8]] = []
    private var index = 0
    private var offset = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: ArraySlice<UInt8>? { index < pieces.count ? pieces[index][offset...] : nil }

    mutating func append(_ piece: [UInt8]) {
        pieces.append(piece)
        count += piece.count
    }

    mutating func drop(_ written: Int) {
        count -= written
        offset += written
        guard offset == pieces[index].count else { return }
        pieces[index] = []
        index += 1
        offset = 0
        guard index == pieces.count || index > 64 else { return }
        pieces.removeFirst(index)
        index = 0
    }
}
