// SPDX-License-Identifier: Apache-2.0

/// One direction of a connection: bytes arrive late, in pieces, in order, all of them or a beginning of them.
final class SimPipe {
    private static let pieceLimit = 16_384

    var onBytes: (([UInt8]) -> Void)?
    /// Everything written has arrived.
    var onDrained: (() -> Void)?
    /// The sender finished, and everything it sent has arrived.
    var onEnd: (() -> Void)?

    private let world: World
    private let faults: () -> SimFaults
    private var buffer: [UInt8] = []
    private var isMoving = false
    private var isPaused = false
    private var isFinishing = false
    private var isOver = false

    init(_ world: World, faults: @escaping () -> SimFaults) {
        self.world = world
        self.faults = faults
    }

    var waiting: Int { buffer.count }

    func write(_ bytes: [UInt8]) {
        guard !isOver, !isFinishing, !bytes.isEmpty else { return }
        buffer += bytes
        move()
    }

    /// The end follows the last byte.
    func finish() {
        isFinishing = true
        move()
    }

    /// Nothing arrives any more, not even the end.
    func cut() {
        isOver = true
        buffer = []
        (onBytes, onDrained, onEnd) = (nil, nil, nil)
    }

    func pause(_ pauses: Bool) {
        isPaused = pauses
        move()
    }

    private func move() {
        guard !isMoving, !isPaused, !isOver, !buffer.isEmpty || isFinishing else { return }
        isMoving = true
        world.after(world.chance(faults().slowPiece) ? 200...6000 : 0...4) { [weak self] in
            self?.isMoving = false
            self?.deliver()
        }
    }

    private func deliver() {
        guard !isPaused, !isOver else { return }
        guard !buffer.isEmpty else {
            let end = onEnd
            cut()
            end?()
            return
        }
        let whole = min(buffer.count, Self.pieceLimit)
        let count = world.chance(faults().shred) ? world.number(1...min(whole, 400)) : whole
        let piece = Array(buffer.prefix(count))
        buffer.removeFirst(count)
        onBytes?(piece)
        if buffer.isEmpty { onDrained?() }
        move()
    }
}

/// A connection between an agent and the server, above TLS.
final class SimLink {
    /// From the agent to the server.
    let up: SimPipe
    let down: SimPipe
    var onAgentEnd: (() -> Void)?
    var onServerEnd: (() -> Void)?
    /// Bytes of it are held up on their way.
    var onClog: () -> Void = {}
    /// One of the two is of the version before.
    let isPlain: Bool

    private let world: World

    init(_ world: World, isPlain: Bool = false, faults: @escaping () -> SimFaults) {
        self.world = world
        self.isPlain = isPlain
        up = SimPipe(world, faults: faults)
        down = SimPipe(world, faults: faults)
        up.onEnd = { [unowned self] in serverEnds() }
        down.onEnd = { [unowned self] in agentEnds() }
    }

    func sendUp(_ bytes: [UInt8]) { up.write(isPlain ? SimDowngrade.plain(bytes) : bytes) }

    func sendDown(_ bytes: [UInt8]) { down.write(isPlain ? SimDowngrade.plain(bytes) : bytes) }

    /// The line breaks; one of the two may not learn of it for long.
    func reset(isHalfOpen: Bool) {
        if world.chance(0.4) { return clog() }
        up.cut()
        down.cut()
        let isAgentLate = world.chance(0.5)
        let late = 1000...60_000
        world.after(isHalfOpen && isAgentLate ? late : 0...200) { self.agentEnds() }
        world.after(isHalfOpen && !isAgentLate ? late : 0...200) { self.serverEnds() }
    }

    /// The agent gives the connection up, and what it had sent reaches the server long after that.
    private func clog() {
        onClog()
        up.pause(true)
        world.after(100...4000) {
            self.down.cut()
            self.up.finish()
            self.agentEnds()
        }
        world.after(3000...8000) { self.up.pause(false) }
    }

    /// What is on its way to the server still arrives.
    func closeFromAgent() {
        onAgentEnd = nil
        down.cut()
        up.finish()
    }

    func closeFromServer() {
        onServerEnd = nil
        up.cut()
        down.finish()
    }

    private func agentEnds() {
        let end = onAgentEnd
        onAgentEnd = nil
        end?()
    }

    private func serverEnds() {
        let end = onServerEnd
        onServerEnd = nil
        end?()
    }
}
