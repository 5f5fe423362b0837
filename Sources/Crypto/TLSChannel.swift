// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO
package import Primitives

/// Encrypted bytes over a connected socket, on a loop. See ``ByteChannel`` for what its callbacks mean.
///
///     handshaking --onConnected--> open --finishWriting / onEnd, both--> closed
///          any fault: onClosed(fault), details in `fault`
///
/// How long a handshake may take is the owner's timer: ``close()`` it while it is not ``isConnected``. What is written
/// before that waits. A client that the server refuses is connected all the same, and hears of it as a fault
/// (``TLSFault/refused(alert:)``) when it first reads.
package final class TLSChannel: ByteChannel {
    private static let readsPerTurn = 8
    /// Small writes of one turn share a record; from this many bytes on, they leave at once.
    private static let flushSize = TLSSession.readSize
    /// Input that is thrown away before a refusal closes the socket; see ``dispose(_:)``.
    private static let drainLimit = 64 << 10

    /// The handshake is done; who the peer is.
    package var onConnected: ((KeyHash) -> Void)?
    package var onBytes: (([UInt8]) -> Void)?
    package var onEnd: (() -> Void)?
    package var onDrained: (() -> Void)?
    package var onClosed: ((SystemFault?) -> Void)?

    package private(set) var peerKeyHash: KeyHash?
    /// Why the channel is closed, in full, when it was by a fault.
    package private(set) var fault: TLSFault?
    package var isConnected: Bool { peerKeyHash != nil }
    package var isOpen: Bool { descriptor != nil }
    package var pendingBytes: Int { output.count - outputStart }

    private let loop: Loop
    private let limit: Int
    private var session: TLSSession?
    private var descriptor: Descriptor?
    private var token: WatchToken?
    private var output: [UInt8] = []
    private var outputStart = 0
    private var handshakeWait: TLSSession.Wait
    private var readWait = TLSSession.Wait.readable
    private var writeWait = TLSSession.Wait.writable
    private var isPaused = false
    private var hasPeerEnded = false
    private var isFinishing = false
    private var hasFinished = false
    private var willFlush = false
    private var owesDrained = false

    /// Takes over a connected, non-blocking socket. The loop keeps the channel until it is closed.
    package init(
        _ descriptor: consuming Descriptor, context: TLSContext, on loop: Loop, writeLimit: Int = Stream.writeLimit
    ) throws(SystemFault) {
        self.loop = loop
        limit = writeLimit
        let raw = descriptor.raw
        self.descriptor = consume descriptor
        session = TLSSession(context, socket: raw)
        handshakeWait = context.role == .server ? .readable : .writable
        token = try loop.watch(raw, Interest(handshakeWait)) { _ in self.advance() }
    }

    package func write(_ bytes: [UInt8]) {
        precondition(!isFinishing, "bytes after the end")
        guard isOpen, !bytes.isEmpty else { return }
        output += bytes
        if isConnected && pendingBytes >= Self.flushSize { flush() }
        guard pendingBytes <= limit else { return fail(.overflow(limit: limit)) }
        flushSoon()
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
        flushSoon()
    }

    package func close() {
        let isClean = isConnected && !hasFinished && pendingBytes == 0
        if isClean, let session { _ = try? session.sayEnd() }
        onConnected = nil
        onBytes = nil
        onEnd = nil
        onDrained = nil
        onClosed = nil
        release()
    }

    // MARK: From the loop

    private func advance() {
        guard isOpen else { return }
        if !isConnected { handshake() }
        if isConnected {
            flush()
            read()
        }
        watch()
    }

    private func handshake() {
        guard let session else { return }
        do throws(TLSFault) {
            switch try session.handshake() {
            case .waiting(let wait): handshakeWait = wait
            case .done(let peer):
                peerKeyHash = peer
                onConnected?(peer)
            }
        } catch {
            fail(error)
        }
    }

    private func read() {
        do throws(TLSFault) {
            for _ in 0..<Self.readsPerTurn {
                guard let session, !isPaused, !hasPeerEnded else { return }
                switch try session.read() {
                case .bytes(let bytes):
                    readWait = .readable
                    onBytes?(bytes)
                case .waiting(let wait):
                    readWait = wait
                    return
                case .end: return peerEnded()
                }
            }
        } catch {
            fail(error)
        }
    }

    private func peerEnded() {
        hasPeerEnded = true
        if hasFinished { return end(nil) }
        if let onEnd { onEnd() } else { finishWriting() }
    }

    private func flushSoon() {
        guard !willFlush else { return }
        willFlush = true
        loop.soon {
            self.willFlush = false
            guard self.isOpen, self.isConnected else { return }
            self.flush()
            self.watch()
        }
    }

    private func flush() {
        do throws(TLSFault) {
            while let session, pendingBytes > 0 {
                switch try session.write(output[outputStart...]) {
                case .wrote(let count): drop(count)
                case .waiting(let wait):
                    writeWait = wait
                    return
                }
            }
            try finish()
        } catch {
            fail(error)
        }
    }

    private func drop(_ count: Int) {
        outputStart += count
        guard outputStart < output.count else {
            // A badge's number may have been in it.
            output.overwrite()
            output = []
            outputStart = 0
            return sayDrained()
        }
        guard outputStart * 2 >= output.count else { return }
        output.removeFirst(outputStart)
        outputStart = 0
    }

    private func sayDrained() {
        guard !owesDrained else { return }
        owesDrained = true
        loop.soon {
            self.owesDrained = false
            if self.isOpen && self.pendingBytes == 0 { self.onDrained?() }
        }
    }

    private func finish() throws(TLSFault) {
        guard isFinishing, !hasFinished, let session else { return }
        if let wait = try session.sayEnd() {
            writeWait = wait
            return
        }
        hasFinished = true
        if hasPeerEnded { loop.soon { self.end(nil) } }
    }

    /// From now on the channel is dead; the owner hears it when none of its own calls is on the stack.
    private func fail(_ fault: TLSFault) {
        guard isOpen else { return }
        self.fault = fault
        release()
        loop.soon { self.end(fault.asSystemFault) }
    }

    /// In words, for the fault that ``onClosed`` gave.
    package func problem(_ closed: SystemFault?) -> String {
        fault.map { "\($0)" } ?? closed.map { "\($0)" } ?? "the connection was lost"
    }

    private func end(_ fault: SystemFault?) {
        let told = onClosed
        close()
        told?(fault)
    }

    private func watch() {
        guard let token, isOpen else { return }
        var interest: Interest = []
        if !isConnected {
            interest = Interest(handshakeWait)
        } else {
            if !isPaused && !hasPeerEnded { interest.insert(Interest(readWait)) }
            if pendingBytes > 0 || (isFinishing && !hasFinished) { interest.insert(Interest(writeWait)) }
        }
        do throws(SystemFault) { try loop.change(token, interest) } catch { fail(.system(errno: error.errno)) }
    }

    private func release() {
        if let token { loop.unwatch(token) }
        token = nil
        session = nil
        output = []
        outputStart = 0
        if let raw = descriptor?.raw { Self.dispose(raw) }
        descriptor = nil
    }

    /// Closing a socket with unread input resets the connection, and the peer may lose what we said last: the alert
    /// that tells it why. So what has arrived is thrown away first.
    private static func dispose(_ raw: CInt) {
        shutdown(raw, CInt(SHUT_WR))
        var waste = [UInt8](repeating: 0, count: 4096)
        var left = drainLimit
        while left > 0 {
            let count = recv(raw, &waste, waste.count, CInt(MSG_DONTWAIT))
            guard count > 0 else { return }
            left -= count
        }
    }
}

extension Interest {
    fileprivate init(_ wait: TLSSession.Wait) {
        switch wait {
        case .readable: self = .read
        case .writable: self = .write
        }
    }
}
