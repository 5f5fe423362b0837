// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread that takes no signals. Whoever starts it joins it.
func startThread(name: String, _ run: @escaping @Sendable () -> Void) throws(SystemFault) -> pthread_t {
    let body = ThreadBody {
        cs_set_thread_name(name)
        run()
    }
    var thread = pthread_t()
    var mask: UInt64 = 0
    cs_block_signals(&mask)
    defer { cs_restore_signals(mask) }
    let held = Unmanaged.passRetained(body)
    let code = pthread_create(
        &thread, nil,
        { raw in
            guard let raw else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue().run()
            return nil
        }, held.toOpaque())
    guard code == 0 else {
        held.release()
        throw SystemFault(call: "pthread_create", errno: code)
    }
    return thread
}
