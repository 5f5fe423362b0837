// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// The descriptors of a child about to start: opened, and moved out of the way of the numbers they will get.
final class ChildPlan {
    private static let firstFreeNumber: CInt = 256

    private(set) var collectors: [CInt: Collector] = [:]
    private var sources: [(target: CInt, source: CInt)] = []

    init(_ settings: ChildSettings, on loop: Loop) throws(SystemFault) {
        var wanted = settings.descriptors
        if wanted[0] == nil { wanted[0] = .null }
        for number in [1, 2] as [CInt] where wanted[number] == nil { wanted[number] = .inherit }
        for (target, what) in wanted.sorted(by: { $0.key < $1.key }) {
            precondition(target < Self.firstFreeNumber, "a child's descriptors have small numbers")
            switch what {
            case .null:
                let sink = try Descriptor.open("/dev/null", flags: O_RDWR)
                try add(target, sink.raw)
            case .inherit: try add(target, target)
            case .use(let raw): try add(target, raw)
            case .collect(let limit):
                let ends = try Descriptor.pipe(nonBlocking: false).take()
                let kept = Descriptor(owning: ends.reader)
                let given = Descriptor(owning: ends.writer)
                try kept.setNonBlocking()
                collectors[target] = Collector(kept, limit: limit, on: loop)
                try add(target, given.raw)
            }
        }
    }

    deinit {
        for (_, source) in sources { close(source) }
    }

    func spawn(_ settings: ChildSettings) throws(SystemFault) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        Self.fill(&actions, sources)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.fill(&attributes, hasOwnGroup: settings.hasOwnGroup)
        let environment = settings.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let code = withCStrings([settings.path] + settings.arguments) { arguments in
            withCStrings(environment) { environment in
                var process: pid_t = 0
                let code = posix_spawn(&process, settings.path, &actions, &attributes, arguments, environment)
                return code == 0 ? process : -code
            }
        }
        guard code > 0 else { throw SystemFault(call: "posix_spawn \(settings.path)", errno: -code) }
        return code
    }

    /// A copy above the numbers that children get, so that no dup2 overwrites the source of a later one.
    private func add(_ target: CInt, _ raw: CInt) throws(SystemFault) {
        let copy = try retrying("fcntl F_DUPFD") { fcntl(raw, F_DUPFD_CLOEXEC, Self.firstFreeNumber) }
        sources.append((target, CInt(copy)))
    }

    /// Closes whatever is not given, too: some library may have opened a descriptor without close-on-exec.
    private static func fill(_ actions: inout posix_spawn_file_actions_t, _ sources: [(target: CInt, source: CInt)]) {
        for (target, source) in sources { posix_spawn_file_actions_adddup2(&actions, source, target) }
        let targets = Set(sources.map(\.target))
        let end = (targets.max() ?? 2) + 1
        for gap in 0..<end where !targets.contains(gap) { posix_spawn_file_actions_addclose(&actions, gap) }
        _ = cs_spawn_close_from(&actions, end)
    }

    private static func fill(_ attributes: inout posix_spawnattr_t, hasOwnGroup: Bool) {
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))
    }
}

/// Keeps the first bytes of a pipe.
final class Collector {
    private(set) var bytes: [UInt8] = []
    private(set) var isCut = false

    private let limit: Int
    private let loop: Loop
    private var descriptor: Descriptor?
    private var token: WatchToken?

    init(_ descriptor: consuming Descriptor, limit: Int, on loop: Loop) {
        self.descriptor = consume descriptor
        self.limit = limit
        self.loop = loop
    }

    func start() throws(SystemFault) {
        guard let raw = descriptor?.raw else { return }
        token = try loop.watch(raw, .read) { [weak self] _ in _ = self?.take() }
    }

    /// Takes what is left, as much as the limit lets count, and closes.
    func finish() {
        while descriptor != nil, !isCut, take() {}
        close()
    }

    /// False when there is no more now.
    private func take() -> Bool {
        guard let raw = descriptor?.raw else { return false }
        let count = (try? attempting("read") { Glibc.read(raw, loop.scratch.baseAddress, loop.scratch.count) }) ?? nil
        guard let count, count > 0 else {
            if count == 0 { close() }
            return false
        }
        let room = limit - bytes.count
        bytes += loop.scratch[..<min(room, count)]
        if count > room { isCut = true }
        return true
    }

    private func close() {
        if let token { loop.unwatch(token) }
        token = nil
        descriptor = nil
    }
}

/// The strings as a C array that ends with a null pointer, for the length of the call.
private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body(UnsafePointer($0.baseAddress.unsafelyUnwrapped)) }
}
