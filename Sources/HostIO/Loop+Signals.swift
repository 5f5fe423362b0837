// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

extension Loop {
    /// Signals arrive as callbacks of the loop. Call it before any thread that is not a ``Worker`` exists: a thread
    /// that was started earlier would still take the signal itself. Lasts as long as the loop.
    package func onSignals(_ signals: [CInt], _ body: @escaping (CInt) -> Void) throws(SystemFault) {
        let source = Descriptor(owning: CInt(try retrying("signalfd") { cs_signalfd(signals, signals.count) }))
        let reader = SignalReader(source)
        _ = try watch(reader.descriptor.raw, .read) { _ in
            while let signal = reader.next() { body(signal) }
        }
    }
}

private final class SignalReader {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    func next() -> CInt? {
        let signal = cs_signalfd_read(descriptor.raw)
        return signal > 0 ? signal : nil
    }
}
