// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// How a child ended.
package enum ExitStatus: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)
}

/// What a child gets as one of its descriptors.
package enum ChildDescriptor: Sendable {
    /// /dev/null
    case null
    /// The descriptor of the same number of this process.
    case inherit
    /// A descriptor of this process, which keeps its own copy.
    case use(CInt)
    /// A pipe whose first bytes are kept for `ChildResult`; the rest is read and dropped.
    case collect(limit: Int)
}

/// What to start and how. The program is a path, not looked up.
package struct ChildSettings: Sendable {
    package var path: String
    package var arguments: [String]
    package var environment: [String: String]
    /// By the child's number. Those not named here: 0 is /dev/null, 1 and 2 are inherited, others are closed.
    package var descriptors: [CInt: ChildDescriptor]
    /// A group of its own takes no Ctrl-C from our terminal, and is killed as a whole.
    package var hasOwnGroup: Bool

    package init(
        path: String, arguments: [String] = [], environment: [String: String] = [:],
        descriptors: [CInt: ChildDescriptor] = [:], hasOwnGroup: Bool = false
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.hasOwnGroup = hasOwnGroup
    }
}

package struct ChildResult: Hashable, Sendable {
    package let status: ExitStatus
    /// By the child's descriptor number, for those that were to be collected.
    package let output: [CInt: [UInt8]]
    /// The numbers whose output was longer than its limit.
    package let cut: Set<CInt>
}

/// A started program. The loop keeps it until it has ended. It starts with no signal blocked or ignored.
///
/// A child does not die with us: posix_spawn cannot ask for that, so a program that wants it calls
/// `ProcessHardening.dieWithParent()` as its first act.
package final class Child {
    package let process: Int32

    private let loop: Loop
    private let hasOwnGroup: Bool
    private let handle: Descriptor
    private var token: WatchToken?
    private var collectors: [CInt: Collector]
    private let onExit: (ChildResult) -> Void

    package init(
        _ settings: ChildSettings, on loop: Loop, onExit: @escaping (ChildResult) -> Void
    ) throws(SystemFault) {
        self.loop = loop
        self.onExit = onExit
        hasOwnGroup = settings.hasOwnGroup
        let plan = try ChildPlan(settings, on: loop)
        collectors = plan.collectors
        process = try plan.spawn(settings)
        let pidfd = cs_pidfd_open(process)
        guard pidfd >= 0 else {
            let fault = SystemFault(call: "pidfd_open", errno: errno)
            Glibc.kill(process, SIGKILL)
            waitpid(process, nil, 0)
            throw fault
        }
        handle = Descriptor(owning: pidfd)
        token = try loop.watch(pidfd, .read) { _ in self.ended() }
        for collector in collectors.values { try collector.start() }
    }

    /// Nothing happens once it has ended.
    package func kill(_ signal: CInt) {
        guard token != nil else { return }
        _ = Glibc.kill(hasOwnGroup ? -process : process, signal)
    }

    /// Kills it and takes its end off the system's books within this call; nobody is told of it.
    package func end() {
        guard let token else { return }
        kill(SIGKILL)
        loop.unwatch(token)
        self.token = nil
        while waitpid(process, nil, 0) < 0 && errno == EINTR {}
        for collector in collectors.values { collector.finish() }
        collectors = [:]
    }

    private func ended() {
        var (status, isSignal): (CInt, CInt) = (0, 0)
        guard cs_pidfd_wait(handle.raw, &status, &isSignal) == 1, let token else { return }
        loop.unwatch(token)
        self.token = nil
        // What the child wrote is in the pipe already; a grandchild that still has the pipe is not waited for.
        for collector in collectors.values { collector.finish() }
        let cut = collectors.filter(\.value.isCut).keys
        onExit(
            ChildResult(
                status: isSignal != 0 ? .signalled(status) : .exited(status),
                output: collectors.mapValues(\.bytes), cut: Set(cut)))
        collectors = [:]
    }
}
