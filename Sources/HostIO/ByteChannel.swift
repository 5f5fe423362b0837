// SPDX-License-Identifier: Apache-2.0

/// Two-way bytes on a loop, plain or encrypted. All calls and callbacks are on the loop's thread; no callback comes
/// from within a call of the owner's.
package protocol ByteChannel: AnyObject {
    /// Never empty. Not called while reading is paused.
    var onBytes: (([UInt8]) -> Void)? { get set }
    /// The peer will send no more; it may still read. Without a closure the channel finishes its own side, too.
    var onEnd: (() -> Void)? { get set }
    /// All bytes written so far are out of our hands. Comes once after one or more writes.
    var onDrained: (() -> Void)? { get set }
    /// The channel is over, for which `nil` means that both sides finished. Called once at most, last of all, and not
    /// after the owner's own ``close()``.
    var onClosed: ((SystemFault?) -> Void)? { get set }

    /// Written and not yet taken by the kernel.
    var pendingBytes: Int { get }
    var isOpen: Bool { get }

    /// Takes the bytes in any case. When more than the channel's limit is pending, the channel is closed with the
    /// fault ENOBUFS: who writes faster than the peer reads must look at ``pendingBytes``.
    /// After the end of our side, or of the channel, they are dropped: a peer can bring that end about at any time.
    func write(_ bytes: [UInt8])
    func pauseReading()
    func resumeReading()
    /// Tells the peer, after what is pending, that no more comes.
    func finishWriting()
    /// Ends at once, pending bytes are dropped. No callback comes any more.
    func close()
}
